"""
Whether Kafka still holds the log that was folded.

A broker that loses its tail gives the same offsets to other records. So the last record folded of each partition is
compared with what Kafka has at its offset: before the first fold over each new connection, and now and then.
"""

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from services.kit.connecting import unbroken
from services.kit.errors import LogTruncated
from services.kit.failures import or_log_unavailable
from services.kit.kafka_address import client_options

_SILENCE_MS = 5_000
Positions = Mapping[TopicPartition, int]


class Folded(Protocol):
    """What remembers the records it took in."""

    async def positions(self) -> Positions:
        """Return the next offset of every partition of the topics."""

    async def unlike(self, records: Mapping[TopicPartition, ConsumerRecord]) -> Collection[TopicPartition]:
        """Return the partitions whose record is not the one that was folded at its offset."""


async def check_log(kafka: str, folded: Folded, partitions: Collection[TopicPartition]) -> Positions:
    """Compare Kafka with what is folded; return the positions. Raises LogTruncated, Unavailable."""
    if not partitions:
        return {}
    positions = await folded.positions()
    consumer = AIOKafkaConsumer(**client_options(kafka), enable_auto_commit=False, auto_offset_reset="none")
    try:
        with or_log_unavailable("Kafka does not say what it holds"):
            await unbroken(consumer.start())
            ends = await consumer.end_offsets(list(partitions))
            short = {tp for tp in partitions if positions[tp] > ends[tp]}
            begins = await consumer.beginning_offsets(list(partitions))
            last = {tp: positions[tp] - 1 for tp in set(partitions) - short if positions[tp] > begins[tp]}
            found = await _read(consumer, last)
    finally:
        await consumer.stop()
    if lost := short | set(await folded.unlike(found)):
        raise LogTruncated(_sentence({tp: (positions[tp], ends[tp]) for tp in lost}), lost)
    return positions


async def _read(
    consumer: AIOKafkaConsumer, wanted: Mapping[TopicPartition, int]
) -> dict[TopicPartition, ConsumerRecord]:
    """Return the record at each of these offsets. Raises TimeoutError."""
    found: dict[TopicPartition, ConsumerRecord] = {}
    consumer.assign(list(wanted))
    for tp, offset in wanted.items():
        consumer.seek(tp, offset)
    while missing := [tp for tp in wanted if tp not in found]:
        records = await consumer.getmany(*missing, timeout_ms=_SILENCE_MS, max_records=len(missing))
        if not records:
            raise TimeoutError
        for tp, listed in records.items():
            found[tp] = listed[0]
            consumer.pause(tp)
    return found


def _sentence(lost: Mapping[TopicPartition, tuple[int, int]]) -> str:
    places = [f"{tp.topic}/{tp.partition} (folded up to {at}, ends at {end})" for tp, (at, end) in sorted(lost.items())]
    return (
        f"Kafka no longer holds what was folded: {', '.join(places)}. It lost acknowledged records; see "
        "docs/operations/log-truncated.md."
    )


def connection_of(consumer: Any, tp: TopicPartition) -> object:
    """Return the connection over which a consumer reads a partition now: a broker that was restarted has another."""
    client = consumer._client
    return client._conns.get((client.cluster.leader_for_partition(tp), 0))
