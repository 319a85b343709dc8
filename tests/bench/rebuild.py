"""Rebuilding the projections from the journal, beside the live ones."""

import asyncpg

from schemas.topics import EVENTS
from tests.bench.events import facts
from tests.bench.folding import fold_all, founded
from tests.bench.options import Options
from tests.bench.report import Report, Row
from tests.bench.stage import Database, Stage
from tests.bench.topics import preload

BUDGET = 100_000
SUBCOMMAND: tuple[str, ...] = ()
"""How to rebuild from the journal, such as ("rebuild", "--from", "journal"); empty while there is no such command."""


async def measure(stage: Stage, options: Options, report: Report) -> None:
    """Fold the stream once, then rebuild from the journal in each run, with nobody else at work."""
    if not SUBCOMMAND:
        report.note("Rebuild from the journal: not measured, there is no such command yet.")
        return
    stream = (options.events, options.seed, options.employees, options.days)
    async with founded(stage, report, stream) as database:
        await preload(stage.kafka.address, EVENTS, facts(*stream))
        await fold_all(stage, database)
        rates = [await _rebuilt(stage, database) for _ in range(options.runs)]
    report.add(Row("rebuild from the journal, the process from start to end", rates, "events/s", BUDGET))


async def _rebuilt(stage: Stage, database: Database) -> float:
    connection = await asyncpg.connect(database.admin)
    try:
        rows = int(await connection.fetchval("SELECT count(*) FROM scoring.journal"))
    finally:
        await connection.close()
    return rows / await stage.command(database, *SUBCOMMAND)
