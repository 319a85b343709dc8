"""The demonstration's planned figures under the real detector, a closed day at a time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from services.local.demo.days import span, thirteen_months_before
from services.local.demo.outcomes import outcome
from services.local.demo.places import PLACE, PLACES, walk
from services.local.demo.shape import drops
from services.notifications.domain.cases import Case, settle_account
from services.notifications.domain.evidence import Fact
from services.notifications.domain.indicators import ATTENDANCE, INDICATORS, SATISFACTION, TIMELINESS, Indicator, Tally
from services.notifications.domain.levels import FEWEST_SIBLINGS, Span, days_before, level_ppm, quarter_of
from services.notifications.domain.stream import Rules, Stream, take

Tallies = Mapping[Indicator, Tally]
NOTHING = Tally(0, 0)
ORDINARY = date(9000, 1, 1)
"""An anchor so far away that no drop is seen."""


@dataclass(frozen=True, slots=True)
class Raised:
    """A case as it stands after the last closed day."""

    unit: str
    indicator: str
    case: Case


def raised(seed: int, today: date, streams: Iterable[tuple[str, Indicator]]) -> list[Raised]:
    """Return the last case of each stream that ever had one in the history that first starts on *today*."""
    cases = ((unit, indicator, _last_case(seed, today, unit, indicator)) for unit, indicator in streams)
    return [Raised(unit, indicator.name, case) for unit, indicator, case in cases if case is not None]


def _last_case(seed: int, today: date, unit: str, indicator: Indicator) -> Case | None:
    case, stream, rules = None, Stream(), Rules(indicator)
    days = span(thirteen_months_before(today), today - timedelta(days=1))
    for day, level in _levels(seed, today, days, unit, indicator).items():
        tallies = _of_tree(seed, unit, day, today)
        fact = Fact(tallies[indicator], level, any(tally.n for tally in tallies.values()))
        stream = take(stream, rules, day, fact)
        case = settle_account(case, stream, rules).case
    return case


def _levels(seed: int, today: date, days: list[date], unit: str, indicator: Indicator) -> dict[date, int]:
    """Return the pool's level on each day; days that come before any level can be fixed are left out."""
    alike = tuple(place.code for place in PLACES if place.kind == PLACE[unit].kind)
    pool = alike if len(alike) >= FEWEST_SIBLINGS else tuple(PLACE)
    pooled, until, levels = NOTHING, {}, {}
    first: date | None = None
    for day in days:
        until[day] = pooled
        before = days_before(quarter_of(day), Span(first, day - timedelta(days=1)) if first else None)
        if before is not None:
            levels[day] = level_ppm(indicator, until[before])
        pooled += _of_pool(seed, pool, day, _anchor(pool, day, today))[indicator]
        first = first or (day if pooled.n else None)
    return levels


def _anchor(units: tuple[str, ...], day: date, today: date) -> date:
    """Return *today* if a planted drop touches the day, else one anchor for all todays, so that days can be kept."""
    planted = drops(today)
    touched = any(drop.unit in units and day >= drop.first for drop in (planted.service, planted.punctuality))
    return today if touched else ORDINARY


@lru_cache(maxsize=1 << 16)
def _of_pool(seed: int, pool: tuple[str, ...], day: date, anchor: date) -> Tallies:
    return _sum(_of_tree(seed, unit, day, anchor) for unit in pool)


def _of_tree(seed: int, unit: str, day: date, today: date) -> Tallies:
    below = tuple(place.code for place in PLACES if unit in walk(place.code)) if _has_children(unit) else (unit,)
    return _sum(_own(seed, code, day, _anchor((code,), day, today)) for code in below)


@lru_cache(maxsize=64)
def _has_children(unit: str) -> bool:
    return any(place.parent == unit for place in PLACES)


@lru_cache(maxsize=1 << 16)
def _own(seed: int, unit: str, day: date, anchor: date) -> Tallies:
    """Return what the detector counts of one unit-day without its sub-units."""
    done = outcome(seed, unit, day, drops(anchor))
    return {
        ATTENDANCE: Tally(done.expected, done.expected - done.punctual),
        TIMELINESS: Tally(done.services, done.services - done.in_time),
        SATISFACTION: Tally(done.answers, 36 * done.answers - done.marks),
    }


def _sum(several: Iterable[Tallies]) -> Tallies:
    total = dict.fromkeys(INDICATORS, NOTHING)
    for tallies in several:
        for indicator, tally in tallies.items():
            total[indicator] += tally
    return total
