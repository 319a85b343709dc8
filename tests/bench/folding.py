"""Watching a real worker fold: from the first commit to the last, by the positions it commits."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
import httpx

from schemas.topics import DIRECTORY
from tests.bench.events import Stream, directory
from tests.bench.processes import busy
from tests.bench.report import Report
from tests.bench.stage import Database, Installation, Stage
from tests.bench.topics import ends, preload

POLL_S = 0.02
STUCK_S = 120


@dataclass(frozen=True, slots=True)
class Folded:
    """One run of folding; *why* says what was busy meanwhile, *processor_us* what the worker and the database spent."""

    per_second: float
    records: int
    batches: int
    why: str
    processor_us: float
    """On one event."""


@asynccontextmanager
async def founded(stage: Stage, report: Report, stream: Stream) -> AsyncIterator[Database]:
    """Put the directory of a stream onto the log and provide a database where it is folded."""
    report.step("writing the directory to Kafka and folding it ...")
    count = await preload(stage.kafka.address, DIRECTORY, directory(*stream))
    async with stage.database() as database:
        doing, stage.doing = stage.doing, "directory"
        folded = await fold_all(stage, database, founding=True)
        stage.doing = doing
        report.step(f"folded {count:,} events of the directory, {folded.per_second:,.0f}/s; {folded.why}")
        yield database


async def fold_all(stage: Stage, database: Database, *, founding: bool = False) -> Folded:
    """
    Start a worker on *database*, let it fold all that is on the log, and stop it.

    When *founding* there are no facts yet: work noted for them is thrown away, the rest is waited for.
    """
    targets = await ends(stage.kafka.address)
    connection = await asyncpg.connect(database.admin)
    try:
        await connection.execute("CHECKPOINT")  # so that none falls into the measured time of one run only
        async with stage.running(database, "scoring_worker", ready=False) as running:
            folded = await _watched(stage, running, connection, sum(targets.values()))
            if founding:
                await connection.execute("DELETE FROM scoring.recompute_queue WHERE kind NOT IN ('person', 'descent')")
                await _settled(connection)
            return folded
    finally:
        await connection.close()


async def _watched(stage: Stage, running: Installation, connection: asyncpg.Connection, target: int) -> Folded:
    """
    Wait until *target* records are committed; the rate counts from the first commit seen, which leaves out the start.

    With so few records that the first commits are a good part of them, it counts from the start of the process.

    Raises RuntimeError when nothing moves for STUCK_S.
    """
    meter, began, metrics = stage.meter(running), time.perf_counter(), {"sum": 0.0, "count": 0.0}
    before = first = await _committed(connection)
    last = await _moved(connection, before)
    if last - before < (target - before) / 5:
        meter, began, first, metrics = stage.meter(running), time.perf_counter(), last, await _metrics(running)
    while last < target:
        last = await _moved(connection, last)
    took = time.perf_counter() - began
    cores = meter.cores()
    batches, why = _why(await _metrics(running), metrics, took, cores)
    spent = sum(used for name, used in cores.items() if name != "Kafka") * took / (last - first)
    return Folded((last - first) / took, last - before, batches, why, spent * 1e6)


async def _settled(connection: asyncpg.Connection) -> None:
    """Wait until nothing is left to recompute and to publish."""
    left = "SELECT EXISTS (SELECT FROM scoring.recompute_queue) OR EXISTS (SELECT FROM scoring.measure_outbox)"
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
    each = (after["sum"] - before["sum"]) / max(1, batches)
    return batches, f"{batches} fold transactions of {each:.2f} s each in {took:.1f} s; {busy(cores)}"


async def _metrics(running: Installation) -> dict[str, float]:
    """Return seconds and number of fold transactions so far, of both topics."""
    transport = httpx.AsyncHTTPTransport(retries=5)
    async with httpx.AsyncClient(transport=transport, timeout=30) as client:
        text = (await client.get(f"http://127.0.0.1:{running.port('worker')}/metrics")).text
    found = {"sum": 0.0, "count": 0.0}
    for name, value in re.findall(r"^scoring_fold_seconds_(sum|count)\{[^}]*\} (\S+)$", text, re.MULTILINE):
        found[name] += float(value)
    return found
