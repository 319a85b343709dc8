"""The read API with a whole country in its tables: a unit's month, a person's, and the root's."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.http import Answered, Load, closed_loop, elsewhere, get
from tests.bench.loading import load
from tests.bench.options import Options
from tests.bench.population import employee_id, populate, unit_code
from tests.bench.processes import busy
from tests.bench.report import Report, Row, quantile
from tests.bench.stage import Installation, Stage

CONNECTIONS = 16
UNIT_PEOPLE = 120
BUDGET_MS = 25
ROOT_MONTH_MS, ROOT_YEAR_MS = 100, 300
PERSON_CARD_MS, UNIT_CARD_MS = 15, 40
_ASKED = 50_000
_MONTH = "from=2026-11-01&to=2026-11-30"
_YEAR = "from=2026-11-01&to=2027-10-31"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked again and again, of one of several subjects each time."""

    what: str
    paths: Sequence[str]
    budget: float | None = None


async def measure(stage: Stage, options: Options, report: Report) -> None:
    """Load everybody, then ask each question over CONNECTIONS connections; the first answers are not counted."""
    population = populate(options.employees)
    chosen = random.Random(options.seed)
    people = [employee_id(person) for person in chosen.choices(range(options.employees), k=5_000)]
    evaluated = population.units_of_about(UNIT_PEOPLE, 50)
    units = [unit_code(unit) for unit in evaluated]
    members = [employee_id(person) for unit in evaluated for person in population.members(unit)]
    questions = (
        Question(
            f"a month of a unit of {UNIT_PEOPLE}", [f"/v1/units/{unit}/measures?{_MONTH}" for unit in units], BUDGET_MS
        ),
        Question("a month of a person", [f"/v1/employees/{person}/measures?{_MONTH}" for person in people]),
        Question("a month of the root", [f"/v1/units/{unit_code(0)}/measures?{_MONTH}"], ROOT_MONTH_MS),
        Question("a year of the root", [f"/v1/units/{unit_code(0)}/measures?{_YEAR}"], ROOT_YEAR_MS),
        Question(
            "a person's card of a month", [_card("employees", each, "2026-11") for each in members], PERSON_CARD_MS
        ),
        Question(
            f"a card of a quarter of a unit of {UNIT_PEOPLE}",
            [_card("units", unit, "2026-Q4") for unit in units],
            UNIT_CARD_MS,
        ),
    )
    async with stage.database() as database:
        report.step(f"loading {options.employees:,} employees ...")
        await load(database, population, evaluated, options, report)
        async with stage.running(database, "scoring") as running:
            for question in questions:
                await _asked(stage, running, question, options, report)


def _card(kind: str, code: str, period: str) -> str:
    return f"/v1/{kind}/{code}/scorecard?period={period}"


async def _asked(stage: Stage, running: Installation, question: Question, options: Options, report: Report) -> None:
    """Ask over one connection, which shows what an answer costs, and over many, which keep the process busy."""
    await _answered(running, question, 1, options.read_seconds / 5)
    for connections in (1, CONNECTIONS):
        slowest, why = [], ""
        for _ in range(options.runs):
            meter = stage.meter(running)
            answered = await _answered(running, question, connections, options.read_seconds)
            slowest.append(quantile(answered.latencies_s, 0.99) * 1000)
            why = f"{_told(answered)}; {busy({**meter.cores(), 'client': answered.client_cores})}"
        what = f"read API, {options.employees:,} employees, {question.what}, {_over(connections)}, p99"
        report.add(Row(what, slowest, "ms", question.budget, "less", reason=why, tell=True, digits=1))


def _over(connections: int) -> str:
    return "one connection" if connections == 1 else f"{connections} connections at once"


def _told(answered: Answered) -> str:
    told = f"p50 {quantile(answered.latencies_s, 0.5) * 1000:.1f} ms, {answered.rate:,.0f} answers/s"
    if not answered.refused:
        return told
    refused = sum(count for status, count in answered.statuses.items() if status != 200)
    return f"{refused / sum(answered.statuses.values()):.0%} not answered: {answered.refused[:120]}; {told}"


async def _answered(running: Installation, question: Question, connections: int, seconds: float) -> Answered:
    token, paths = running.tokens["hr"], question.paths
    ready = [get(path, token) for path in paths]
    requests = [ready[number % len(ready)] for number in range(_ASKED)]
    return await elsewhere(closed_loop, Load(running.port("scoring"), requests, connections, seconds))
