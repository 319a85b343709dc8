"""
The chain of an evaluation a second time, sentence by sentence from the law: slow, and written apart.

Takes the events in one heap and looks through all of it for each letter of the chain.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from tests.support.evaluation_office import Office, Weekdays

Event = Any


@dataclass
class Question:
    """One person and period, all that stands about them, and the world around."""

    person: str
    last: date
    is_year: bool
    unit: str | None
    evaluator: str | None
    clock: int
    events: Sequence[Event]
    office: Office
    calendar: Weekdays


def least(events: Iterable[Event]) -> Event | None:
    """The one with the least stamp."""
    return next(iter(sorted(events, key=lambda event: event.stamp)), None)


def greatest(events: Iterable[Event]) -> Event | None:
    """The one with the greatest stamp."""
    return next(iter(sorted(events, key=lambda event: event.stamp, reverse=True)), None)


def is_named(reference: Any, event: Event) -> bool:
    """Source and id, and the type if the reference has one."""
    same = (reference.source, reference.id) == tuple(event.stamp[1:])
    return same and getattr(reference, "type", event.type) == event.type


class Judge:
    """What the law says of a question with a unit, by its letters; None for what is not there."""

    def __init__(self, asked: Question) -> None:
        self.asked = asked

    # Words.

    @cached_property
    def workdays(self) -> list[date]:
        """All that matter."""
        days = (self.asked.last + timedelta(days=n) for n in range(-40, 600))
        return [day for day in days if self.asked.calendar.is_workday(day)]

    def wd(self, day: date | None, n: int) -> date | None:
        """The n-th workday of u after a day; null if there is none."""
        later = [each for each in self.workdays if day is not None and each > day]
        return later[n - 1] if len(later) >= n else None

    def passed(self, day: date | None) -> bool:
        """The greatest date closed is >= it; null has never passed."""
        return day is not None and not self.asked.calendar.closed < day

    def supervisor(self, person: str | None, day: date | None) -> str | None:
        """Looked up from the back."""
        for since, who in reversed(self.asked.office.supervisors.get(person or "", ())):
            if day is not None and since <= day:
                return who
        return None

    def of_type(self, name: str) -> list[Event]:
        """All of one type, as they lie."""
        return [event for event in self.asked.events if event.type == name]

    # S, candidates.

    @cached_property
    def due(self) -> date | None:
        """wd(U, last(P), clocks.evaluation), of a year 31 January after it."""
        last = self.asked.last
        return date(last.year + 1, 1, 31) if self.asked.is_year else self.wd(last, self.asked.clock)

    @cached_property
    def by_e(self) -> list[Event]:
        """predikat.set with date >= last(P) by e (where that is nobody: by any rater but p)."""
        dated = [each for each in self.of_type("predikat.set.v1") if each.date >= self.asked.last]
        if self.asked.evaluator is None:
            return [each for each in dated if each.fact.rater != self.asked.person]
        return [each for each in dated if each.fact.rater == self.asked.evaluator]

    @cached_property
    def by_x(self) -> list[Event]:
        """Escalated: by x(date) with date > due."""
        found = []
        for each in self.of_type("predikat.set.v1"):
            x = self.supervisor(self.asked.evaluator, each.date)
            if x is not None and each.fact.rater == x and self.due is not None and each.date > self.due:
                found.append(each)
        return found

    @cached_property
    def named(self) -> list[tuple[Event, Event]]:
        """Documents dated not before a candidate that they name, each with it."""
        return [
            (document, event)
            for document in self.of_type("document.issued.v1")
            for event in self.by_e + self.by_x
            if is_named(document.fact.of, event) and document.date >= event.date
        ]

    @cached_property
    def d(self) -> Event | None:
        """The first document that names a candidate."""
        return least(document for document, _ in self.named)

    @cached_property
    def s(self) -> Event | None:
        """The one named by D; without one the greatest escalated, else the greatest of e."""
        if self.d is not None:
            return next(event for document, event in self.named if document is self.d)
        return greatest(self.by_x) or greatest(self.by_e)

    @cached_property
    def escalated(self) -> bool:
        """S is by x."""
        return any(self.s is each for each in self.by_x)

    # A, r, O, V, D2, A2.

    def acknowledges(self, act: Event, document: Event, witness: str | None, due: date | None) -> bool:
        """date(D) <= received_on <= date(A); with witness only by the one who may, after the due day."""
        if not is_named(act.fact.document, document):
            return False
        if act.fact.received_on < document.date or act.fact.received_on > act.date:
            return False
        if act.fact.witness is None:
            return True
        return witness == act.fact.witness and due is not None and act.date > due

    @cached_property
    def a(self) -> Event | None:
        """Witness = supervisor(S.rater, date(A)) and date(A) > the due day of `issued`."""
        if self.d is None or self.s is None:
            return None
        due = self.wd(self.d.date, 7 if self.escalated else 14)
        acts = self.of_type("document.acknowledged.v1")
        rater = self.s.fact.rater
        return least(each for each in acts if self.acknowledges(each, self.d, self.supervisor(rater, each.date), due))

    @cached_property
    def until(self) -> date | None:
        """14 after r; r = received_on, with a witness date(A)."""
        if self.a is None:
            return None
        return self.wd(self.a.date if self.a.fact.witness is not None else self.a.fact.received_on, 14)

    @cached_property
    def o(self) -> Event | None:
        """Objects to D, date(O) >= date(D), if A has a smaller stamp date(O) <= wd(U, r, 14); none if escalated."""
        return None if self.escalated or self.d is None else least(self._objections(self.d))

    def _objections(self, document: Event) -> Iterator[Event]:
        for each in self.of_type("objection.filed.v1"):
            may_be_late = self.a is None or self.a.stamp > each.stamp or self.until is None
            objects = is_named(each.fact.document, document) and each.date >= document.date
            if objects and (may_be_late or each.date <= self.until):
                yield each

    @cached_property
    def v(self) -> Event | None:
        """Decides O, decider = supervisor(S.rater, date(V)), both heard on days from date(O) to date(V)."""
        if self.o is None or self.s is None:
            return None
        return least(
            each
            for each in self.of_type("objection.decided.v1")
            if is_named(each.fact.objection, self.o)
            and each.fact.decider == self.supervisor(self.s.fact.rater, each.date)
            and self.o.date <= each.fact.heard_employee <= each.date
            and self.o.date <= each.fact.heard_rater <= each.date
        )

    @cached_property
    def d2(self) -> Event | None:
        """As D, of V."""
        if self.v is None:
            return None
        documents = self.of_type("document.issued.v1")
        return least(each for each in documents if is_named(each.fact.of, self.v) and each.date >= self.v.date)

    @cached_property
    def a2(self) -> Event | None:
        """As A, with V.decider for S.rater (who has no supervisor on date(A2): witness = V.decider)."""
        if self.d2 is None or self.v is None:
            return None
        decider, due, found = self.v.fact.decider, self.wd(self.d2.date, 14), []
        for each in self.of_type("document.acknowledged.v1"):
            witness = self.supervisor(decider, each.date)
            if self.acknowledges(each, self.d2, decider if witness is None else witness, due):
                found.append(each)
        return least(found)

    # The table.

    @cached_property
    def is_closed(self) -> bool:
        """A2; or A, no O, and S escalated or 14 after r passed."""
        if self.a2 is not None:
            return True
        return self.a is not None and self.o is None and (self.escalated or self.passed(self.until))

    def row(self) -> tuple[str, str | None, date | None]:
        """State, who must act before anything is late, due day: the first that holds."""
        if self.is_closed:
            return "closed", None, None
        objected = self._row_of_the_objection()
        if objected is not None:
            return objected
        if self.a is not None:
            return "acknowledged", None, self.until
        few = 7 if self.escalated else 14
        if self.d is not None:
            return "issued", self.asked.person, self.wd(self.d.date, few)
        if self.s is not None:
            return "set", self.s.fact.rater, self.wd(self.s.date, few)
        return self._row_of_nothing()

    def _row_of_the_objection(self) -> tuple[str, str | None, date | None] | None:
        if self.d2 is not None:
            return "reissued", self.asked.person, self.wd(self.d2.date, 14)
        if self.v is not None:
            return "decided", self.v.fact.decider, self.wd(self.v.date, 14)
        if self.o is not None and self.s is not None:
            return "objected", self.supervisor(self.s.fact.rater, self.o.date), self.wd(self.o.date, 7)
        return None

    def _row_of_nothing(self) -> tuple[str, str | None, date | None]:
        if self.passed(self.due):
            return "escalated", self.supervisor(self.asked.evaluator, self.due), self.wd(self.due, 14)
        if self.passed(self.asked.last):
            return "due", self.asked.evaluator, self.due
        return "running", None, None

    def once_late(self, state: str, who: str | None, due: date | None) -> str | None:
        """Who must act once the day has passed."""
        if state == "issued" and self.s is not None:
            return self.supervisor(self.s.fact.rater, due)
        if state == "reissued" and self.v is not None:
            return self.supervisor(self.v.fact.decider, due) or self.v.fact.decider
        return who

    def predikat(self) -> tuple[Any, ...] | None:
        """V's (rater = decider, reason and event V's, policy S's) if changed, else S's."""
        if self.s is None:
            return None
        if self.v is not None and self.v.fact.decision == "changed":
            source, rater = self.v, self.v.fact.decider
        else:
            source, rater = self.s, self.s.fact.rater
        said = source.fact
        levels = (said.hasil_kerja, said.perilaku, said.predikat)
        return (*levels, rater, said.reason, self.s.fact.policy, (source.type, *source.stamp[1:]))


def judge(asked: Question) -> dict[str, Any]:
    """Everything by its name; `act` is None or who, due and late."""
    if asked.unit is None:
        nothing = dict.fromkeys(("S", "D", "A", "O", "V", "D2", "A2", "evaluator", "act", "predikat", "document"))
        return {**nothing, "escalated": False, "state": "not_applicable"}
    law = Judge(asked)
    state, who, due = law.row()
    late = law.passed(due)
    acts = {"S": law.s, "D": law.d, "A": law.a, "O": law.o, "V": law.v, "D2": law.d2, "A2": law.a2}
    served = law.d if law.d2 is None else law.d2
    return {
        **acts,
        "escalated": law.escalated,
        "state": state,
        "evaluator": asked.evaluator,
        "act": None if state in ("closed", "running") else (law.once_late(state, who, due) if late else who, due, late),
        "predikat": law.predikat(),
        "document": None if served is None else tuple(served.stamp[1:]),
    }
