"""From the log into the read model: one transaction a batch, fenced by the offsets it moves."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import asyncpg
import structlog
from aiokafka import ConsumerRecord, TopicPartition

from schemas.topics import DIRECTORY, MEASURES
from services.kit import crashpoints
from services.kit.batches import Batch
from services.kit.fenced import Fenced
from services.kit.postgres import Connection, transaction
from services.notifications import metrics
from services.notifications.domain.heads import Headship
from services.notifications.messages import (
    DirectoryEvent,
    HeadshipVoided,
    UnitDayChanged,
    UnitRegistered,
    read_directory_event,
    read_unit_day,
)
from services.notifications.store import knowledge, positions
from services.notifications.store.knowledge import Mark

log = structlog.get_logger()

TOPICS = (MEASURES, DIRECTORY)


class KnowledgeFold:
    """The fold of `kinerja.measures` and `kinerja.directory`; whatever the order, the read model is the same."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def positions(self) -> Mapping[TopicPartition, int]:
        """Return where to read on; 0 for a partition nobody has folded."""
        async with transaction(self._pool) as conn:
            known = await positions.read(conn)
        return defaultdict(int, {TopicPartition(*partition): offset for partition, offset in known.items()})

    async def fold(self, batch: Batch) -> None:
        """Take a batch in and move the offsets, or neither. Raises Fenced, Malformed."""
        crashpoints.reached("notifications.poll")
        async with transaction(self._pool) as conn:
            await _fence(conn, batch)
            await take_directory(conn, [record for tp in batch if tp.topic == DIRECTORY for record in batch[tp]])
            await take_measures(conn, [record for tp in batch if tp.topic == MEASURES for record in batch[tp]])
            crashpoints.reached("notifications.fold")
        crashpoints.reached("notifications.commit")
        for tp, records in batch.items():
            metrics.FOLDED.labels(tp.topic).inc(len(records))
        log.info("fold.committed", records=sum(map(len, batch.values())), partitions=len(batch))

    async def set_aside(self, tp: TopicPartition, record: ConsumerRecord, reason: str) -> None:
        """Move past one record, keeping it with the reason."""
        async with transaction(self._pool) as conn:
            await _fence(conn, {tp: [record]})
            await positions.set_aside(conn, (tp.topic, tp.partition, record.offset), reason, record.value)
        metrics.SET_ASIDE.inc()


async def take_measures(conn: Connection, records: list[ConsumerRecord]) -> None:
    """Take in changed unit-days and mark those that can matter to a stream, within the caller's transaction."""
    changes: list[UnitDayChanged] = []
    horizon: dict[tuple[str, date], date] = {}
    for record in records:
        change = read_unit_day(record.value)
        changes.append(change)
        horizon[change.unit, change.day] = _latest_day(record)
    if not changes:
        return
    matters = await knowledge.take_unit_days(conn, changes)
    # A day far ahead would push a stream's window past every real day to come.
    await knowledge.mark(conn, [Mark(*key) for key in matters if key[1] <= horizon[key]])


async def take_directory(conn: Connection, records: list[ConsumerRecord]) -> None:
    """Take in units and heads and mark what they move, within the caller's transaction."""
    if not records:
        return
    events: list[DirectoryEvent] = [event for record in records if (event := read_directory_event(record.value))]
    units = [event for event in events if isinstance(event, UnitRegistered)]
    heads = [event for event in events if isinstance(event, Headship)]
    voids = [event for event in events if isinstance(event, HeadshipVoided)]
    if units:
        await knowledge.mark(conn, await knowledge.take_units(conn, units, _latest_day(records[-1])))
    if heads or voids:
        await knowledge.take_headships(conn, heads, voids)
        await knowledge.mark(conn, [Mark()])


def _latest_day(record: ConsumerRecord) -> date:
    """Return the last day that can have begun anywhere when the record came to the log."""
    return (datetime.fromtimestamp(record.timestamp // 1000, UTC) + timedelta(days=1)).date()


async def _fence(conn: Connection, batch: Batch) -> None:
    spans = {(tp.topic, tp.partition): (records[0].offset, records[-1].offset + 1) for tp, records in batch.items()}
    if not await positions.fence(conn, spans):
        raise Fenced
