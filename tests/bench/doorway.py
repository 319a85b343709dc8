"""HTTP to the log: one event a request over 64 connections, and batches of 500; claimed and acknowledged."""

from dataclasses import dataclass

import asyncpg

from services.ingest.api.http_binding import BATCH
from services.ingest.content_modes import STRUCTURED
from tests.bench.events import directory, facts
from tests.bench.http import Load, closed_loop, elsewhere, post
from tests.bench.options import Options
from tests.bench.processes import busy
from tests.bench.registrations import Message
from tests.bench.report import Report, Row, quantile
from tests.bench.stage import Database, Installation, Stage

ACCEPTED = b'"status":"accepted"'


@dataclass(frozen=True, slots=True)
class Way:
    """A way to send; *prepared* events for each second of a run are more than can be taken."""

    what: str
    budget: int
    media_type: str
    batch: int
    connections: int
    prepared: int


WAYS = (
    Way("HTTP ingest, one event a request, 64 connections", 3_000, STRUCTURED, 1, 64, 8_000),
    Way("HTTP ingest, batches of 500, 8 connections", 25_000, BATCH, 500, 8, 60_000),
)


async def measure(stage: Stage, options: Options, report: Report) -> None:
    """Measure each way on one ingest process whose directory knows everybody that occurs."""
    async with stage.database() as database, stage.running(database, "ingest") as running:
        for number, way in enumerate(WAYS):
            rates, why = [], ""
            for run in range(options.runs):
                requests = await _prepared(running, options, way, options.seed + number * options.runs + run)
                rate, why = await _offered(stage, running, way, requests, options.http_seconds)
                report.step(f"{way.what}: {rate:,.0f}/s")
                rates.append(rate)
            report.add(Row(way.what, rates, "events/s", way.budget, reason=why))


async def _prepared(running: Installation, options: Options, way: Way, seed: int) -> list[bytes]:
    """Return the requests of one run, and tell ingest's directory about whoever they are about."""
    size = (round(way.prepared * options.http_seconds), seed, options.employees)
    await know(running.database, directory(*size))
    bodies = [value.replace(b'"source":"', b'"source":"s%d-' % seed) for _, value in facts(*size)]
    if way.media_type == BATCH:
        bodies = batches(bodies, way.batch)
    return [post("/v1/events", running.tokens["source"], way.media_type, body) for body in bodies]


def batches(values: list[bytes], size: int) -> list[bytes]:
    """Return the bodies of batches of *size* events."""
    return [b"[" + b",".join(values[i : i + size]) + b"]" for i in range(0, len(values), size)]


async def know(database: Database, registered: list[Message]) -> None:
    """Make the subjects of a directory known to ingest, as if it had accepted their registrations."""
    keys = {key.decode() for key, _ in registered if key != b"*"}
    subjects = [f"{'employee' if key.startswith('E') else 'unit'}:{key}" for key in keys]
    connection = await asyncpg.connect(database.dsns["ingest"])
    try:
        known = {row["subject"] for row in await connection.fetch("SELECT subject FROM ingest.known")}
        rows = [(subject,) for subject in subjects if subject not in known]
        await connection.copy_records_to_table("known", schema_name="ingest", columns=["subject"], records=rows)
        await connection.execute("ANALYZE ingest.known")
    finally:
        await connection.close()


async def _offered(
    stage: Stage, running: Installation, way: Way, requests: list[bytes], seconds: float
) -> tuple[float, str]:
    """Return events accepted a second, and what was busy meanwhile. Raises RuntimeError when any was refused."""
    meter = stage.meter(running)
    load = Load(running.port("ingest"), requests, way.connections, seconds, wanted=202, marker=ACCEPTED)
    answered = await elsewhere(closed_loop, load)
    if answered.refused or answered.marked != way.batch * len(answered.latencies_s):
        raise RuntimeError(f"ingest did not accept everything: {answered.statuses} {answered.refused}")
    latency_ms = quantile(answered.latencies_s, 0.99) * 1000
    cores = {**meter.cores(), "client": answered.client_cores}
    return answered.marked / answered.took_s, f"{busy(cores)}; p99 of a request {latency_ms:.0f} ms"
