"""From accepted to readable while a whole country checks in."""

import re

from services.ingest.api.http_binding import BATCH
from tests.bench.doorway import batches, know
from tests.bench.events import directory, facts
from tests.bench.folding import founded
from tests.bench.http import elsewhere, post
from tests.bench.openloop import Offer, open_loop
from tests.bench.options import Options
from tests.bench.processes import busy
from tests.bench.report import Report, Row, quantile
from tests.bench.stage import Installation, Stage

BUDGET_S = 1.0
BATCH_SIZE = 10
"""Events that a terminal sends at once."""
PROBES_PER_S = 50
CONNECTIONS = 256
_PUNCH = re.compile(rb'"subject":"employee:([^"]+)","time":"(\d{4}-\d\d-\d\d)')


async def measure(stage: Stage, options: Options, report: Report) -> None:
    """Offer events to ingest at the national peak, in small batches, and read some of them back by their position."""
    stream = (round(options.freshness_rate * options.freshness_seconds), options.seed, options.employees, 3)
    async with founded(stage, report, stream) as database:
        await know(database, directory(*stream))
        values = [value for _, value in facts(*stream)]
        async with stage.running(database, "ingest", "scoring", "scoring_worker") as running:
            await _offered(stage, running, options, values, report)


async def _offered(stage: Stage, running: Installation, options: Options, values: list[bytes], report: Report) -> None:
    report.step(f"offering {options.freshness_rate:,} events/s for {options.freshness_seconds:.0f} s ...")
    meter = stage.meter(running)
    taken = await elsewhere(open_loop, _offer(running, options, values))
    why = busy({**meter.cores(), "client": taken.client_cores})
    if taken.refused:
        report.note(f"freshness: answers other than wanted: {dict(taken.statuses)}, first: {taken.refused}")
    rate = len(values) / taken.took_s
    p50, p99, most = (quantile(taken.readable_s, share) for share in (0.5, 0.99, 1))
    accepted = quantile(taken.accepted_s, 0.99)
    reason = (
        f"p50 {p50:.3f}, max {most:.3f} s of {len(taken.readable_s):,} probes; {rate:,.0f} events/s offered and taken, "
        f"p99 of a request {accepted:.3f} s after it was due; {why}"
    )
    what = f"freshness at {options.freshness_rate:,} events/s, accepted to readable, p99"
    report.add(Row(what, [p99], "s", BUDGET_S, "less", reason=reason, tell=True, digits=3))


def _offer(running: Installation, options: Options, values: list[bytes]) -> Offer:
    bodies = batches(values, BATCH_SIZE)
    per_second = options.freshness_rate / BATCH_SIZE
    every = max(1, round(per_second / PROBES_PER_S))
    return Offer(
        running.port("ingest"),
        [post("/v1/events", running.tokens["source"], BATCH, body) for body in bodies],
        per_second,
        CONNECTIONS,
        running.port("scoring"),
        running.tokens["hr"],
        {number: path for number in range(0, len(bodies), every) if (path := _read(bodies[number]))},
    )


def _read(body: bytes) -> str | None:
    """Return where the effect of the first event about a person is read."""
    found = _PUNCH.search(body)
    if found is None:
        return None
    employee, day = found[1].decode(), found[2].decode()
    return f"/v1/employees/{employee}/measures?from={day}&to={day}"
