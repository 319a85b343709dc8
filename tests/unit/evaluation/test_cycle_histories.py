"""Random histories of an evaluation, judged a second time from the words of the law."""

from collections import Counter
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.evaluation.cycle import Evaluation, State, evaluation
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.terms import Acts, Case
from tests.support.evaluation_histories import a_history
from tests.support.histories.choices import Drawn, Seeded
from tests.support.oracle_cycle import Question, judge

LETTERS = ("S", "D", "A", "O", "V", "D2", "A2")
TARGETS = ("of", "document", "objection")


@st.composite
def histories(draw: Any) -> Question:
    """Histories that hypothesis can shrink."""
    return a_history(Drawn(draw))


def asked(question: Question, events: list[Any] | None = None) -> Evaluation:
    """Put the question to the code."""
    period = Period.of(_text(question))
    case = None
    if question.unit is not None:
        case = Case(question.person, period, question.unit, question.evaluator, question.clock)
    acts = Acts.of(question.events if events is None else events)
    return evaluation(case, acts, question.office, question.calendar)


def _text(question: Question) -> str:
    return f"{question.last.year}" if question.is_year else f"{question.last:%Y-%m}"


def said(found: Evaluation) -> dict[str, Any]:
    """An answer by the law's letters."""
    chain, held = found.chain, found.predikat
    first = (chain.predikat, chain.document, chain.acknowledgement, chain.objection)
    acts = (*first, chain.decision, chain.second_document, chain.second_acknowledgement)
    predikat = None
    if held is not None:
        event = (held.event.type, held.event.source, held.event.id)
        predikat = (held.hasil_kerja, held.perilaku, held.predikat, held.rater, held.reason, held.policy, event)
    return {
        **dict(zip(LETTERS, acts, strict=True)),
        "escalated": chain.escalated,
        "state": found.state,
        "evaluator": found.evaluator,
        "act": None if found.act is None else (found.act.who, found.act.due, found.act.late),
        "predikat": predikat,
        "document": None if found.document is None else (found.document.source, found.document.id),
    }


@settings(max_examples=200, deadline=None)
@given(histories())
def test_an_evaluation_is_what_the_law_says_of_its_acts(question: Question) -> None:
    """Every letter of the chain, the state, who must act, and the predikat in force."""
    assert said(asked(question)) == judge(question)


@settings(max_examples=100, deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_the_order_in_which_acts_arrive_changes_nothing(question: Question, chance: Any) -> None:
    """Stamps decide, never arrival."""
    shuffled = list(question.events)
    chance.shuffle(shuffled)
    assert said(asked(question, shuffled)) == said(asked(question))


@settings(max_examples=100, deadline=None)
@given(histories(), st.data())
def test_what_refers_to_a_voided_act_counts_for_nothing(question: Question, data: Any) -> None:
    """Leaving out an act gives the same as leaving out all that hangs on it, too."""
    if not question.events:
        return
    voided = data.draw(st.sampled_from(question.events))
    rest = [each for each in question.events if each is not voided]
    gone, kept = {voided.stamp[1:]}, []
    for each in sorted(rest, key=lambda each: question.events.index(each)):
        target = next(
            (getattr(each.fact, key) for key in ("of", "document", "objection") if hasattr(each.fact, key)), None
        )
        if target is not None and (target.source, target.id) in gone:
            gone.add(each.stamp[1:])
        else:
            kept.append(each)
    assert said(asked(question, rest)) == said(asked(question, kept))


def test_every_state_and_every_act_is_reached_and_judged_alike() -> None:
    """Histories by seeds go deeper than those that hypothesis draws; what never occurs in them, they do not test."""
    reached: Counter[str] = Counter()
    for seed in range(1200):
        question = a_history(Seeded(seed))
        found = judge(question)
        assert said(asked(question)) == found, f"seed {seed}"
        reached[found["state"]] += 1
        reached.update(each for each in LETTERS if found[each] is not None)
        reached.update(_rare(found))
    assert {each: reached[each] for each in (*get_args(State), *LETTERS, *_RARE) if reached[each] < 3} == {}


_RARE = ("late", "A by witness", "A2 by witness", "escalated and issued", "changed", "never due", "nobody acts")


def _rare(found: dict[str, Any]) -> list[str]:
    act = found["act"]
    seen = {
        "late": act is not None and act[2],
        "A by witness": found["A"] is not None and found["A"].fact.witness is not None,
        "A2 by witness": found["A2"] is not None and found["A2"].fact.witness is not None,
        "escalated and issued": found["escalated"] and found["D"] is not None,
        "changed": found["V"] is not None and found["V"].fact.decision == "changed",
        "never due": act is not None and act[1] is None,
        "nobody acts": act is not None and act[0] is None and found["state"] != "acknowledged",
    }
    return [each for each, holds in seen.items() if holds]
