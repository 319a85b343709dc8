"""The chain of an evaluation, letter by letter (section 6)."""

from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Any

from tests.support.oracle import Event
from tests.support.oracle.log import day_in, field, rank
from tests.support.oracle_cards.known import Known, about, dated, greatest_of, identity, least_of, names
from tests.support.oracle_cards.organisation import evaluator, last_day, supervisor
from tests.support.oracle_cards.periods import Period


class Chain:
    """Everything the law says of a person and period."""

    def __init__(self, known: Known, person: str, period: Period, clock: int) -> None:
        self.known, self.person, self.period, self.clock = known, person, period, clock
        self.unit = last_day(known, person, period)[1]
        self.e = evaluator(known, person, period)

    def of(self, kind: str) -> list[Event]:
        """The standing events of a type about the person and period; nothing where no evaluation applies."""
        if self.unit is None:
            return []
        return about(self.known.of(kind), f"employee:{self.person}", self.period.text)

    def wd(self, day: date | None, n: int) -> date | None:
        """The n-th workday of U after the day."""
        return self.known.workday_after(self.unit, day, n)

    def passed(self, day: date | None) -> bool:
        """Whether the day has passed for U."""
        return self.known.passed(self.unit, day)

    def over(self, person: str | None, day: date | None) -> str | None:
        """supervisor(p, d)."""
        return supervisor(self.known, person, day)

    @cached_property
    def due(self) -> date | None:
        """By when the evaluation is to be set."""
        if self.period.is_year:
            return date(self.period.last.year + 1, 1, 31)
        return self.wd(self.period.last, self.clock)

    def is_escalated(self, set_by: Event) -> bool:
        """Set by the evaluator's supervisor of that date, after the due day."""
        x = self.over(self.e, dated(set_by))
        late = self.due is not None and dated(set_by) > self.due
        return late and x is not None and field(set_by, "rater") == x

    def is_ordinary(self, set_by: Event) -> bool:
        """Set by the evaluator, or by anybody else where there is none, not before the period's last day."""
        rater = field(set_by, "rater")
        right = rater != self.person if self.e is None else rater == self.e
        return right and dated(set_by) >= self.period.last

    @cached_property
    def candidates(self) -> list[Event]:
        """Those that can be S."""
        return [each for each in self.of("predikat.set.v1") if self.is_ordinary(each) or self.is_escalated(each)]

    @cached_property
    def d(self) -> Event | None:
        """The first document dated not before a candidate that it names."""
        return least_of(
            each
            for each in self.of("document.issued.v1")
            if any(names(each["data"]["of"], one) and dated(each) >= dated(one) for one in self.candidates)
        )

    @cached_property
    def s(self) -> Event | None:
        """The one named by D; without one the greatest escalated, else the greatest of e."""
        if self.d is not None:
            return next(one for one in self.candidates if names(self.d["data"]["of"], one))
        escalated = [one for one in self.candidates if self.is_escalated(one)]
        return greatest_of(escalated) or greatest_of(self.candidates)

    @property
    def few(self) -> int:
        """14 workdays, 7 where S is escalated."""
        return 7 if self.s is not None and self.is_escalated(self.s) else 14

    def acknowledged(
        self, document: Event | None, rater: str | None, due: date | None, *, itself: bool
    ) -> Event | None:
        """The first that acknowledges a document."""
        if document is None:
            return None
        return least_of(
            each
            for each in self.of("document.acknowledged.v1")
            if names(each["data"]["document"], document)
            and dated(document) <= day_in(each, "received_on") <= dated(each)
            and (field(each, "witness") is None or self.may_witness(each, rater, due, itself=itself))
        )

    def may_witness(self, act: Event, rater: str | None, due: date | None, *, itself: bool) -> bool:
        """Whether the witness is the rater's supervisor that day, after the due day."""
        who = self.over(rater, dated(act))
        if who is None and itself:
            who = rater
        return who is not None and field(act, "witness") == who and due is not None and dated(act) > due

    @cached_property
    def a(self) -> Event | None:
        """Acknowledges D."""
        if self.d is None or self.s is None:
            return None
        return self.acknowledged(self.d, field(self.s, "rater"), self.wd(dated(self.d), self.few), itself=False)

    @cached_property
    def r(self) -> date | None:
        """The day it was received; with a witness the day of the event."""
        if self.a is None:
            return None
        return day_in(self.a, "received_on") if field(self.a, "witness") is None else dated(self.a)

    @cached_property
    def o(self) -> Event | None:
        """Objects to D in time; nobody objects to what was escalated."""
        if self.d is None or self.s is None or self.is_escalated(self.s):
            return None
        return least_of(each for each in self.of("objection.filed.v1") if self.objects(each, self.d))

    def objects(self, each: Event, document: Event) -> bool:
        """Whether an objection is to the document and neither too early nor too late."""
        if not names(each["data"]["document"], document) or dated(each) < dated(document):
            return False
        if self.a is None or rank(self.a) > rank(each):
            return True
        until = self.wd(self.r, 14)
        return until is not None and dated(each) <= until

    @cached_property
    def v(self) -> Event | None:
        """Decides O."""
        if self.o is None or self.s is None:
            return None
        filed, rater = self.o, field(self.s, "rater")
        return least_of(
            each
            for each in self.of("objection.decided.v1")
            if names(each["data"]["objection"], filed)
            and field(each, "decider") == self.over(rater, dated(each))
            and all(dated(filed) <= day_in(each, heard) <= dated(each) for heard in ("heard_employee", "heard_rater"))
        )

    @cached_property
    def d2(self) -> Event | None:
        """The document of V."""
        if self.v is None:
            return None
        decided = self.v
        return least_of(
            each
            for each in self.of("document.issued.v1")
            if names(each["data"]["of"], decided) and dated(each) >= dated(decided)
        )

    @cached_property
    def a2(self) -> Event | None:
        """Acknowledges D2."""
        if self.d2 is None or self.v is None:
            return None
        return self.acknowledged(self.d2, field(self.v, "decider"), self.wd(dated(self.d2), 14), itself=True)

    @cached_property
    def predikat(self) -> dict[str, Any] | None:
        """The predikat in force."""
        if self.s is None:
            return None
        by, rater = self.s, field(self.s, "rater")
        if self.v is not None and field(self.v, "decision") == "changed":
            by, rater = self.v, field(self.v, "decider")
        return {
            **{name: field(by, name) for name in ("hasil_kerja", "perilaku", "predikat")},
            "rater": rater,
            "reason": field(by, "reason"),
            "policy": field(self.s, "policy"),
            "event": identity(by, with_type=True),
        }

    @property
    def state(self) -> str:
        """The first row that holds."""
        return self.row[0]

    @cached_property
    def row(self) -> tuple[str, str | None, date | None]:
        """State, who must act before it is late, and by when."""
        if self.unit is None:
            return "not_applicable", None, None
        if self.is_closed:
            return "closed", None, None
        if self.d2 is not None:
            return "reissued", self.person, self.wd(dated(self.d2), 14)
        if self.v is not None:
            return "decided", field(self.v, "decider"), self.wd(dated(self.v), 14)
        if self.o is not None and self.s is not None:
            return "objected", self.over(field(self.s, "rater"), dated(self.o)), self.wd(dated(self.o), 7)
        return self.earlier_row

    @property
    def is_closed(self) -> bool:
        """A2; or A, no O, and S escalated or 14 after r passed."""
        if self.a2 is not None:
            return True
        final = self.s is not None and self.is_escalated(self.s)
        return self.a is not None and self.o is None and (final or self.passed(self.wd(self.r, 14)))

    @property
    def earlier_row(self) -> tuple[str, str | None, date | None]:
        """The rows without an objection."""
        if self.a is not None:
            return "acknowledged", None, self.wd(self.r, 14)
        if self.d is not None:
            return "issued", self.person, self.wd(dated(self.d), self.few)
        if self.s is not None:
            return "set", field(self.s, "rater"), self.wd(dated(self.s), self.few)
        if self.passed(self.due):
            return "escalated", self.over(self.e, self.due), self.wd(self.due, 14)
        if self.passed(self.period.last):
            return "due", self.e, self.due
        return "running", None, None

    @property
    def act(self) -> dict[str, Any] | None:
        """Who must act; None where the row names nobody and no day."""
        state, who, due = self.row
        if state in ("not_applicable", "closed", "running"):
            return None
        late = self.passed(due)
        if late and state == "issued" and self.s is not None:
            who = self.over(field(self.s, "rater"), due)
        if late and state == "reissued" and self.v is not None:
            who = self.over(field(self.v, "decider"), due) or field(self.v, "decider")
        return {"who": who, "due": None if due is None else due.isoformat(), "late": late}

    def shape(self, *, restated: bool) -> dict[str, Any]:
        """The block `evaluation`."""
        document = self.d if self.d2 is None else self.d2
        return {
            "state": self.state,
            "evaluator": self.e,
            "act": self.act,
            "predikat": self.predikat,
            "document": None if document is None else identity(document),
            "restated": restated,
        }


def all_states(chains: Iterable[Chain]) -> dict[str, int]:
    """How many chains are in each state."""
    states = [each.state for each in chains]
    return {state: states.count(state) for state in states}
