"""
Taking in what could not be folded when it came: events of a type that was unknown then, records that no longer break
their contract.

The fold does not depend on the order of records, so folding one late is folding it: its row in the journal is filled
in, and everybody it concerns is recomputed from all their facts. A row is taken in once: then it has no fault any more.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta

import asyncpg

from services.kit.postgres import Connection
from services.scoring.domain.changes import EVER
from services.scoring.domain.directory import code_of
from services.scoring.domain.events import Event, decode, known_types, unknown
from services.scoring.domain.record import DIRECTORY_PARTITION, Record, identity_of, read_record
from services.scoring.folding.differences import Differences
from services.scoring.folding.directory import fold_directory
from services.scoring.folding.journaling import Effects, Records, columns_of, mentions, targets
from services.scoring.folding.people import People
from services.scoring.folding.placing import Placing
from services.scoring.folding.units import Units
from services.scoring.store import queries
from services.scoring.store.directory_state import DirectoryState

A_STEP = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = (
    "identities",
    "types",
    "subjects",
    "days",
    "last_days",
    "named",
    "keys",
    "supervisors",
    "voids",
    "void_types",
)
Position = tuple[int, int]
BEFORE_ALL: Position = (DIRECTORY_PARTITION - 1, 0)


def known_now() -> list[str]:
    """Return the faults of events that were of no known type when they came, and are now."""
    return [unknown(event_type) for event_type in known_types()]


async def refold(
    pool: asyncpg.Pool, state: DirectoryState, placing: Placing, faults: Collection[str] | None = None
) -> int:
    """
    Take in everything that can be read now, or of it only what has one of *faults*; return how many records.

    Each step is a transaction of its own, which waits for the fold of its partition and keeps it waiting. Idempotent,
    also for several at once. Does nothing while a rebuild runs.
    """
    taken, after = 0, BEFORE_ALL
    while True:
        async with pool.acquire() as conn:
            rows = await queries.kept_apart(conn, partition=after[0], offset=after[1], faults=faults, size=A_STEP)
            if not rows:
                return taken
            after = rows[-1]["partition"], rows[-1]["record_offset"]
            readable = [record for row in rows if (record := _read(row)).fault is None]
            for partition in sorted({record.partition for record in readable}):
                taken += await _take_in(
                    conn, state, placing, partition, [r for r in readable if r.partition == partition]
                )


def _read(row: asyncpg.Record) -> Record:
    milliseconds = (row["recorded_at"] - _EPOCH) // timedelta(milliseconds=1)
    return read_record(row["partition"], row["record_offset"], milliseconds, row["payload"])


async def _take_in(
    conn: Connection, state: DirectoryState, placing: Placing, partition: int, records: list[Record]
) -> int:
    counted = 0

    async def take(conn: Connection, batch: Records) -> Effects:
        nonlocal counted
        effects = await _fill_in(conn, partition, batch[partition])
        counted = sum(map(len, effects.added.values()))
        return effects

    async with conn.transaction():
        if not await queries.lock_for_refolding(conn):
            return 0
        if partition == DIRECTORY_PARTITION:
            await fold_directory(conn, state, placing, records, take)
        else:
            await queries.lock_for_facts(conn)
            effects = await take(conn, {partition: records})
            await _recompute(conn, state, partition, effects.added[partition])
    return counted


async def _fill_in(conn: Connection, partition: int, records: list[Record]) -> Effects:
    """Fill in the rows of those that nobody has taken in meanwhile; return what they add to the directory."""
    await queries.hold_partitions(conn, partitions=[partition])
    rows = await queries.still_kept_apart(conn, partition=partition, offsets=[record.offset for record in records])
    still = {row["record_offset"] for row in rows}
    records = [record for record in records if record.offset in still]
    known, _ = await mentions(conn, {partition: records})
    fresh: list[Record] = []
    duplicates = []
    for record in records:
        assert record.identity is not None
        duplicates.append((partition, record.identity) in known)
        if not duplicates[-1]:
            known.add((partition, record.identity))
            fresh.append(record)
    if records:
        offsets = [record.offset for record in records]
        columns = dict(zip(_COLUMNS, zip(*map(columns_of, records), strict=True), strict=True))
        partitions = [partition] * len(records)
        await queries.take_in(conn, partitions=partitions, offsets=offsets, duplicates=duplicates, **columns)
        await queries.forget_dead_letters(conn, partition=partition, offsets=offsets)
    events = [record.event for record in fresh if record.event is not None]
    return Effects({partition: []}, {partition: await _voided(conn, partition, events)}, {partition: events}, {})


async def _voided(conn: Connection, partition: int, events: Iterable[Event]) -> list[Event]:
    """Return what these voids name, whether another void named it before or not."""
    named = {
        (partition, identity_of(target[2], target[3]), target[0], target[1])
        for event in events
        if (target := event.voids) is not None
    }
    return [decode(row["payload"]) for row in await targets(conn, named)]


async def _recompute(conn: Connection, state: DirectoryState, partition: int, events: list[Event]) -> None:
    """Recompute everybody whom facts concern, from all their facts; a void concerns the subject of its target."""
    directory = await state.current(conn)
    differences = Differences()
    subjects = sorted({event.subject for event in events})
    people = [code_of(subject) for subject in subjects if subject.startswith("employee:")]
    if people:
        windows = {employee: [EVER] for employee in people}
        await People(conn, directory, differences).recompute(dict.fromkeys(people, partition), windows, set(people))
    units = Units(conn, directory, differences)
    for subject in subjects:
        if subject.startswith("unit:"):
            await units.recount(partition, code_of(subject), EVER)
    await units.reread_heartbeats({(partition, subject) for subject in subjects if subject.startswith("source:")})
    await differences.write(conn, directory)
