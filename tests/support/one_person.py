"""One person E as the domain's functions are told of them, from events as they stand on the log."""

import json
from dataclasses import dataclass
from datetime import date

from services.scoring.domain.changes import Span
from services.scoring.domain.directory import Directory
from services.scoring.domain.events import decode
from services.scoring.domain.facts import DayRecorded, LeaveGranted, Punched
from services.scoring.projections.attendance.rows import PersonDay, Sign, person_days, sign_of
from services.scoring.projections.membership.rows import Membership, assignment_of
from tests.support.oracle import Event

EVERY_DAY = "mon tue wed thu fri sat sun"


@dataclass(frozen=True, slots=True)
class OnePerson:
    """Where E belongs, when E is away, and E's live facts."""

    directory: Directory
    membership: Membership
    leaves: list[Span]
    facts: list[Punched | DayRecorded]

    def signs(self) -> list[Sign | None]:
        """What each fact says, in the order given."""
        return [sign_of(fact, self.membership, self.directory) for fact in self.facts]

    def days(self, first: str, last: str | None = None) -> dict[date, PersonDay]:
        """E's days with presence in a span, both ends included."""
        window = Span(day(first), day(last or first))
        return person_days(self.facts, self.membership, self.leaves, self.directory, [window])


def one_person(*sent: Event) -> OnePerson:
    """Sort out what *sent* says; assignments, leaves and attendance are all taken for E's."""
    events = [decode(json.dumps(event).encode()) for event in sent]
    assignments = [found for event in events if (found := assignment_of(event))]
    facts = [event.fact for event in events]
    return OnePerson(
        Directory.empty().with_events(events),
        Membership.of_assignments(assignments),
        [Span(fact.first, fact.last) for fact in facts if isinstance(fact, LeaveGranted)],
        [fact for fact in facts if isinstance(fact, (Punched, DayRecorded))],
    )


def sign(*sent: Event) -> Sign | None:
    """What the last of the events says, given those before it."""
    return one_person(*sent).signs()[-1]


def day(text: str) -> date:
    """A date; short, because there are so many."""
    return date.fromisoformat(text)
