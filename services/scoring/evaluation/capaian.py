"""What a unit achieved, as its superiors set it: what counts, and what an evaluation uses (scoring.md 4)."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from services.scoring.domain.directory import code_of
from services.scoring.domain.evaluation_facts import Capaian, CapaianSet
from services.scoring.evaluation.evidence import Stamped
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.ports import Calendar, Superiors


class Used(NamedTuple):
    """The capaian that an evaluation uses, and for which period it was set."""

    period: str
    capaian: Capaian


def counting(events: Iterable[Stamped[CapaianSet]], superiors: Superiors) -> list[Stamped[CapaianSet]]:
    """Return by stamp what counts of what was set for a unit: nobody sets that of a unit they lead that day."""
    kept = [each for each in events if superiors.head(code_of(each.subject), each.date) != each.fact.setter]
    return sorted(kept, key=lambda each: each.stamp)


def capaian_set(events: Iterable[Stamped[CapaianSet]], superiors: Superiors) -> Stamped[CapaianSet] | None:
    """Return what stands in the register of a unit and period: of what counts the greatest."""
    return _last(counting(events, superiors))


class Years(NamedTuple):
    """What was set for a unit: *of_period* for a period; *before*, which only a year needs, for the year before it."""

    of_period: Iterable[Stamped[CapaianSet]]
    before: Iterable[Stamped[CapaianSet]] = ()


def used_capaian(unit: str, period: Period, events: Years, superiors: Superiors, calendar: Calendar) -> Used | None:
    """
    Return what is used: the greatest; of a year what is dated by 31 January after it, else the year before's.

    Example: for 2026, set on 31 January 2027 is in time; with nothing in time, once 31 January 2027 has passed for the
    unit, the greatest of 2025 is used, whatever its date.
    """
    found = counting(events.of_period, superiors)
    if period.kind != "year":
        return _used(_last(found))
    limit = date(period.year + 1, 1, 31)
    in_time = [each for each in found if each.date <= limit]
    if in_time or not calendar.has_passed(unit, limit):
        return _used(_last(in_time))
    return _used(_last(counting(events.before, superiors)))


def _used(event: Stamped[CapaianSet] | None) -> Used | None:
    return None if event is None else Used(event.fact.period, event.fact.capaian)


def _last(events: list[Stamped[CapaianSet]]) -> Stamped[CapaianSet] | None:
    return events[-1] if events else None
