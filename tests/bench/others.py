"""Side by side: the punches of the same stream, taken by what a good engineer would otherwise do this week."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from tests.bench import eventsourced, updated
from tests.bench.events import facts
from tests.bench.http import elsewhere
from tests.bench.options import Options
from tests.bench.processes import busy
from tests.bench.report import Report, Row
from tests.bench.stage import Stage

_PREPARED = 8_000
"""Events prepared for each second: more than can be taken."""


@dataclass(frozen=True, slots=True)
class Other:
    """Another way to count punches, and what it does not do."""

    what: str
    take: Callable[[str, Sequence[bytes], float], float]
    lacks: str


OTHERS = (
    Other(
        "for comparison: an `eventsourcing` application, one aggregate an employee",
        eventsourced.take_punches,
        "keeps every event, so it can replay; does not notice duplicates, has no unit's figures and no corrections; "
        "a score is read by replaying the employee",
    ),
    Other(
        f"for comparison: one UPSERT an event in its own transaction, {updated.CONNECTIONS} connections",
        updated.take_punches,
        "notices duplicates; keeps no event, so no corrections, no replay, no figures as known then; no unit's figures",
    ),
)


async def measure(stage: Stage, options: Options, report: Report) -> None:
    """Let each of the others take the same punches straight from memory, which spares them the log."""
    stream = facts(round(_PREPARED * options.side_seconds), options.seed, options.employees)
    punches = [value for _, value in stream if b'"attendance.punched.v1","subject"' in value]
    for other in OTHERS:
        rates, why = [], ""
        for _ in range(options.runs):
            async with stage.database() as database:
                meter = stage.meter()
                rates.append(await elsewhere(other.take, database.admin, punches, options.side_seconds))
                why = busy(meter.cores())
        report.add(Row(other.what, rates, "events/s", reason=f"{other.lacks}; {why}", tell=True))
        _compare(report, other.what, median(rates))


def _compare(report: Report, what: str, rate: float) -> None:
    folds = [row.middle for row in report.rows if row.what.startswith("Kafka to committed projections")]
    if folds:
        report.note(f"The fold takes {folds[0] / rate:.1f} events in the time of one of: {what}.")
