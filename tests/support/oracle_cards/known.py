"""Everything that is known: the events that stand, the days they date, workdays and what has passed."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from tests.support.oracle import Event, Measures, Oracle
from tests.support.oracle.counts import EMPLOYEE_MEASURES, UNIT_MEASURES, plus
from tests.support.oracle.directory import jakarta_date
from tests.support.oracle.log import bare, field, instant, of_type, rank

DAY = timedelta(days=1)
Reference = dict[str, str]


def dated(event: Event) -> date:
    """date(e): the Jakarta date of its time."""
    return jakarta_date(instant(event["time"]))


def names(reference: Reference, event: Event) -> bool:
    """Whether the reference is to this event; a type is compared where it is given."""
    named = (reference["source"], reference["id"], reference.get("type", event["type"]))
    return named == (event["source"], event["id"], event["type"])


def identity(event: Event, *, with_type: bool = False) -> Reference:
    """How answers name an event."""
    named = {"type": event["type"]} if with_type else {}
    return named | {"source": event["source"], "id": event["id"]}


def moment(at: datetime) -> str:
    """A moment in UTC; of a second's fraction only what is not zero."""
    text = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{at.microsecond:06}".rstrip("0")
    return f"{text}.{fraction}Z" if fraction else f"{text}Z"


class Known:
    """The events known at some moment, and what the first oracle makes of them."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.once: dict[tuple[str, str], Event] = {}
        for event in events:
            self.once.setdefault((event["source"], event["id"]), event)
        self.oracle = Oracle(self.once.values())
        self.standing = self.oracle.counting
        self.directory = self.oracle.directory
        self._stands = {(event["source"], event["id"]) for event in self.standing}
        self._days: dict[tuple[str, date], Measures] = {}
        self._workdays: dict[tuple[str, date, int], date | None] = {}
        self._closed: dict[str, date | None] = {}
        self._by_type: dict[str, list[Event]] = {}
        for event in self.standing:
            self._by_type.setdefault(event["type"], []).append(event)

    def of(self, *types: str) -> list[Event]:
        """The standing events of these types."""
        return [event for each in types for event in self._by_type.get(each, [])]

    def stands(self, event: Event) -> bool:
        """Whether it was not voided."""
        return (event["source"], event["id"]) in self._stands

    def without(self, events: Iterable[Event]) -> "Known":
        """As if all these had been voided at once."""
        gone = {(event["source"], event["id"]) for event in events}
        return Known(event for key, event in self.once.items() if key not in gone)

    def people(self) -> list[str]:
        """Everyone who was ever assigned anywhere."""
        return sorted({bare(event["subject"]) for event in of_type(self.standing, "assignment.started.v1")})

    def unit_of(self, person: str, day: date) -> str | None:
        """The unit the person belongs to."""
        return self.directory.unit_of(person, day)

    def in_tree(self, code: str, unit: str | None, day: date) -> bool:
        """Whether the walk of *unit* has *code*."""
        return unit is not None and code in self.directory.walk(unit, day)

    def counts(self, subject: str, days: Iterable[date]) -> Measures:
        """The measures of a subject, summed over the days."""
        summed = dict.fromkeys(UNIT_MEASURES if subject.startswith("unit:") else EMPLOYEE_MEASURES, (0, 0))
        for day in days:
            for name, count in self.day_counts(subject, day).items():
                summed[name] = plus(summed[name], count)
        return summed

    def day_counts(self, subject: str, day: date) -> Measures:
        """The measures of a subject on one day, worked out once."""
        if (subject, day) not in self._days:
            ask = self.oracle.unit_measures if subject.startswith("unit:") else self.oracle.employee_measures
            self._days[subject, day] = ask(bare(subject), day, day)[day]
        return self._days[subject, day]

    def workday_after(self, unit: str | None, day: date | None, n: int) -> date | None:
        """wd(u, d, n): the n-th workday of the unit after the day; None if there is none within ten years."""
        if unit is None or day is None:
            return None
        if (unit, day, n) not in self._workdays:
            self._workdays[unit, day, n] = self._search(unit, day, n)
        return self._workdays[unit, day, n]

    def _search(self, unit: str, day: date, n: int) -> date | None:
        here, found = day, 0
        while here < day.replace(year=day.year + 10):
            here += DAY
            found += self.directory.workday(unit, here)
            if found == n:
                return here
        return None

    def passed(self, unit: str | None, day: date | None) -> bool:
        """Whether the greatest date closed for the unit is not before the day; None has never passed."""
        if unit is None or day is None:
            return False
        if unit not in self._closed:
            dates = {closed for _, closed in self.directory.closings}
            self._closed[unit] = max((each for each in dates if self.directory.closed(unit, each)), default=None)
        last = self._closed[unit]
        return last is not None and last >= day


def greatest_of(events: Iterable[Event]) -> Event | None:
    """The one with the greatest stamp."""
    return max(events, key=rank, default=None)


def least_of(events: Iterable[Event]) -> Event | None:
    """The one with the least stamp."""
    return min(events, key=rank, default=None)


def about(events: Iterable[Event], subject: str, period: str) -> list[Event]:
    """Those of a subject and period."""
    return [each for each in events if each["subject"] == subject and field(each, "period") == period]
