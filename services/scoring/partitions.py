"""How the journal numbers partitions, and where Kafka keeps it."""

from aiokafka import TopicPartition

from schemas.topics import DIRECTORY, EVENTS, position_key
from services.scoring.domain.record import DIRECTORY_PARTITION


def partition_of(tp: TopicPartition) -> int:
    """Return the journal's number of a partition: the directory is -1."""
    return DIRECTORY_PARTITION if tp.topic == DIRECTORY else int(tp.partition)


def topic_partition(partition: int) -> TopicPartition:
    """Return where Kafka keeps what the journal numbers *partition*."""
    return TopicPartition(DIRECTORY, 0) if partition == DIRECTORY_PARTITION else TopicPartition(EVENTS, partition)


def name_of(partition: int) -> str:
    """Name a partition as the HTTP interfaces do: `events/3`, `directory/0`."""
    tp = topic_partition(partition)
    return position_key(tp.topic, tp.partition)
