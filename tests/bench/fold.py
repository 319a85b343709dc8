"""Kafka to committed projections, and in the same run the raw COPY of the same rows."""

from statistics import median

from schemas.topics import EVENTS
from tests.bench.copying import Copied, copy_journal
from tests.bench.events import facts
from tests.bench.folding import Folded, fold_all, founded
from tests.bench.options import Options
from tests.bench.report import Report, Row
from tests.bench.stage import Database, Stage
from tests.bench.topics import preload

BUDGET = 40_000
AIM = 0.25


async def measure(stage: Stage, options: Options, report: Report) -> None:
    """Fold the same events from the beginning in each run, then copy the rows that came out."""
    stream = (options.events, options.seed, options.employees, options.days)
    async with founded(stage, report, stream) as template:
        report.step(f"writing {options.events:,} events to Kafka ...")
        await preload(stage.kafka.address, EVENTS, facts(*stream))
        runs = [await _run(stage, template, report) for _ in range(options.runs)]
    folded, copied = [run[0] for run in runs], [run[1] for run in runs]
    rates = [each.per_second for each in folded]
    report.add(Row("Kafka to committed projections, one worker", rates, "events/s", BUDGET, reason=folded[-1].why))
    ratios = [fold.per_second / copy.indexed for fold, copy in runs]
    raw = _middle([each.indexed for each in copied])
    plain = _middle([each.plain for each in copied])
    reason = f"raw COPY of the same rows into a table with the same indexes {raw}, without any index {plain}"
    report.add(Row("... as a part of raw COPY in the same run", ratios, "", AIM, reason=reason, tell=True, digits=3))


async def _run(stage: Stage, template: Database, report: Report) -> tuple[Folded, Copied]:
    async with stage.database(template) as database:
        folded = await fold_all(stage, database)
        copied = await copy_journal(database, max(1, folded.records // max(1, folded.batches)))
    report.step(f"folded {folded.per_second:,.0f}/s, copied {copied.indexed:,.0f}/s ({copied.plain:,.0f}/s unindexed)")
    return folded, copied


def _middle(rates: list[float]) -> str:
    return f"{median(rates):,.0f} rows/s"
