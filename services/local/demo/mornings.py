"""Who comes in time, late or not at all: decided a week and a unit at a time, so that ordinary weeks stay ordinary."""

import math
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from services.local.demo.days import is_workday, span, traffic
from services.local.demo.dice import Dice
from services.local.demo.leave import is_away
from services.local.demo.people import Person, by_unit, mover, unit_on
from services.local.demo.shape import ABSENT_SHARE, Drop, Drops, lateness

IN_TIME, LATE, ABSENT = "in time", "late", "absent"


@dataclass(frozen=True, slots=True)
class Morning:
    """How one expected person began one day."""

    person: Person
    day: date
    state: str


Week = dict[date, tuple[Morning, ...]]


def mornings(seed: int, unit: str, day: date, planted: Drops) -> tuple[Morning, ...]:
    """Return the morning of everyone expected in *unit* on *day*, the planted decline included."""
    ordinary = _week(seed, unit, day - timedelta(days=day.weekday())).get(day, ())
    drop = planted.punctuality
    if unit != drop.unit or not drop.first <= day <= drop.last:
        return ordinary
    spoiled = _spoiled(seed, drop, (day - drop.first).days // 7)
    return tuple(Morning(m.person, day, LATE) if (m.person.id, day) in spoiled else m for m in ordinary)


@lru_cache(maxsize=4096)
def _week(seed: int, unit: str, monday: date) -> Week:
    """
    Return the ordinary mornings of a week.

    The number that fail is the expected one rounded by chance; who fails is drawn by habit and traffic, at most a
    third of the unit on one day. Real weeks scatter more; but a demonstration must not raise alarms of its own.
    """
    expected = _expected(seed, unit, monday)
    weights = {(person.id, day): person.habit * traffic(day) for person, day in expected}
    dice = Dice(seed, "week", unit, monday)
    failing = dice.whole(lateness(seed, unit) * sum(weights.values()))
    failed = _draw(dice, weights, failing, _most_a_day(expected))
    week: dict[date, list[Morning]] = {}
    for person, day in expected:
        week.setdefault(day, []).append(Morning(person, day, failed.get((person.id, day), IN_TIME)))
    return {day: tuple(found) for day, found in week.items()}


def _expected(seed: int, unit: str, monday: date) -> list[tuple[Person, date]]:
    people = (*by_unit(seed)[unit], mover(seed))
    return [
        (person, day)
        for day in span(monday, monday + timedelta(days=4))
        if is_workday(day)
        for person in people
        if unit_on(person, day) == unit and not is_away(seed, person, day)
    ]


def _most_a_day(expected: list[tuple[Person, date]]) -> int:
    heads = Counter(day for _, day in expected)
    return max(1, max(heads.values(), default=0) // 3)


def _draw(
    dice: Dice, weights: dict[tuple[str, date], float], failing: int, most_a_day: int
) -> dict[tuple[str, date], str]:
    """Draw *failing* of the keys without replacement, by weight, no more than *most_a_day* of one day."""
    order = sorted(weights, key=lambda key: math.log(dice.fraction() + 1e-12) / weights[key], reverse=True)
    failed: dict[tuple[str, date], str] = {}
    a_day: Counter[date] = Counter()
    for key in order:
        if len(failed) < failing and a_day[key[1]] < most_a_day:
            failed[key] = ABSENT if dice.fraction() < ABSENT_SHARE else LATE
            a_day[key[1]] += 1
    return failed


@lru_cache(maxsize=512)
def _spoiled(seed: int, drop: Drop, block: int) -> frozenset[tuple[str, date]]:
    """Return the mornings of the drop's *block*-th seven days that were in time and now are late."""
    first = drop.first + timedelta(days=7 * block)
    weights = {
        (morning.person.id, day): drop.share(day)
        for day in span(first, first + timedelta(days=6))
        for morning in _week(seed, drop.unit, day - timedelta(days=day.weekday())).get(day, ())
        if morning.state == IN_TIME and drop.share(day) > 0
    }
    dice = Dice(seed, "drop", drop.unit, first)
    return frozenset(_draw(dice, weights, dice.whole(sum(weights.values())), len(weights)))
