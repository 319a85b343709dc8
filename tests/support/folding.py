"""Drives the real fold on real PostgreSQL without Kafka: a log in memory, workers, and what they leave behind."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg

from schemas.registry import EVENT_TYPES, VOID
from schemas.topics import DIRECTORY
from schemas.upcasting import newest
from services.kit.postgres import open_pool
from services.scoring.domain.changes import Span
from services.scoring.domain.figures import Figures
from services.scoring.domain.measures import summed
from services.scoring.domain.record import DIRECTORY_PARTITION, Record, read_record
from services.scoring.folding.placing import Placing
from services.scoring.reading import current
from services.scoring.reading.as_of import AsOf
from services.scoring.store import BY_KEY
from services.scoring.store.directory_state import DirectoryState
from services.scoring.worker import Projector
from tests.support.oracle import Event

BEGIN = datetime(2026, 3, 20, tzinfo=UTC)
PROJECTIONS = (
    "membership",
    "expected",
    "staffing",
    "attendance_day",
    "person_service",
    "unit_day",
    "coverage",
    "descent",
    "subtree_day",
    "subtree_staffing",
)
_TABLES = (
    *PROJECTIONS,
    "checksum",
    "journal",
    "consumer_offset",
    "recompute_queue",
    "measure_outbox",
    "dead_letter",
    "refolded",
    "receipt_given",
    "export_given",
)


DayPairs = dict[date, dict[str, tuple[int, int]]]
"""Measures of days as the oracle writes them: (n, total)."""


def _pairs(figures: Figures) -> DayPairs:
    days = figures.by_day()
    assert figures.in_all() == summed(days.values(), figures.names)
    return {day: {name: (each.n, each.total) for name, each in said.items()} for day, said in days.items()}


def part_for(event: Event, placing: Placing) -> int:
    """The partition that ingest would choose; the directory's is -1."""
    event_type = event["data"]["voided"]["type"] if event["type"] == VOID else event["type"]
    if EVENT_TYPES[newest(event_type)].topic == DIRECTORY:
        return DIRECTORY_PARTITION
    return placing.partition(event["subject"].partition(":")[2])


def as_log(events: Sequence[Event], partitions: int) -> dict[int, list[Record]]:
    """The events in this order as records by partition, one millisecond apart."""
    placing = Placing(partitions)
    log: dict[int, list[Record]] = {}
    for index, event in enumerate(events):
        records = log.setdefault(part_for(event, placing), [])
        moment = BEGIN + timedelta(milliseconds=index)
        payload = json.dumps(event, ensure_ascii=False).encode()
        records.append(read_record(part_for(event, placing), len(records), int(moment.timestamp() * 1000), payload))
    return log


def recorded_at(index: int) -> datetime:
    """When the event of this index came to the log of `as_log`."""
    return BEGIN + timedelta(milliseconds=index)


@dataclass
class Scoring:
    """A scoring database and ways to fold into it and to read from it."""

    pool: asyncpg.Pool
    partitions: int = 4

    @classmethod
    async def open(cls, dsn: str) -> "Scoring":
        """Connect; the database is migrated already."""
        return cls(await open_pool(dsn, size=6, server_settings=BY_KEY))

    async def clear(self) -> None:
        """Forget everything."""
        await self.pool.execute(f"TRUNCATE {', '.join(_TABLES)} RESTART IDENTITY")

    async def fold(self, log: dict[int, list[Record]], cuts: Sequence[int]) -> None:
        """Fold in turn of partitions, batch sizes taken from *cuts* over and over, and drain at the end."""
        worker = self._worker()
        await worker.prepare()
        await _fold_parts(worker, log, cuts)
        await _drain(worker)

    async def folded(self, log: dict[int, list[Record]]) -> Projector:
        """Fold in large batches; return the worker, to go on with."""
        worker = self._worker()
        await worker.prepare()
        await _fold_parts(worker, log, [2_500])
        return worker

    def _worker(self) -> Projector:
        return Projector(self.pool, self.partitions, DirectoryState())

    async def fold_with_two_workers(self, log: dict[int, list[Record]], cuts: Sequence[int]) -> None:
        """Fold with two workers at the same moment, the directory with one of them, both draining all along."""
        first, second = (
            Projector(self.pool, self.partitions, DirectoryState()),
            Projector(self.pool, self.partitions, DirectoryState()),
        )
        await first.prepare()
        mine = {partition: records for partition, records in log.items() if partition % 2}
        theirs = {partition: records for partition, records in log.items() if not partition % 2}
        await asyncio.gather(_fold_parts(first, mine, cuts), _fold_parts(second, theirs, cuts[::-1]))
        await asyncio.gather(_drain(first), _drain(second))
        await _drain(first)

    async def unit(self, code: str, first: date, last: date) -> DayPairs:
        """A unit's measures now."""
        async with self.pool.acquire() as conn:
            return _pairs(await current.unit_figures(conn, await DirectoryState().current(conn), code, first, last))

    async def employee(self, employee: str, first: date, last: date) -> DayPairs:
        """A person's measures now."""
        async with self.pool.acquire() as conn:
            state = await DirectoryState().current(conn)
            return _pairs(await current.employee_figures(conn, state, employee, first, last))

    async def coverage(self) -> dict[str, datetime]:
        """How far sources are complete."""
        async with self.pool.acquire() as conn:
            return await current.coverage(conn)

    async def known_coverage(self, known_at: datetime) -> dict[str, datetime]:
        """How far sources were complete as known at a moment."""
        async with self.pool.acquire() as conn:
            return await AsOf(conn, known_at, Span(BEGIN.date(), BEGIN.date())).coverage()

    async def known(self, known_at: datetime, subject: str, first: date, last: date) -> DayPairs:
        """A subject's measures as known at a moment."""
        kind, _, code = subject.partition(":")
        async with self.pool.acquire() as conn:
            past = AsOf(conn, known_at, Span(first, last))
            directory = await past.directory()
            return _pairs(await (past.unit(directory, code) if kind == "unit" else past.employee(directory, code)))

    async def projections(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every projection, in order."""
        return {
            table: sorted(tuple(row) for row in await self.pool.fetch(f"SELECT * FROM {table}"))
            for table in PROJECTIONS
        }


async def _fold_parts(worker: Projector, log: dict[int, list[Record]], cuts: Sequence[int]) -> None:
    """Fold batches of several partitions at once, draining now and then."""
    rest = {partition: list(records) for partition, records in log.items()}
    turn = 0
    while rest:
        batch = {}
        for partition in sorted(rest):
            size = cuts[turn % len(cuts)]
            turn += 1
            batch[partition], rest[partition] = rest[partition][:size], rest[partition][size:]
        rest = {partition: records for partition, records in rest.items() if records}
        directory = batch.pop(DIRECTORY_PARTITION, None)
        if directory:
            await worker.fold_records({DIRECTORY_PARTITION: directory})
        if batch:
            await worker.fold_records(batch)
        if turn % 3 == 0:
            await worker.drain()
            await worker.drain()


async def _drain(worker: Projector) -> None:
    while await worker.drain():
        pass
