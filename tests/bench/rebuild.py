"""Rebuilding the projections from the journal, beside the live ones."""

import asyncpg

from schemas.topics import EVENTS
from tests.bench.events import facts
from tests.bench.folding import fold_all, founded
from tests.bench.options import Options
from tests.bench.processes import busy
from tests.bench.report import Report, Row
from tests.bench.stage import Database, Stage
from tests.bench.topics import preload

BUDGET = 100_000
SUBCOMMAND = ("rebuild", "--from", "journal")


async def measure(stage: Stage, options: Options, report: Report) -> None:
    """Fold the stream once, then rebuild from the journal in each run: fill, compare and switch, with no other load."""
    stream = (options.events, options.seed, options.employees, options.days)
    async with founded(stage, report, stream) as database:
        await preload(stage.kafka.address, EVENTS, facts(*stream))
        await fold_all(stage, database)
        meter = stage.meter()
        rates = [await _rebuilt(stage, database) for _ in range(options.runs)]
        why = busy(meter.cores())
    report.add(Row("rebuild from the journal, the process from start to end", rates, "events/s", BUDGET, reason=why))


async def _rebuilt(stage: Stage, database: Database) -> float:
    """Return journal rows a second. Raises RuntimeError when the rebuild fails or finds a difference."""
    connection = await asyncpg.connect(database.admin)
    try:
        rows = int(await connection.fetchval("SELECT count(*) FROM scoring.journal"))
    finally:
        await connection.close()
    return rows / await stage.command(database, *SUBCOMMAND)
