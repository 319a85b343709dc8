"""Random histories of one evaluation: acts in about the order in which people do them, right more often than wrong."""

from datetime import date, timedelta
from typing import Any

from schemas.evaluation import MATRIX
from services.scoring.domain.evaluation_facts import (
    DocumentAcknowledged,
    DocumentIssued,
    ObjectionDecided,
    ObjectionFiled,
    PolicyName,
    PredikatSet,
)
from services.scoring.domain.fact import EventRef, Fact, Identity
from services.scoring.evaluation.evidence import Stamped
from services.scoring.evaluation.periods import Period
from tests.support.evaluation_office import ALWAYS, Office, Since, Weekdays, name, ref, stamped
from tests.support.histories.choices import Choices
from tests.support.oracle_cycle import Question

PEOPLE = ("p", "e", "x", "y", "z")
ABOVE = {"p": "e", "e": "x", "x": "y", "y": None, "z": "y"}
POLICY = PolicyName("aturan", 1, "0" * 64)
NEXT = {
    "PredikatSet": DocumentIssued,
    "DocumentIssued": DocumentAcknowledged,
    "DocumentAcknowledged": ObjectionFiled,
    "ObjectionFiled": ObjectionDecided,
    "ObjectionDecided": DocumentIssued,
}
PERIODS = ("2026-11", "2026-11", "2026-Q4", "2026")
STEPS = (0, 0, 1, 1, 2, 4, 9, 19, 23)


