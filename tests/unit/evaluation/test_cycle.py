"""The cycle of an evaluation by the example worked out in the law, and the ends of each rule."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from services.scoring.domain.evaluation_facts import (
    DocumentAcknowledged,
    DocumentIssued,
    ObjectionDecided,
    ObjectionFiled,
    PolicyName,
    PredikatSet,
)
from services.scoring.domain.fact import Fact, Identity
from services.scoring.evaluation.cycle import Act, Evaluation, evaluation
from services.scoring.evaluation.evidence import Stamped
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.terms import Acts, Case
from tests.support.evaluation_office import ALWAYS, Office, Weekdays, constant, name, ref, stamped

POLICY = PolicyName("permenpanrb-6-2022", 1, "1f" * 32)
NOVEMBER = Period.of("2026-11")
MEETS: dict[str, Any] = {"hasil_kerja": "meets", "perilaku": "meets", "predikat": "baik"}
ABOVE: dict[str, Any] = {"hasil_kerja": "above", "perilaku": "above", "predikat": "sangat_baik"}
OFFICE = Office(constant(p="e", e="x", x="y"))


def december(day: int) -> date:
    """A day of December 2026; its first is a Tuesday."""
    return date(2026, 12, day)


def rate(on: date, rater: str = "e", number: str = "set") -> Stamped[PredikatSet]:
    """A predikat."""
    fact = PredikatSet(period="2026-11", rater=rater, reason=f"kata {rater}", policy=POLICY, **MEETS)
    return stamped(fact, on, number)


def issue(on: date, of: Stamped[Any], number: str = "doc") -> Stamped[DocumentIssued]:
    """Its document."""
    return stamped(DocumentIssued(period="2026-11", of=ref(of), receipt="0" * 64), on, number)


def sign(
    on: date, document: Stamped[Any], received: date | None = None, witness: str | None = None, number: str = "ack"
) -> Stamped[DocumentAcknowledged]:
    """That it was received."""
    fact = DocumentAcknowledged(period="2026-11", document=name(document), received_on=received or on, witness=witness)
    return stamped(fact, on, number)


def objection(on: date, document: Stamped[Any], number: str = "obj", hour: int = 9) -> Stamped[ObjectionFiled]:
    """An objection to it."""
    fact = ObjectionFiled(period="2026-11", document=name(document), reason="loket kosong")
    return stamped(fact, on, number, hour=hour)


def decide(
    on: date, of: Stamped[Any], decider: str = "x", heard: date | None = None, changed: bool = True, number: str = "dec"
) -> Stamped[ObjectionDecided]:
    """The decision on an objection."""
    said: dict[str, Any] = {"decision": "changed", **ABOVE} if changed else {"decision": "kept"}
    said |= {"decider": decider, "reason": "bukti baru", "heard_employee": heard or on, "heard_rater": on}
    return stamped(ObjectionDecided(period="2026-11", objection=name(of), **said), on, number)


def asked(
    *acts: Stamped[Fact],
    closed: date,
    office: Office = OFFICE,
    evaluator: str | None = "e",
    period: Period = NOVEMBER,
    end: date | None = None,
) -> Evaluation:
    """Put the acts before the law."""
    case = Case("p", period, "padangsari", evaluator, 10)
    return evaluation(case, Acts.of(acts), office, Weekdays(closed, end=end))


def test_the_worked_example() -> None:
    """2026-11 in padangsari: the days on which each step is due."""
    set_ = rate(december(3))
    document = issue(december(4), set_)
    signed = sign(december(7), document)
    filed = objection(december(21), document)

    assert asked(closed=date(2026, 11, 29)).state == "running"
    assert asked(closed=december(2)).act == Act("e", december(14), late=False)
    assert asked(set_, closed=december(4)).act == Act("e", december(23), late=False)
    assert asked(set_, document, closed=december(4)).act == Act("p", december(24), late=False)
    waiting = asked(set_, document, signed, closed=december(24))
    assert (waiting.state, waiting.act) == ("acknowledged", Act(None, december(25), late=False))
    over = asked(set_, document, signed, closed=december(25))
    assert (over.state, over.act, over.document) == ("closed", None, Identity("src", "doc"))
    objected = asked(set_, document, signed, filed, closed=december(25))
    assert (objected.state, objected.act) == ("objected", Act("x", december(30), late=False))


def test_who_never_belonged_anywhere_is_not_evaluated() -> None:
    """Whatever was set."""
    found = evaluation(None, Acts.of([rate(december(3))]), OFFICE, Weekdays(december(31)))
    assert (found.state, found.act, found.predikat, found.document) == ("not_applicable", None, None, None)


@pytest.mark.parametrize(("filed", "hour", "counts"), [(25, 9, True), (26, 9, False), (4, 8, True), (3, 9, False)])
def test_an_objection_counts_from_the_document_to_the_14th_workday_after_it_was_received(
    filed: int, hour: int, counts: bool
) -> None:
    """A day late it is no objection, and the evaluation closes over it."""
    set_ = rate(december(2))
    document = issue(december(4), set_)
    acts = (set_, document, sign(december(7), document), objection(december(filed), document, hour=hour))
    found = asked(*acts, closed=december(31))
    assert (found.chain.objection is not None, found.state == "closed") == (counts, not counts)


def test_who_has_not_signed_may_object_at_any_time() -> None:
    """An acknowledgement sent after the objection, of a day long before, takes it away from nobody."""
    set_ = rate(december(2))
    document = issue(december(4), set_)
    filed = objection(december(30), document)
    later = sign(december(31), document, received=december(4))
    assert asked(set_, document, filed, later, closed=december(31)).state == "objected"
    assert asked(set_, document, later, filed, closed=december(31)).chain.objection == filed


def test_what_was_decided_is_in_force_under_the_policy_it_was_set_by() -> None:
    """The decider is the rater then; a decision that keeps it leaves what was set."""
    set_ = rate(december(3))
    document = issue(december(4), set_)
    filed = objection(december(21), document)
    for changed, predikat, rater, reason in ((True, "sangat_baik", "x", "bukti baru"), (False, "baik", "e", "kata e")):
        decided = decide(december(28), filed, changed=changed)
        found = asked(set_, document, filed, decided, closed=december(28))
        assert found.predikat is not None
        held = found.predikat
        assert (held.predikat, held.rater, held.reason, held.policy) == (predikat, rater, reason, POLICY)
        assert held.event == ref(decided if changed else set_)
        assert (found.state, found.act) == ("decided", Act("x", date(2027, 1, 15), late=False))


@pytest.mark.parametrize(
    ("decider", "heard", "counts"),
    [("x", 21, True), ("x", 20, False), ("x", 29, False), ("e", 28, False), ("y", 28, False)],
)
def test_only_the_raters_superior_decides_and_after_hearing_both(decider: str, heard: int, counts: bool) -> None:
    """On days from the objection to the decision."""
    set_ = rate(december(3))
    document = issue(december(4), set_)
    filed = objection(december(21), document)
    decided = decide(december(28), filed, decider, december(heard))
    assert (asked(set_, document, filed, decided, closed=december(28)).state == "decided") is counts


def test_nothing_closes_before_the_second_document_is_received() -> None:
    """Once late the decider's superior signs, and without one the decider."""
    set_ = rate(december(3))
    document = issue(december(4), set_)
    filed = objection(december(21), document)
    decided = decide(december(28), filed)
    again = issue(december(29), decided, "doc-2")
    acts = (set_, document, sign(december(7), document), filed, decided, again)
    due = date(2027, 1, 18)
    assert asked(*acts, closed=december(31)).act == Act("p", due, late=False)
    assert asked(*acts, closed=due).act == Act("y", due, late=True)
    alone = Office(constant(p="e", e="x"))
    assert asked(*acts, closed=due, office=alone).act == Act("x", due, late=True)

    def closes(on: date, witness: str, office: Office) -> bool:
        received = sign(on, again, december(29), witness, "ack-2")
        return asked(*acts, received, closed=due, office=office).state == "closed"

    late = date(2027, 1, 19)
    assert closes(late, "y", OFFICE)
    assert closes(late, "x", alone)
    assert [closes(due, "y", OFFICE), closes(late, "x", OFFICE), closes(late, "y", alone)] == [False] * 3
    assert asked(*acts, sign(december(30), again, number="ack-2"), closed=december(30)).document == name(again)


