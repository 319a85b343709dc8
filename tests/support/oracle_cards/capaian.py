"""What a unit achieved as its superior sees it, and what is used of it (section 4)."""

from datetime import date
from typing import Any

from tests.support.oracle import Event
from tests.support.oracle.log import field
from tests.support.oracle_cards.known import Known, about, dated, greatest_of, identity
from tests.support.oracle_cards.organisation import head
from tests.support.oracle_cards.periods import Period, before


def counting(known: Known, unit: str, period: Period) -> list[Event]:
    """What was set for the unit and period by somebody who did not head it that day."""
    return [
        each
        for each in about(known.of("capaian.set.v1"), f"unit:{unit}", period.text)
        if field(each, "setter") != head(known, unit, dated(each))
    ]


def used(known: Known, unit: str, period: Period) -> tuple[Period, Event] | None:
    """The greatest; of a year, that of the year before once January has passed without one."""
    if not period.is_year:
        found = greatest_of(counting(known, unit, period))
        return None if found is None else (period, found)
    until = date(period.last.year + 1, 1, 31)
    found = greatest_of(each for each in counting(known, unit, period) if dated(each) <= until)
    if found is not None:
        return period, found
    earlier = greatest_of(counting(known, unit, before(period))) if known.passed(unit, until) else None
    return None if earlier is None else (before(period), earlier)


def capaian_shape(known: Known, unit: str, period: Period) -> dict[str, Any] | None:
    """The block `capaian`."""
    found = greatest_of(counting(known, unit, period))
    if found is None:
        return None
    return {name: field(found, name) for name in ("capaian", "setter", "reason")} | {
        "event": identity(found, with_type=True)
    }


def used_shape(known: Known, unit: str, period: Period) -> dict[str, Any] | None:
    """The block `used`."""
    found = used(known, unit, period)
    return None if found is None else {"period": found[0].text, "capaian": field(found[1], "capaian")}
