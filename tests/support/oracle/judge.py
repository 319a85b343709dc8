"""The oracle itself: every question the read API answers, from the list of events."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, Self

from tests.support.oracle.attendance import Attendance
from tests.support.oracle.counts import (
    EMPLOYEE_MEASURES,
    UNIT_MEASURES,
    Days,
    Measures,
    blank,
    plus,
    shown,
    totals,
    value,
)
from tests.support.oracle.directory import Directory
from tests.support.oracle.log import REGISTRATIONS, Event, bare, field, instant, of_type, still_counting
from tests.support.oracle.unit_facts import unit_facts


class Oracle:
    """What the services must answer after the given events, in whatever order and however often they came."""

    value = staticmethod(value)
    totals = staticmethod(totals)

    def __init__(self, events: Iterable[Event]) -> None:
        self.moment: datetime | None = None
        self.counting = still_counting(events)
        self.registered = {event["subject"] for event in of_type(self.counting, *REGISTRATIONS)}
        self.ever_registered = self.registered
        self.directory = Directory(self.counting)
        self.attendance = Attendance(self.counting, self.directory)
        self.facts = unit_facts(self.counting, self.directory)
        self._attendance_days: dict[tuple[str, date], Measures] = {}

    @classmethod
    def known_at(cls, recorded: Iterable[tuple[Event, datetime]], moment: datetime) -> Self:
        """The oracle of the events that the log had at *moment*, that moment included."""
        known = list(recorded)
        oracle = cls(event for event, recorded_at in known if recorded_at <= moment)
        oracle.moment = moment
        oracle.ever_registered = {event["subject"] for event, _ in known if event["type"] in REGISTRATIONS}
        return oracle

    def unit_measures(self, code: str, start: date, end: date) -> Days:
        """The six measures of a unit for each day, both ends included."""
        days = blank(UNIT_MEASURES, start, end)
        for day, measures in days.items():
            for employee in self.directory.assignments:
                unit = self.directory.unit_of(employee, day)
                if unit is not None and code in self.directory.walk(unit, day):
                    for name, count in self.attended(employee, day).items():
                        measures[name] = plus(measures[name], count)
        for fact in self.facts:
            if fact.day in days and code in self.directory.walk(fact.unit, fact.day):
                days[fact.day][fact.measure] = plus(days[fact.day][fact.measure], fact.count)
        return days

    def employee_measures(self, employee: str, start: date, end: date) -> Days:
        """The five measures of a person for each day, both ends included."""
        days = blank(EMPLOYEE_MEASURES, start, end)
        if f"employee:{employee}" not in self.registered:
            return days
        for day, measures in days.items():
            measures.update(self.attended(employee, day))
        for fact in self.facts:
            if fact.employee == employee and fact.day in days:
                days[fact.day][fact.measure] = plus(days[fact.day][fact.measure], fact.count)
        return days

    def attended(self, employee: str, day: date) -> Measures:
        """The attendance of one person-day, worked out once because every unit above asks for it."""
        if (employee, day) not in self._attendance_days:
            self._attendance_days[employee, day] = self.attendance.measures(employee, day)
        return self._attendance_days[employee, day]

    def units(self, on: date) -> list[dict[str, str | None]]:
        """Every unit as it stands on a date, by code."""
        listed = []
        for code in sorted(self.directory.units):
            version = self.directory.unit(code, on)
            assert version is not None
            listed.append({"code": code, **{name: field(version, name) for name in ("name", "kind", "parent")}})
        return listed

    def coverage(self) -> dict[str, datetime]:
        """The greatest moment up to which each source said it was complete."""
        reached: dict[str, datetime] = {}
        for event in of_type(self.counting, "source.reported.v1"):
            name, up_to = bare(event["subject"]), instant(event["data"]["up_to"])
            reached[name] = max(up_to, reached.get(name, up_to))
        return reached

    def response(self, subject: str, start: date, end: date, granularity_day: bool) -> dict[str, Any]:
        """
        The JSON body of a measures answer without `position`.

        Raises LookupError where the service answers 404.
        """
        if subject not in self.ever_registered:
            raise LookupError(f"{subject} was never registered")
        ask = self.unit_measures if subject.startswith("unit:") else self.employee_measures
        days = ask(bare(subject), start, end)
        body: dict[str, Any] = {
            "subject": subject,
            "from": start.isoformat(),
            "to": end.isoformat(),
            "known_at": None if self.moment is None else written(self.moment),
            "measures": shown(totals(days)),
            "coverage": {name: {"up_to": written(up_to)} for name, up_to in self.coverage().items()},
        }
        if granularity_day:
            body["days"] = [{"date": day.isoformat(), "measures": shown(counts)} for day, counts in days.items()]
        return body


def written(moment: datetime) -> str:
    """A moment in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