class History:
    """What has happened so far, and the world in which the rest will."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.period = Period.of(choices.one(PERIODS))
        self.evaluator = choices.one(("e", "e", "e", "e", "e", None))
        self.office = Office({who: self._since(who) for who in PEOPLE})
        self.calendar = self._calendar()
        self.clock = choices.one((10, 1, 25))
        self.today = self.period.last + timedelta(days=choices.one((0, -1, 3, 40)))
        self.acts: list[Stamped[Fact]] = []

    def _since(self, who: str) -> Since:
        """Half of them get somebody else above them after the period; nobody may be above the third."""
        first = self.choices.one(("y", None)) if who == "x" else ABOVE[who]
        changes: list[tuple[date, str | None]] = [(ALWAYS, first)]
        if self.choices.between(0, 1):
            others = (None, *(each for each in PEOPLE[1:] if each != who))
            day = self.period.last + timedelta(days=self.choices.between(0, 60))
            changes.append((day, self.choices.one(others)))
        return changes

    def _calendar(self) -> Weekdays:
        last, choices = self.period.last, self.choices
        holidays = {last + timedelta(days=choices.between(1, 80)) for _ in range(choices.between(0, 6))}
        end = last + timedelta(days=choices.between(0, 60)) if choices.between(0, 9) == 9 else None
        return Weekdays(last + timedelta(days=choices.between(-1, 110)), holidays, end)

    def usually(self, right: Any, *wrong: Any) -> Any:
        """The right one five times of six."""
        return choices_of(self.choices, right, wrong)

    def latest(self, kind: type[Fact], number: int = -1) -> Stamped[Fact] | None:
        """One of the acts of a kind, the last by default."""
        found = [each for each in self.acts if isinstance(each.fact, kind)]
        return found[number] if found else None

    def _last_fact(self, kind: type[Fact]) -> Fact | None:
        found = self.latest(kind)
        return None if found is None else found.fact

    def _rater(self) -> str:
        rater: str = getattr(self._last_fact(PredikatSet), "rater", "e")
        return rater

    def target(self, kind: type[Fact]) -> Stamped[Fact] | None:
        """What an act refers to: the last of a kind, at times the first or something else altogether."""
        return self.usually(self.latest(kind), self.latest(kind, 0), self.latest(Fact, 0))  # type: ignore[no-any-return]

    def add(self, fact: Fact) -> None:
        """Let something happen, today or a little before; the same moment and odd orders of ids occur."""
        day = self.usually(self.today, self.today - timedelta(days=self.choices.between(0, 15)))
        number = f"{self.choices.between(0, 9)}-{len(self.acts)}"
        self.acts.append(stamped(fact, day, number, hour=self.choices.one((9, 9, 0, 23))))

    def step(self) -> None:
        """Some days later, an act that follows from the last one, or any."""
        self.today += timedelta(days=self.choices.one(STEPS))
        if self.choices.between(0, 11) == 11:
            self.today += timedelta(days=60)
        last = type(self.acts[-1].fact).__name__ if self.acts else ""
        kind = self.usually(NEXT.get(last, PredikatSet), *NEXT.values(), PredikatSet, PredikatSet)
        {
            PredikatSet: self.rate,
            DocumentIssued: self.issue,
            DocumentAcknowledged: self.acknowledge,
            ObjectionFiled: self.object,
            ObjectionDecided: self.decide,
        }[kind]()

    def _levels(self) -> dict[str, Any]:
        hasil, perilaku = self.choices.one(tuple(MATRIX))
        return {"hasil_kerja": hasil, "perilaku": perilaku, "predikat": MATRIX[hasil, perilaku]}

    def rate(self) -> None:
        """By the evaluator, or by who is above them."""
        superior = self.office.supervisor(self.evaluator or "", self.today)
        due = self.calendar.after("u", self.period.last, self.clock)
        escalates = superior is not None and due is not None and self.today > due and self.choices.between(0, 1)
        rater = self.usually(superior if escalates else self.evaluator or "x", *PEOPLE)
        said: dict[str, Any] = {"rater": rater, "reason": f"alasan {len(self.acts)}", "policy": POLICY}
        self.add(PredikatSet(period=self.period.text, **said, **self._levels()))

    def issue(self) -> None:
        """Of a decision if there is one, else of a predikat."""
        decided = self.latest(ObjectionDecided)
        of = self.usually(decided or self.target(PredikatSet), self.target(PredikatSet))
        reference = EventRef("predikat.set.v1", "src", "none") if of is None else ref(of)
        if self.choices.between(0, 19) == 19:
            reference = EventRef("rating.given.v1", reference.source, reference.id)
        self.add(DocumentIssued(period=self.period.text, of=reference, receipt="0" * 64))

    def _document(self) -> tuple[Identity, date]:
        document = self.target(DocumentIssued)
        return (Identity("src", "none"), self.today) if document is None else (name(document), document.date)

    def acknowledge(self) -> None:
        """Now and then with a witness, long after."""
        witness = None
        if self.choices.between(0, 2) == 2:
            self.today += timedelta(days=self.choices.one((21, 22, 12, 0)))
            below: str = getattr(self._last_fact(ObjectionDecided), "decider", self._rater())
            witness = self.usually(self.office.supervisor(below, self.today) or below, *PEOPLE)
        document, issued = self._document()
        right = self.choices.one((self.today, issued))
        received = self.usually(right, self.today - timedelta(days=3), self.today + timedelta(days=1))
        said: dict[str, Any] = {"document": document, "received_on": received, "witness": witness}
        self.add(DocumentAcknowledged(period=self.period.text, **said))

    def object(self) -> None:
        """To a document."""
        self.add(ObjectionFiled(period=self.period.text, document=self._document()[0], reason="tidak setuju"))

    def decide(self) -> None:
        """By who is above the rater, after hearing both; kept or changed."""
        objection, superior = self.target(ObjectionFiled), self.office.supervisor(self._rater(), self.today)
        of = Identity("src", "none") if objection is None else name(objection)
        heard = [self.usually(self.today, self.today - timedelta(days=self.choices.between(0, 9))) for _ in range(2)]
        said: dict[str, Any] = {"decision": "kept", "reason": f"putusan {len(self.acts)}"}
        said |= {"objection": of, "decider": self.usually(superior or "x", *PEOPLE)}
        said |= {"heard_employee": heard[0], "heard_rater": heard[1]}
        if self.choices.between(0, 1):
            said |= {"decision": "changed", **self._levels()}
        self.add(ObjectionDecided(period=self.period.text, **said))


def choices_of(choices: Choices, right: Any, wrong: tuple[Any, ...]) -> Any:
    """The right one, or once in six times one of the wrong."""
    return choices.one(wrong) if choices.between(0, 5) == 5 else right


def a_history(choices: Choices) -> Question:
    """An evaluation with up to twelve acts."""
    history = History(choices)
    for _ in range(choices.one((3, 0, 1, 2, 4, 5, 6, 7, 8, 10, 12))):
        history.step()
    return Question(
        person="p",
        last=history.period.last,
        is_year=history.period.kind == "year",
        unit=choices_of(choices, "u", ("u", "u", None)),
        evaluator=history.evaluator,
        clock=history.clock,
        events=history.acts,
        office=history.office,
        calendar=history.calendar,
    )
