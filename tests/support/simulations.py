"""Simulations on a folded log, and the same answer by comparing cards one by one."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from schemas.policy.refusals import read_policy
from services.scoring.domain.changes import Span
from services.scoring.domain.directory import Directory
from services.scoring.evaluation.periods import Period
from services.scoring.reading.answers import Answers
from services.scoring.reading.as_of import AsOf
from services.scoring.reading.scorecards import CardQuestion, Scorecards
from services.scoring.reading.simulations import SimulationQuestion, Simulations
from tests.support.folding import Scoring

Answer = dict[str, Any]
Moves = dict[str, Counter[str]]
ORDER = [None, "below", "meets", "above"]
WAYS = ("up", "down", "same", "appears", "goes")


def question(
    periods: Sequence[str],
    *,
    document: Any = None,
    sha256: str | None = None,
    unit: str | None = None,
    known_at: datetime | None = None,
) -> SimulationQuestion:
    """What is asked, with the people."""
    request = {"document": document, "sha256": sha256, "unit": unit or "*", "periods": list(periods)}
    request["known_at"] = known_at and known_at.isoformat()
    policy = None if document is None else read_policy(document)
    return SimulationQuestion(
        request, policy, sha256, unit, tuple(Period.of(each) for each in periods), known_at, people=True
    )


async def simulated(scoring: Scoring, asked: SimulationQuestion) -> Answer:
    """The answer, read as a client would."""
    job = await Simulations(Answers(scoring.pool)).simulate(asked)
    assert job.result is not None
    people = [each._asdict() for each in job.result.people or ()]
    return {**job.result.shape, "people": people}


async def compared(scoring: Scoring, asked: SimulationQuestion, people: Iterable[str], sha256: str) -> Answer:
    """
    The same by the cards of everybody, one after the other, with and without `?policy=`.

    Where people belong, and in which position, is not on a card: of that only the unit is compared.
    """
    cards = Scorecards(Answers(scoring.pool))
    directory = await _directory(scoring, asked)
    moves, moved, cases = _nothing(), [], 0
    by_unit: dict[str, Moves] = defaultdict(_nothing)
    names: dict[str, set[str]] = defaultdict(set)
    on, ok = set(), set()
    for period in asked.periods:
        for employee in sorted(people):
            one = await cards.employee(employee, CardQuestion(period, None, None, asked.known_at))
            other = await cards.employee(employee, CardQuestion(period, None, sha256, asked.known_at))
            home = next((each for each in reversed(one["segments"]) if each["unit"] is not None), None)
            if home is None or not _is_in(directory, asked, home):
                continue
            cases += 1
            names[home["unit"]].add(employee)
            for each in other["indicators"]:
                on.add(each["code"].partition("/")[0])
                ok |= {each["code"].partition("/")[0]} if each["status"] == "ok" else set()
            for group in ("hasil_kerja", "perilaku"):
                before, after = (_level(card["suggested"][group]) for card in (one, other))
                way = _way(before, after)
                moves[group][way] += 1
                by_unit[home["unit"]][group][way] += 1
                if way != "same":
                    row = {"employee": employee, "period": period.text, "group": group}
                    moved.append({**row, "before": before, "after": after})
    return {
        "cases": cases,
        "moves": _plain(moves),
        "by_unit": _with_rest(by_unit, names),
        "no_data": on - ok,
        "people": moved,
        "warnings": await _warnings(cards, asked, directory, sha256),
    }


async def _directory(scoring: Scoring, asked: SimulationQuestion) -> Directory:
    async with Answers(scoring.pool).snapshot() as here:
        if asked.known_at is None:
            return here.directory
        span = Span(asked.periods[0].first, asked.periods[-1].last)
        return await AsOf(here.conn, asked.known_at, span).directory()


def _is_in(directory: Directory, asked: SimulationQuestion, home: dict[str, Any]) -> bool:
    walk = directory.walk(home["unit"], date.fromisoformat(home["to"]))
    return bool(walk) if asked.unit is None else asked.unit in walk


async def _warnings(
    cards: Scorecards, asked: SimulationQuestion, directory: Directory, sha256: str
) -> list[dict[str, Any]]:
    found = []
    for period in asked.periods:
        units = [
            each for each in directory.codes if asked.unit is None or asked.unit in directory.walk(each, period.last)
        ]
        for unit in sorted(units):
            one = await cards.unit(unit, CardQuestion(period, None, None, asked.known_at), sees_few=True)
            other = await cards.unit(unit, CardQuestion(period, None, sha256, asked.known_at), sees_few=True)
            before, after = _warned(one), _warned(other)
            row = {"appears": [each for each in after if each not in before]}
            row["goes"] = [each for each in before if each not in after]
            if any(row.values()):
                found.append({"unit": unit, "period": period.text, **row})
    return found


def _warned(card: dict[str, Any]) -> list[str]:
    spread = card["distribution"]
    return [] if spread is None else list(dict.fromkeys(each["clause"] for each in spread["warnings"]))


def _nothing() -> Moves:
    return {"hasil_kerja": Counter(), "perilaku": Counter()}


def _plain(moves: Moves) -> dict[str, dict[str, int]]:
    return {group: {way: counts[way] for way in WAYS} for group, counts in moves.items()}


def _with_rest(by_unit: dict[str, Moves], names: dict[str, set[str]]) -> dict[str, Any]:
    told, rest = {}, _nothing()
    for unit, moves in by_unit.items():
        if len(names[unit]) >= 5:
            told[unit] = _plain(moves)
        else:
            for group in rest:
                rest[group] += moves[group]
    return told | ({"rest": _plain(rest)} if len(told) < len(by_unit) else {})


def _level(suggested: dict[str, str] | None) -> str | None:
    return None if suggested is None else suggested["level"]


def _way(before: str | None, after: str | None) -> str:
    if before == after:
        return "same"
    if None in (before, after):
        return "appears" if before is None else "goes"
    return "up" if ORDER.index(after) > ORDER.index(before) else "down"
