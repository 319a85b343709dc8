"""From the log into the read model: one transaction a batch, fenced by the offsets it moves."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import asyncpg
import structlog
from aiokafka import ConsumerRecord, TopicPartition

from schemas.topics import DIRECTORY, MEASURES
from services.kit import crashpoints
from services.kit.batches import Batch
from services.kit.errors import Fenced
from services.kit.postgres import Connection, transaction
from services.kit.quota import Quota
from services.notifications import metrics
from services.notifications.domain.heads import Headship
from services.notifications.messages import DirectoryEvent, HeadshipVoided, UnitDayChanged, UnitRegistered
from services.notifications.reading import Arrived, Readings, read_all
from services.notifications.store import knowledge, positions
from services.notifications.store.knowledge import Mark

log = structlog.get_logger()

TOPICS = (MEASURES, DIRECTORY)
A_STEP = 500
_BEFORE_ALL = ("", 0, 0)


class KnowledgeFold:
    """The fold of `kinerja.measures` and `kinerja.directory`; whatever the order, the read model is the same."""

    def __init__(self, pool: asyncpg.Pool, quota: Quota | None = None) -> None:
        self._pool = pool
        self._quota = quota or Quota()

    async def positions(self) -> Mapping[TopicPartition, int]:
        """Return where to read on; 0 for a partition nobody has folded."""
        async with transaction(self._pool) as conn:
            known = await positions.read(conn)
        return defaultdict(int, {TopicPartition(*partition): offset for partition, offset in known.items()})

    async def unlike(self, records: Mapping[TopicPartition, ConsumerRecord]) -> Collection[TopicPartition]:
        """Return the partitions whose record is not the last one folded; none that moved on meanwhile."""
        async with transaction(self._pool) as conn:
            last = await positions.last_records(conn)
        digests = {tp: last.get((tp.topic, tp.partition, record.offset)) for tp, record in records.items()}
        return [tp for tp, record in records.items() if digests[tp] not in (None, _digest(record))]

    async def fold(self, batch: Batch) -> None:
        """
        Take a batch in and move the offsets, or neither. Raises Fenced.

        Records that cannot be read are kept apart with the reason, alone; too many malformed raise TooManyMalformed.
        """
        crashpoints.reached("notifications.poll")
        readings = read_all(_arrived(record) for listed in batch.values() for record in listed)
        count, malformed = sum(map(len, batch.values())), len(readings.malformed)
        self._quota.check(count, malformed)
        async with transaction(self._pool) as conn:
            await _fence(conn, batch)
            await _take_in(conn, readings)
            await _keep_apart(conn, readings)
            crashpoints.reached("notifications.fold")
        crashpoints.reached("notifications.commit")
        self._quota.note(count, malformed)
        metrics.SET_ASIDE.inc(malformed)
        metrics.FOR_LATER.inc(len(readings.later))
        for tp, records in batch.items():
            metrics.FOLDED.labels(tp.topic).inc(len(records))
        log.info("fold.committed", records=count, partitions=len(batch), set_aside=malformed, later=len(readings.later))


async def refold(pool: asyncpg.Pool, *, only_later: bool) -> int:
    """
    Take in what was kept apart and can be read now; of it *only* what waited for a newer version, if asked.

    Returns how many records. Idempotent, also for several at once: the read model knows no order.
    """
    taken, after = 0, _BEFORE_ALL
    while True:
        async with transaction(pool) as conn:
            kept = await positions.kept_apart(conn, after, A_STEP, only_later=only_later)
            if not kept:
                return taken
            after = kept[-1][0]
            readings = read_all(Arrived(position, payload, recorded_at) for position, payload, recorded_at in kept)
            await _take_in(conn, readings)
            await positions.taken_in(conn, readings.understood)
            taken += len(readings.understood)


async def take_in_later(pool: asyncpg.Pool) -> bool:
    """Take in what waited for this version to know its type; say whether there was any, and count what still waits."""
    taken = await refold(pool, only_later=True)
    async with transaction(pool) as conn:
        counted = await positions.count_kept_apart(conn)
    for reason, count in counted.items():
        metrics.KEPT_APART.labels(reason).set(count)
    return taken > 0


async def _take_in(conn: Connection, readings: Readings) -> None:
    await take_directory(conn, readings.events)
    await take_measures(conn, readings.changes)


async def take_measures(conn: Connection, changed: Sequence[tuple[UnitDayChanged, datetime]]) -> None:
    """Take in changed unit-days and mark those that can matter to a stream, within the caller's transaction."""
    if not changed:
        return
    horizon = {(change.unit, change.day): _latest_day(recorded_at) for change, recorded_at in changed}
    matters = await knowledge.take_unit_days(conn, [change for change, _ in changed])
    # A day far ahead would push a stream's window past every real day to come.
    await knowledge.mark(conn, [Mark(*key) for key in matters if key[1] <= horizon[key]])


async def take_directory(conn: Connection, arrived: Sequence[tuple[DirectoryEvent, datetime]]) -> None:
    """Take in units and heads and mark what they move, within the caller's transaction."""
    if not arrived:
        return
    events = [event for event, _ in arrived]
    units = [event for event in events if isinstance(event, UnitRegistered)]
    heads = [event for event in events if isinstance(event, Headship)]
    voids = [event for event in events if isinstance(event, HeadshipVoided)]
    if units:
        last = _latest_day(max(recorded_at for _, recorded_at in arrived))
        await knowledge.mark(conn, await knowledge.take_units(conn, units, last))
    if heads or voids:
        await knowledge.take_headships(conn, heads, voids)
        await knowledge.mark(conn, [Mark()])


async def _keep_apart(conn: Connection, readings: Readings) -> None:
    for kept, for_later in ((readings.malformed, False), (readings.later, True)):
        for arrived, reason in kept:
            await positions.keep_apart(
                conn, arrived.position, reason, arrived.payload, arrived.recorded_at, for_later=for_later
            )


def _arrived(record: ConsumerRecord) -> Arrived:
    recorded_at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    return Arrived((record.topic, record.partition, record.offset), record.value, recorded_at)


def _latest_day(recorded_at: datetime) -> date:
    """Return the last day that can have begun anywhere when a record came to the log."""
    return (recorded_at.astimezone(UTC) + timedelta(days=1)).date()


def _digest(record: ConsumerRecord) -> bytes:
    return sha256(record.value or b"").digest()


async def _fence(conn: Connection, batch: Batch) -> None:
    steps = {
        (tp.topic, tp.partition): positions.Step(records[0].offset, records[-1].offset + 1, _digest(records[-1]))
        for tp, records in batch.items()
    }
    if not await positions.fence(conn, steps):
        raise Fenced
