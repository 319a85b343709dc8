"""Where a person was in a period: runs of days in one unit under one supervisor (scoring.md section 2, "Transfers")."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from services.scoring.domain.days import days_between
from services.scoring.evaluation.organisation import Organisation
from services.scoring.evaluation.periods import Period


@dataclass(frozen=True, slots=True)
class Segment:
    """Days *first* to *last* with one *unit* and one *supervisor*, either of which may be nobody."""

    first: date
    last: date
    unit: str | None
    supervisor: str | None

    @property
    def days(self) -> Iterable[date]:
        return days_between(self.first, self.last)


def segments(organisation: Organisation, employee: str, period: Period) -> list[Segment]:
    """Return the maximal runs of days of a period with equal (unit, supervisor), by date."""
    found: list[Segment] = []
    for day in days_between(period.first, period.last):
        here = organisation.unit(employee, day), organisation.supervisor(employee, day)
        if found and (found[-1].unit, found[-1].supervisor) == here:
            found[-1] = Segment(found[-1].first, day, *here)
        else:
            found.append(Segment(day, day, *here))
    return found


def last_in_a_unit(found: Iterable[Segment]) -> Segment | None:
    """Return the run that ends with L, the last day on which the person belongs to a unit; None without any."""
    return next((each for each in reversed(list(found)) if each.unit is not None), None)
