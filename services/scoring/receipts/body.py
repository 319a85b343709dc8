"""The body of a receipt: a card with all that its figures can be worked out from again (scoring.md section 7)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from schemas.policy.identity import document_of
from schemas.policy.model import Policy
from services.scoring.domain.days import ONE_DAY, days_between
from services.scoring.domain.directory import Directory
from services.scoring.domain.hours import Hours
from services.scoring.domain.measures import Measures, rendered
from services.scoring.evaluation.assessment import Assessment
from services.scoring.evaluation.organisation import Organisation
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.shapes import moment
from services.scoring.receipts.exact import exact
from services.scoring.receipts.signed import KIND

NO_UNIT_ZONE = "Asia/Jakarta"

Shape = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Behind:
    """An event behind a card: its place, when it came there, the day it counts on, and whether it is disputed."""

    position: str
    recorded_at: datetime
    day: date | None
    payload: bytes
    is_contested: bool

    @property
    def shape(self) -> Shape:
        """Return it as a receipt has it, its record as it stands on the log."""
        return {
            "position": self.position,
            "recorded_at": moment(self.recorded_at),
            "day": self.day and self.day.isoformat(),
            "payload": self.payload.decode(),
            "contested": self.is_contested,
        }


def body(
    card: Shape,
    policy: Policy,
    days: Sequence[Shape],
    previous: Measures,
    events: Iterable[Behind],
    assessment: Assessment,
) -> Shape:
    """Return a receipt's body; *card* as it was answered, *previous* the measures of the period before."""
    return {
        "kind": KIND,
        "card": card,
        "policy": document_of(policy),
        "days": list(days),
        "previous": {name: {"n": each.n, "total": each.total} for name, each in previous.items()},
        "events": [each.shape for each in events],
        "exact": exact(assessment),
    }


def window(period: Period) -> Iterable[date]:
    """Return the days of a period with the one before and the one after."""
    return days_between(period.first - ONE_DAY, period.last + ONE_DAY)


def person_day_shape(
    day: date, employee: str, organisation: Organisation, directory: Directory, measures: Measures
) -> Shape:
    """Return what was so for a person on a day: where they belonged, what was asked there, what they came to."""
    unit = organisation.unit(employee, day)
    workday, closed = (False, False) if unit is None else directory.day(unit, day)
    return {
        "date": day.isoformat(),
        "unit": unit,
        "zone": NO_UNIT_ZONE if unit is None else directory.zone(unit, day).key,
        "workday": workday,
        "closed": closed,
        "hours": _hours_shape(directory.hours(unit, day)),
        "measures": rendered(measures),
    }


def _hours_shape(hours: Hours | None) -> Shape | None:
    """Wall times in the unit's zone; an end not after the start is the next morning's. Tolerance in minutes."""
    if hours is None:
        return None
    return {"start": _clock(hours.start), "end": _clock(hours.end), "tolerance": hours.tolerance}


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def unit_day_shape(day: date, parts: Mapping[str, Measures]) -> Shape:
    """Return what the own people and services of each unit of a tree came to on a day; no person."""
    shown = {unit: rendered(parts[unit]) for unit in sorted(parts) if any(each.n for each in parts[unit].values())}
    return {"date": day.isoformat(), "parts": shown}
