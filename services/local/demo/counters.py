"""What happens at the counters: services in and beyond their standard, survey answers, complaints."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from services.local.demo.days import demand, is_workday, span
from services.local.demo.dice import Dice
from services.local.demo.places import PLACE
from services.local.demo.shape import Drops, kindness, slowness

Week = dict[date, tuple[bool, ...]]


def services(seed: int, unit: str, day: date, planted: Drops) -> tuple[bool, ...]:
    """Return for each service of *unit* on *day* whether it kept its standard, the planted drop included."""
    ordinary = _week(seed, unit, day - timedelta(days=day.weekday())).get(day, ())
    share = planted.service.share(day) if unit == planted.service.unit else 0.0
    if share == 0.0:
        return ordinary
    dice = Dice(seed, "drop", unit, day)
    kept = [index for index, in_time in enumerate(ordinary) if in_time]
    spoiled = set(sorted(kept, key=lambda _: dice.fraction())[: dice.whole(share * len(kept))])
    return tuple(in_time and index not in spoiled for index, in_time in enumerate(ordinary))


@lru_cache(maxsize=4096)
def _week(seed: int, unit: str, monday: date) -> Week:
    """Return the services of a week; as many fail as are expected, rounded by chance and spread over the days."""
    place = PLACE[unit]
    dice = Dice(seed, "counter", unit, monday)
    days = [day for day in span(monday, monday + timedelta(days=4)) if is_workday(day)]
    count = {day: dice.whole(place.cases * demand(day) * (0.85 + 0.3 * dice.fraction())) for day in days}
    cases = [(day, index) for day in days for index in range(count[day])]
    failed = _spread(dice, cases, dice.whole(slowness(seed, unit) * len(cases)))
    return {day: tuple((day, index) not in failed for index in range(count[day])) for day in days}


def _spread(dice: Dice, cases: list[tuple[date, int]], failing: int) -> set[tuple[date, int]]:
    """Draw *failing* cases, no more than a third of a day's, at least one."""
    allowed = {day: max(1, count // 3) for day, count in Counter(day for day, _ in cases).items()}
    failed: set[tuple[date, int]] = set()
    for day, index in sorted(cases, key=lambda _: dice.fraction()):
        if len(failed) < failing and allowed[day]:
            allowed[day] -= 1
            failed.add((day, index))
    return failed


@lru_cache(maxsize=16384)
def answers(seed: int, unit: str, day: date) -> tuple[tuple[int, ...], ...]:
    """Return the nine marks of each survey answer that *unit* got on *day*."""
    place = PLACE[unit]
    if not place.answers or not is_workday(day):
        return ()
    dice = Dice(seed, "answers", unit, day)
    best = kindness(seed, unit)
    count = dice.whole(place.answers * demand(day))
    return tuple(tuple(_mark(dice.fraction(), best) for _ in range(9)) for _ in range(count))


def _mark(chance: float, best: float) -> int:
    return 4 if chance < best else 2 if chance > 0.93 else 3


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint: when it came (second of the day), how many days were allowed, and after how many it was resolved."""

    unit: str
    number: str
    category: str
    day: date
    second: int
    allowed_days: int
    taken_days: int


_CATEGORIES = (
    ("Pelayanan lambat", 2),
    ("Informasi persyaratan", 5),
    ("Sarana dan prasarana", 14),
    ("Kebersihan lingkungan", 14),
    ("Sikap petugas", 5),
)
"""Category and days allowed: light 2, normative 5, others 14."""


def complaints(seed: int, unit: str, day: date) -> list[Complaint]:
    """Return the complaints that reach *unit* on *day*, weekends included."""
    dice = Dice(seed, "complaints", unit, day)
    return [_complaint(dice, unit, day, index) for index in range(dice.whole(PLACE[unit].complaints / 7))]


def _complaint(dice: Dice, unit: str, day: date, index: int) -> Complaint:
    category, allowed = dice.pick(_CATEGORIES)
    in_time = dice.fraction() < 0.9
    taken = dice.between(1, allowed - 1) if in_time else allowed + dice.between(1, 6)
    return Complaint(unit, f"{day:%Y%m%d}-{unit}-{index}", category, day, dice.between(25200, 72000), allowed, taken)