def test_a_witness_signs_for_who_refuses_once_they_are_late() -> None:
    """The 14 days of an objection run from that day, not from the one it was handed over."""
    set_ = rate(december(2))
    document = issue(december(4), set_)
    refused = sign(december(25), document, december(4), "x")
    found = asked(set_, document, refused, closed=december(31))
    assert (found.state, found.act) == ("acknowledged", Act(None, date(2027, 1, 14), late=False))
    for on, witness in ((december(24), "x"), (december(25), "e"), (december(25), "y")):
        early = sign(on, document, december(4), witness)
        assert asked(set_, document, early, closed=december(31)).state == "issued"
    assert asked(set_, document, closed=december(31)).act == Act("x", december(24), late=True)


@pytest.mark.parametrize(("received", "counts"), [(3, False), (4, True), (7, True), (8, False)], ids=str)
def test_a_document_is_received_between_its_issue_and_the_acknowledgement(received: int, counts: bool) -> None:
    """Not before and not in days to come."""
    set_ = rate(december(2))
    document = issue(december(4), set_)
    found = asked(set_, document, sign(december(7), document, december(received)), closed=december(8))
    assert (found.state == "acknowledged") is counts


def test_silence_escalates_and_what_is_escalated_is_final() -> None:
    """Past the due day the evaluator's superior may set it, with shorter days, and nobody objects."""
    assert asked(closed=december(13)).state == "due"
    assert asked(closed=december(14)).act == Act("x", date(2027, 1, 1), late=False)
    assert asked(rate(december(14), "x"), closed=december(14)).chain.predikat is None
    set_ = rate(december(15), "x")
    assert asked(set_, closed=december(15)).act == Act("x", december(24), late=False)
    document = issue(december(16), set_)
    assert asked(set_, document, closed=december(16)).act == Act("p", december(25), late=False)
    filed = objection(december(17), document)
    assert asked(set_, document, filed, closed=december(17)).chain.objection is None
    assert asked(set_, document, sign(december(17), document), filed, closed=december(17)).state == "closed"


