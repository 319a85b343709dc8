"""
Where an evaluation stands: its state, who must act by when, and the predikat in force (scoring.md 6).

Derived from the acts whenever it is asked, never stored. No path closes undisclosed: closed needs a document received.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from services.scoring.domain.evaluation_facts import Level, PolicyName, Predikat
from services.scoring.domain.fact import EventRef, Identity
from services.scoring.evaluation.chain import Chain, chain_of, reference
from services.scoring.evaluation.ports import Calendar, Superiors
from services.scoring.evaluation.terms import LONG, SHORT, Acts, Case, Terms

State = Literal[
    "not_applicable",
    "closed",
    "reissued",
    "decided",
    "objected",
    "acknowledged",
    "issued",
    "set",
    "escalated",
    "due",
    "running",
]


@dataclass(frozen=True, slots=True)
class Act:
    """What is waited for: by whom (None: nobody, so HR) and until when; *late*: that day has passed."""

    who: str | None
    due: date | None
    late: bool


@dataclass(frozen=True, slots=True)
class InForce:
    """A predikat as it holds: of who set it, or of who decided an objection to it, always under the setter's policy."""

    hasil_kerja: Level
    perilaku: Level
    predikat: Predikat
    rater: str
    reason: str
    policy: PolicyName
    event: EventRef


@dataclass(frozen=True, slots=True)
class Evaluation:
    """An evaluation as it stands; *act* is None where nobody has to do anything."""

    state: State
    evaluator: str | None
    act: Act | None
    predikat: InForce | None
    chain: Chain

    @property
    def document(self) -> Identity | None:
        """The document that was served last."""
        served = self.chain.second_document or self.chain.document
        return None if served is None else served.identity


NOT_APPLICABLE = Evaluation("not_applicable", None, None, None, Chain())
"""Of who belongs to no unit on any day of the period."""


class _Row(NamedTuple):
    state: State
    act: Act | None


def evaluation(case: Case | None, acts: Acts, superiors: Superiors, calendar: Calendar) -> Evaluation:
    """
    Return how an evaluation stands; *case* None: the person belonged to no unit in the period.

    Example (2026-11 in padangsari): set on 3 December: `set`, the rater issues until the 23rd; issued on the 4th,
    received on the 7th: `acknowledged` until the 25th has passed, then `closed`.
    """
    if case is None:
        return NOT_APPLICABLE
    terms = Terms(case, superiors, calendar)
    chain = chain_of(acts, terms)
    state, act = next(row for find in _ROWS if (row := find(chain, terms)) is not None)
    return Evaluation(state, case.evaluator, act, in_force(chain), chain)


def in_force(chain: Chain) -> InForce | None:
    """Return the predikat that holds: what an objection changed, else what was set."""
    if chain.predikat is None:
        return None
    said = chain.predikat.fact
    return _changed(chain, said.policy) or InForce(
        said.hasil_kerja,
        said.perilaku,
        said.predikat,
        said.rater,
        said.reason,
        said.policy,
        reference(chain.predikat),
    )


def _changed(chain: Chain, policy: PolicyName) -> InForce | None:
    """Return what a decision changed the predikat to; one that keeps it names no levels."""
    if chain.decision is None:
        return None
    said = chain.decision.fact
    if said.hasil_kerja is None or said.perilaku is None or said.predikat is None:
        return None
    event = reference(chain.decision)
    return InForce(said.hasil_kerja, said.perilaku, said.predikat, said.decider, said.reason, policy, event)


def _closed(chain: Chain, terms: Terms) -> _Row | None:
    """Received, and nothing can follow: the decision on an objection; or the first document, final or unopposed."""
    signed = chain.acknowledgement is not None and chain.objection is None
    over = signed and (chain.escalated or terms.has_passed(terms.after(chain.received, LONG)))
    return _Row("closed", None) if over or chain.second_acknowledgement is not None else None


def _reissued(chain: Chain, terms: Terms) -> _Row | None:
    if chain.second_document is None or chain.decision is None:
        return None
    due, decider = terms.after(chain.second_document.date, LONG), chain.decision.fact.decider
    late = terms.has_passed(due)
    return _Row("reissued", Act((terms.above(decider, due) or decider) if late else terms.case.person, due, late))


def _decided(chain: Chain, terms: Terms) -> _Row | None:
    if chain.decision is None:
        return None
    return _waiting("decided", chain.decision.fact.decider, terms.after(chain.decision.date, LONG), terms)


def _objected(chain: Chain, terms: Terms) -> _Row | None:
    if chain.objection is None or chain.predikat is None:
        return None
    decider = terms.above(chain.predikat.fact.rater, chain.objection.date)
    return _waiting("objected", decider, terms.after(chain.objection.date, SHORT), terms)


def _acknowledged(chain: Chain, terms: Terms) -> _Row | None:
    """Nobody must act; until that day the employee may object."""
    if chain.acknowledgement is None:
        return None
    return _waiting("acknowledged", None, terms.after(chain.received, LONG), terms)


def _issued(chain: Chain, terms: Terms) -> _Row | None:
    if chain.document is None or chain.predikat is None:
        return None
    due = terms.after(chain.document.date, chain.pace)
    late = terms.has_passed(due)
    return _Row("issued", Act(terms.above(chain.predikat.fact.rater, due) if late else terms.case.person, due, late))


def _set(chain: Chain, terms: Terms) -> _Row | None:
    if chain.predikat is None:
        return None
    return _waiting("set", chain.predikat.fact.rater, terms.after(chain.predikat.date, chain.pace), terms)


def _escalated(_: Chain, terms: Terms) -> _Row | None:
    due = terms.due
    if not terms.has_passed(due):
        return None
    return _waiting("escalated", terms.above(terms.case.evaluator, due), terms.after(due, LONG), terms)


def _due(_: Chain, terms: Terms) -> _Row | None:
    if not terms.has_passed(terms.case.period.last):
        return None
    return _waiting("due", terms.case.evaluator, terms.due, terms)


def _running(_: Chain, __: Terms) -> _Row | None:
    return _Row("running", None)


def _waiting(state: State, who: str | None, due: date | None, terms: Terms) -> _Row:
    return _Row(state, Act(who, due, terms.has_passed(due)))


_ROWS: tuple[Callable[[Chain, Terms], _Row | None], ...] = (
    _closed,
    _reissued,
    _decided,
    _objected,
    _acknowledged,
    _issued,
    _set,
    _escalated,
    _due,
    _running,
)
"""The law's table: the first that holds."""
