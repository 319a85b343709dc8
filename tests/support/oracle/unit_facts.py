"""Services, answers and complaints as counts on a day of a unit, and of the person they name."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tests.support.oracle.counts import Count
from tests.support.oracle.directory import Directory
from tests.support.oracle.log import Event, bare, field, greatest, instant, of_type


@dataclass(frozen=True, slots=True)
class UnitFact:
    """One service, answer or complaint where it counts."""

    measure: str
    unit: str
    employee: str | None
    day: date
    count: Count


def unit_facts(counting: list[Event], directory: Directory) -> list[UnitFact]:
    """Everything of section 5 that a unit does, placed on its day."""
    return [*services(counting, directory), *answers(counting, directory), *complaints(counting, directory)]


def services(counting: list[Event], directory: Directory) -> Iterator[UnitFact]:
    """Each completed service, in time if it took no longer than its promise."""
    for event in of_type(counting, "service.completed.v1"):
        unit, completed = bare(event["subject"]), instant(event["data"]["completed_at"])
        taken = completed - instant(event["data"]["started_at"])
        in_time = taken <= timedelta(minutes=event["data"]["sla_minutes"])
        day = directory.wall_time_at(unit, completed).date()
        yield UnitFact("service.timeliness", unit, field(event, "employee"), day, (1, int(in_time)))


def answers(counting: list[Event], directory: Directory) -> Iterator[UnitFact]:
    """Each survey answer, with the sum of its nine scores."""
    for event in of_type(counting, "survey.answered.v1"):
        unit = bare(event["subject"])
        day = directory.wall_time_at(unit, instant(event["data"]["answered_at"])).date()
        total = sum(event["data"]["scores"].values())
        yield UnitFact("service.satisfaction", unit, field(event, "employee"), day, (1, total))


def complaints(counting: list[Event], directory: Directory) -> Iterator[UnitFact]:
    """Each complaint received, once it is known whether it was resolved by its due moment."""
    received = greatest(of_type(counting, "complaint.received.v1"), key=complaint)
    resolved = greatest(of_type(counting, "complaint.resolved.v1"), key=complaint)
    for key, event in received.items():
        unit, due = key[0], instant(event["data"]["due_at"])
        end = instant(resolved[key]["data"]["resolved_at"]) if key in resolved else None
        if end is not None and end <= due:
            yield complaint_on(directory, unit, end, 1)
        elif end is not None or directory.closed(unit, directory.wall_time_at(unit, due).date()):
            yield complaint_on(directory, unit, due, 0)


def complaint(event: Event) -> tuple[str, str]:
    """The key of both complaint registers."""
    return bare(event["subject"]), event["data"]["complaint"]


def complaint_on(directory: Directory, unit: str, moment: datetime, total: int) -> UnitFact:
    """A decided complaint on the day of *moment*; it names nobody."""
    return UnitFact("complaint.timeliness", unit, None, directory.wall_time_at(unit, moment).date(), (1, total))