def test_the_first_document_decides_between_those_who_set() -> None:
    """Without one the greatest escalated, else the greatest of the evaluator."""
    first, second, higher = rate(december(2)), rate(december(16), number="set-2"), rate(december(15), "x", "set-3")
    chosen: Callable[..., Any] = lambda *acts: asked(*acts, closed=december(31)).chain.predikat  # noqa: E731
    assert chosen(first, second) == second
    assert chosen(first, second, higher) == higher
    assert chosen(first, second, higher, issue(december(17), first)) == first
    assert chosen(first, second, higher, issue(december(15), second), issue(december(18), higher, "z")) == higher


def test_where_nobody_evaluates_anybody_but_the_person_may() -> None:
    """HR stands in for nobody, who has no superior."""
    found = asked(rate(december(2), "z"), rate(december(3), "p", "own"), evaluator=None, closed=december(3))
    assert (found.predikat and found.predikat.rater, found.act) == ("z", Act("z", december(22), late=False))
    assert asked(evaluator=None, closed=december(14)).act == Act(None, date(2027, 1, 1), late=False)


def test_a_year_is_evaluated_by_the_end_of_january() -> None:
    """Workday or not."""
    year = Period.of("2026")
    assert asked(period=year, closed=date(2027, 1, 30)).act == Act("e", date(2027, 1, 31), late=False)
    assert asked(period=year, closed=date(2027, 1, 31)).act == Act("x", date(2027, 2, 18), late=False)


def test_a_day_that_never_comes_never_passes() -> None:
    """Without workdays ahead nothing is late, nothing escalates, and an objection stays possible."""
    set_ = rate(december(3))
    document = issue(december(4), set_)
    signed = sign(december(7), document)
    acts, end = (set_, document, signed), december(8)
    assert asked(closed=december(31), end=end).act == Act("e", None, late=False)
    assert asked(*acts, closed=december(31), end=end).act == Act(None, None, late=False)
    assert asked(*acts, objection(december(31), document), closed=december(31), end=end).state == "objected"


def test_superiors_are_those_of_the_day() -> None:
    """Whoever is above the rater when the decision is made decides it."""
    moved = Office({**constant(p="e", x="y"), "e": [(ALWAYS, "x"), (december(24), "z")]})
    set_ = rate(december(3))
    document = issue(december(4), set_)
    filed = objection(december(21), document)
    assert asked(set_, document, filed, closed=december(24), office=moved).act == Act("x", december(30), late=False)
    for decider, state in (("x", "objected"), ("z", "decided")):
        decided = decide(december(28), filed, decider)
        assert asked(set_, document, filed, decided, closed=december(28), office=moved).state == state
