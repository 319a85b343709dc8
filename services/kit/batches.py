"""Batches of records as they come from Kafka."""

from collections.abc import Sequence
from itertools import groupby

from aiokafka import ConsumerRecord, TopicPartition

Batch = dict[TopicPartition, list[ConsumerRecord]]
"""Records by partition, in the order of their offsets, without gaps."""


def by_partition(records: Sequence[ConsumerRecord]) -> Batch:
    """Return what was polled together as a batch."""
    batch: Batch = {}
    for tp, group in groupby(records, lambda record: TopicPartition(record.topic, record.partition)):
        batch.setdefault(tp, []).extend(group)
    return batch
