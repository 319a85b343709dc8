"""The contests on cards, with the events that they name."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from services.scoring.domain.directory import Directory, code_of
from services.scoring.domain.events import Event
from services.scoring.domain.fact import Fact
from services.scoring.domain.facts import ComplaintReceived, ComplaintResolved
from services.scoring.evaluation.contested import Contested, contested
from services.scoring.evaluation.evidence import Stamped
from services.scoring.evaluation.periods import Period
from services.scoring.projections.services.rows import complaint_contribution
from services.scoring.reading.evidence import Evidence, LoggedEvent, standing


async def contests_of_person(
    evidence: Evidence, directory: Directory, employee: str, period: Period, own: Iterable[LoggedEvent]
) -> list[Contested]:
    """Return the contests on a person's card of a period, by stamp; *own*: those of events about the person."""
    units = await evidence.units_naming([employee], period.first, period.last)
    found = await placed(evidence, directory, [*own, *await evidence.contests(units)])
    return [each for each in found if each.employee == employee and is_of(each, period)]


def is_of(contest: Contested, period: Period) -> bool:
    """Say whether a contested event is about a period: by name, or lacking one by a day of it."""
    if contest.period is not None:
        return contest.period == period.text
    return any(True for _ in contest.days_in(period.first, period.last))


async def placed(evidence: Evidence, directory: Directory, logged: Iterable[LoggedEvent]) -> list[Contested]:
    """Return the contests among these events, each with the answers among them, its event and where that counts."""
    return await with_events(evidence, directory, standing(logged))


async def with_events(evidence: Evidence, directory: Directory, contests: Sequence[Stamped[Fact]]) -> list[Contested]:
    """Return these contests, with the answers among them, each with its event and where that counts."""
    if not contests:
        return []
    events = await evidence.contested(contests)
    people = {code_of(each.event.subject) for each in events if each.event.subject.startswith("employee:")}
    memberships = await evidence.memberships(people)
    complaints = await complaints_in(evidence, events)

    def complaint_day(event: Stamped[Fact]) -> date | None:
        return day_of_complaint(event, complaints, directory)

    return contested(contests, events, directory, memberships.__getitem__, complaint_day)


Complaints = Mapping[tuple[str, str], list[Event]]
"""The standing events of complaints, by the unit's subject and the complaint."""


async def complaints_in(evidence: Evidence, events: Iterable[LoggedEvent]) -> Complaints:
    """Return the complaints that some of these events belong to."""
    named = {
        (each.event.subject, each.event.fact.complaint)
        for each in events
        if isinstance(each.event.fact, (ComplaintReceived, ComplaintResolved))
    }
    return await evidence.complaints(named)


def day_of_complaint(event: Stamped[Fact], complaints: Complaints, directory: Directory) -> date | None:
    """
    Return the day a complaint counts on, with its contested event as if it stood.

    One that is not resolved counts once the day on which it was due is closed; before, it counts on none.
    """
    assert isinstance(event.fact, (ComplaintReceived, ComplaintResolved))
    time, source, event_id = event.stamp
    itself = Event(event_id, source, event.type, event.subject, time, event.fact)
    listed = complaints.get((event.subject, event.fact.complaint), [])
    unit = code_of(event.subject)
    counted = complaint_contribution([*listed, itself], unit, directory)
    if counted is None or (counted.counters.overdue and not directory.closed(unit, counted.day)):
        return None
    return counted.day
