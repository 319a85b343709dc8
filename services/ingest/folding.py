"""
The directory from the log into ingest's own tables: one transaction a batch, fenced by the offset it moves.

Ingest judges by it who may say something about whom and when answers close; it reads no other service's tables.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256

import asyncpg
import structlog
from aiokafka import ConsumerRecord, TopicPartition

from schemas.topics import DIRECTORY
from services.ingest import metrics
from services.ingest.store import organisation
from services.kit import crashpoints
from services.kit.batches import Batch
from services.kit.errors import Fenced
from services.kit.postgres import Connection, transaction
from services.kit.quota import Quota
from services.scoring.domain.directory import code_of
from services.scoring.domain.evaluation_facts import PolicyProposed, PolicyPublished
from services.scoring.domain.facts import AssignmentStarted, CalendarDaySet, DayClosed, ScheduleSet, UnitRegistered
from services.scoring.domain.record import DIRECTORY_PARTITION, Record, identity_of, read_record

log = structlog.get_logger()

READ_WHOLE = (UnitRegistered, ScheduleSet, CalendarDaySet, DayClosed, PolicyProposed, PolicyPublished)
ASSIGNMENT = AssignmentStarted.TYPE
_VOIDED_WHOLE = frozenset(fact.TYPE for fact in READ_WHOLE)
A_STEP = 500


class DirectoryFold:
    """The fold of `kinerja.directory`; whatever the order, what is known is the same."""

    def __init__(self, pool: asyncpg.Pool, quota: Quota) -> None:
        self._pool, self._quota = pool, quota

    async def positions(self) -> Mapping[TopicPartition, int]:
        """Return where to read on."""
        async with transaction(self._pool) as conn:
            folded = await organisation.place(conn)
        return defaultdict(int, {TopicPartition(DIRECTORY, 0): folded.following})

    async def unlike(self, records: Mapping[TopicPartition, ConsumerRecord]) -> Collection[TopicPartition]:
        """Return the partition if its record is not the last one folded; not when that moved on meanwhile."""
        async with transaction(self._pool) as conn:
            folded = await organisation.place(conn)
        last = folded.following - 1, folded.digest
        return [
            tp for tp, found in records.items() if found.offset == last[0] and last[1] not in (None, _digest(found))
        ]

    async def fold(self, batch: Batch) -> None:
        """Take a batch in and move the offset, or neither. Raises Fenced, TooManyMalformed."""
        for records in batch.values():
            read = [read_record(DIRECTORY_PARTITION, each.offset, each.timestamp, each.value) for each in records]
            malformed = sum(each.fault is not None and not each.is_for_later for each in read)
            self._quota.check(len(read), malformed)
            async with transaction(self._pool) as conn:
                first, last = records[0].offset, records[-1]
                if not await organisation.fence(conn, first, last.offset + 1, _digest(last)):
                    raise Fenced
                await take_in(conn, read)
                crashpoints.reached("ingest.fold")
            self._quota.note(len(read), malformed)
            metrics.DIRECTORY_FOLDED.inc(len(read))
            metrics.DIRECTORY_SET_ASIDE.inc(malformed)


async def take_in(conn: Connection, records: Sequence[Record]) -> None:
    """Keep what records of the directory say of units, calendars, policies and assignments, in any order."""
    whole, assignments, voids, faulty = [], [], [], []
    for record in records:
        event = record.event
        if event is None:
            faulty.append(record)
        elif isinstance(event.fact, AssignmentStarted):
            assignments.append(record)
        elif isinstance(event.fact, READ_WHOLE) or (event.voids is not None and event.voids[0] in _VOIDED_WHOLE):
            whole.append(record)
        elif event.voids is not None and event.voids[0] == ASSIGNMENT:
            _, subject, source, event_id = event.voids
            voids.append((identity_of(source, event_id), code_of(subject)))
    if whole:
        await organisation.take_events(conn, whole)
    if assignments:
        await organisation.take_assignments(conn, assignments)
    if voids:
        await organisation.take_assignment_voids(conn, voids)
    if faulty:
        await organisation.set_aside(conn, faulty)


async def take_in_later(pool: asyncpg.Pool) -> bool:
    """Take in some of what waited for this version to know its type; say whether there was any."""
    after, taken = -1, 0
    while True:
        async with transaction(pool) as conn:
            rows = await organisation.waiting(conn, after, A_STEP)
            if not rows:
                return taken > 0
            after = rows[-1][0]
            read = [read_record(DIRECTORY_PARTITION, *row) for row in rows]
            known = [record for record in read if record.fault is None]
            if known:
                await take_in(conn, known)
                await organisation.forget_set_aside(conn, [record.offset for record in known])
                await organisation.note_refolded(conn)
                taken += len(known)


def _digest(record: ConsumerRecord) -> bytes:
    return sha256(record.value or b"").digest()
