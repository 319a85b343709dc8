"""What the journal calls a part, and where Kafka keeps it."""

from aiokafka import TopicPartition

from schemas.topics import DIRECTORY, EVENTS, position_key
from services.scoring.domain.record import DIRECTORY_PART


def part_of(tp: TopicPartition) -> int:
    """Return the journal's number of a partition: the directory is -1."""
    return DIRECTORY_PART if tp.topic == DIRECTORY else int(tp.partition)


def topic_partition(part: int) -> TopicPartition:
    """Return where Kafka keeps what the journal calls *part*."""
    return TopicPartition(DIRECTORY, 0) if part == DIRECTORY_PART else TopicPartition(EVENTS, part)


def name_of(part: int) -> str:
    """Name a partition as the HTTP interfaces do: `events/3`, `directory/0`."""
    tp = topic_partition(part)
    return position_key(tp.topic, tp.partition)
