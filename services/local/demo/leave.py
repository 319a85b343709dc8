"""Who is away and why: annual, sick and duty leave in small pieces, one long training and one maternity leave."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from services.local.demo.days import is_workday, span
from services.local.demo.dice import Dice
from services.local.demo.people import Person, by_unit
from services.local.demo.places import KELURAHAN
from services.local.demo.shape import STEADY_HEADS

TRAINING_DAYS, MATERNITY_DAYS = 12, 90
_SHORT = (("annual", 0.6, 4), ("sick", 0.35, 2), ("duty", 0.4, 2))
"""Kind, chance per person and quarter, and greatest length in days."""


@dataclass(frozen=True, slots=True)
class Leave:
    """An absence that excuses; *granted* is the day the paper arrives, for the sick after the fact."""

    person: Person
    first: date
    last: date
    kind: str
    granted: date


def quarter_start(day: date) -> date:
    """Return the first day of the quarter that has *day*."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


@lru_cache(maxsize=8192)
def leaves(seed: int, person: Person, quarter: date) -> tuple[Leave, ...]:
    """Return the leaves of *person* that begin in the quarter starting on *quarter*."""
    long = long_leave(seed, quarter, person)
    if long is not None:
        return (long,)
    dice = Dice(seed, "leave", person.id, quarter)
    short = (
        _short_leave(dice, person, quarter, kind, longest) for kind, chance, longest in _SHORT if _comes(dice, chance)
    )
    return tuple(leave for leave in short if is_workday(leave.first))


def long_leave(seed: int, quarter: date, person: Person) -> Leave | None:
    """Return the training or maternity leave of *person*, if this is their quarter for it."""
    if person.id == trainee(seed, quarter).id:
        first = quarter + timedelta(days=14)
        return Leave(person, first, first + timedelta(days=TRAINING_DAYS - 1), "duty", first - timedelta(days=5))
    if person.id == mother(seed, quarter).id:
        first = quarter + timedelta(days=20)
        return Leave(person, first, first + timedelta(days=MATERNITY_DAYS - 1), "maternity", first - timedelta(days=9))
    return None


@lru_cache(maxsize=64)
def trainee(seed: int, quarter: date) -> Person:
    """Return the lurah who goes to leadership training in this quarter, and whose secretary stands in."""
    units = [unit for unit in KELURAHAN if unit not in STEADY_HEADS]
    return by_unit(seed)[Dice(seed, "training", quarter).pick(units)][0]


@lru_cache(maxsize=64)
def mother(seed: int, quarter: date) -> Person:
    """Return the woman of the camat's office whose maternity leave begins in this quarter."""
    women = [person for person in by_unit(seed)["banyumanik"] if person.woman and person.rank >= 8]
    return Dice(seed, "maternity", quarter).pick(women)


@lru_cache(maxsize=8192)
def _days_off(seed: int, person: Person, quarter: date) -> frozenset[date]:
    return frozenset(
        day
        for start in (quarter_start(quarter - timedelta(days=1)), quarter)
        for leave in leaves(seed, person, start)
        for day in span(leave.first, leave.last)
    )


def is_away(seed: int, person: Person, day: date) -> bool:
    """Say whether a leave excuses *person* on *day*."""
    return day in _days_off(seed, person, quarter_start(day))


def _comes(dice: Dice, chance: float) -> bool:
    return dice.fraction() < chance


def _short_leave(dice: Dice, person: Person, quarter: date, kind: str, longest: int) -> Leave:
    first = quarter + timedelta(days=dice.below(85))
    last = first + timedelta(days=dice.below(longest))
    notice = -dice.below(2) if kind == "sick" else dice.between(2, 6)
    return Leave(person, first, last, kind, first - timedelta(days=notice))
