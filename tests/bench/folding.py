"""Watching a real worker fold: from the first commit to the last, by the positions it commits."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
import httpx

from schemas.topics import DIRECTORY, EVENTS
from tests.bench.events import directory, facts
from tests.bench.options import Options
from tests.bench.processes import busy
from tests.bench.report import Report
from tests.bench.stage import Database, Installation, Stage
from tests.bench.topics import ends, preload

POLL_S = 0.02
STUCK_S = 120


@dataclass(frozen=True, slots=True)
class Folded:
    """One run of folding; *why* says what was busy meanwhile."""

    per_second: float
    records: int
    batches: int
    why: str


@asynccontextmanager
async def founded(stage: Stage, report: Report, options: Options, days: int = 5) -> AsyncIterator[Database]:
    """Put directory and facts of a stream onto the log and provide a database where the directory is folded."""
    size = (options.events, options.seed, options.employees, days)
    report.step(f"writing the directory of {options.employees:,} employees to Kafka and folding it ...")
    count = await preload(stage.kafka.address, DIRECTORY, directory(*size))
    async with stage.database() as database:
        folded = await fold_all(stage, database)
        report.note(f"Folding the directory ({count:,} events) went at {folded.per_second:,.0f}/s; {folded.why}.")
        report.step(f"writing {options.events:,} events to Kafka ...")
        await preload(stage.kafka.address, EVENTS, facts(*size))
        yield database


async def fold_all(stage: Stage, database: Database) -> Folded:
    """Start a worker on *database*, let it fold all that is on the log and settle, and stop it."""
    targets = await ends(stage.kafka.address)
    connection = await asyncpg.connect(database.admin)
    try:
        async with stage.running(database, "scoring_worker", ready=False) as running:
            folded = await _watched(stage, running, connection, sum(targets.values()))
            await _settled(connection)
            return folded
    finally:
        await connection.close()


async def _watched(stage: Stage, running: Installation, connection: asyncpg.Connection, target: int) -> Folded:
    """
    Wait until *target* records are committed; the rate counts from the first commit seen, which leaves out the start.

    Raises RuntimeError when nothing moves for STUCK_S.
    """
    started, before = time.perf_counter(), await _committed(connection)
    last = first = await _moved(connection, before)
    meter, began, metrics = stage.meter(running), time.perf_counter(), await _metrics(running)
    if first == target:  # so little that one commit did it: count from the start of the process
        began, first = started, before
    while last < target:
        last = await _moved(connection, last)
    took = time.perf_counter() - began
    batches, why = _why(await _metrics(running), metrics, took, meter.cores())
    return Folded((last - first) / took, last - before, batches, why)


async def _settled(connection: asyncpg.Connection) -> None:
    """Wait until nothing is left to recompute and to publish."""
    left = "SELECT EXISTS (SELECT FROM scoring.stale) OR EXISTS (SELECT FROM scoring.changed)"
    while await connection.fetchval(left):
        await asyncio.sleep(POLL_S)


async def _committed(connection: asyncpg.Connection) -> int:
    return int(await connection.fetchval("SELECT coalesce(sum(next_offset), 0) FROM scoring.consumer_offset"))


async def _moved(connection: asyncpg.Connection, since: int) -> int:
    deadline = time.monotonic() + STUCK_S
    while (now := await _committed(connection)) <= since:
        if time.monotonic() > deadline:
            raise RuntimeError(f"the fold has stood still at {since} records for {STUCK_S} s; see the worker's log")
        await asyncio.sleep(POLL_S)
    return now


def _why(
    after: Mapping[str, float], before: Mapping[str, float], took: float, cores: Mapping[str, float]
) -> tuple[int, str]:
    """Say how many transactions there were, how much of the time they took, and who was busy."""
    batches = round(after["count"] - before["count"])
    inside = (after["sum"] - before["sum"]) / took
    return batches, f"{inside:.0%} of the time inside {batches} fold transactions; {busy(cores)}"


async def _metrics(running: Installation) -> dict[str, float]:
    """Return seconds and number of fold transactions so far, of both topics."""
    transport = httpx.AsyncHTTPTransport(retries=5)
    async with httpx.AsyncClient(transport=transport, timeout=30) as client:
        text = (await client.get(f"http://127.0.0.1:{running.port('worker')}/metrics")).text
    found = {"sum": 0.0, "count": 0.0}
    for name, value in re.findall(r"^scoring_fold_seconds_(sum|count)\{[^}]*\} (\S+)$", text, re.MULTILINE):
        found[name] += float(value)
    return found
