"""
The chain of an evaluation: the acts that count, from the predikat to the last signature (scoring.md 6).

Of several acts of a kind the least stamp counts, unless said. What does not meet its condition counts for nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, TypeVar

from services.scoring.domain.evaluation_facts import (
    DocumentAcknowledged,
    DocumentIssued,
    ObjectionDecided,
    ObjectionFiled,
    PredikatSet,
)
from services.scoring.domain.fact import EventRef, Fact
from services.scoring.evaluation.evidence import Stamped
from services.scoring.evaluation.terms import LONG, SHORT, Acts, Terms, is_after

FactT = TypeVar("FactT", bound=Fact)


@dataclass(frozen=True, slots=True)
class Chain:
    """
    What was done, in its order; None from the first act that is missing.

    The law's S, D, A, O, V, D2 and A2. *escalated*: the superior of the evaluator set the predikat, which is final.
    """

    predikat: Stamped[PredikatSet] | None = None
    escalated: bool = False
    document: Stamped[DocumentIssued] | None = None
    acknowledgement: Stamped[DocumentAcknowledged] | None = None
    objection: Stamped[ObjectionFiled] | None = None
    decision: Stamped[ObjectionDecided] | None = None
    second_document: Stamped[DocumentIssued] | None = None
    second_acknowledgement: Stamped[DocumentAcknowledged] | None = None

    @property
    def pace(self) -> int:
        """In how many workdays a document is handed out, and signed: fewer once it was escalated."""
        return SHORT if self.escalated else LONG

    @property
    def received(self) -> date | None:
        """The law's r: the day on which the document was received; where the signature was refused, of the act."""
        act = self.acknowledgement
        if act is None:
            return None
        return act.fact.received_on if act.fact.witness is None else act.date


class _Candidate(NamedTuple):
    event: Stamped[PredikatSet]
    escalated: bool


def chain_of(acts: Acts, terms: Terms) -> Chain:
    """
    Find the acts that count.

    Example (2026-11 in padangsari): S on 3 December, D on the 4th, received on the 7th: an objection counts until the
    25th.
    """
    candidates = list(_candidates(acts, terms))
    document = _first(acts.documents, lambda each: _named(each, candidates) is not None)
    if document is None:
        best = max(candidates, key=lambda each: (each.escalated, each.event.stamp), default=None)
        return Chain() if best is None else Chain(best.event, best.escalated)
    chosen = _named(document, candidates)
    assert chosen is not None
    return _served(acts, terms, Chain(chosen.event, chosen.escalated, document))


def _candidates(acts: Acts, terms: Terms) -> Iterator[_Candidate]:
    """Yield each predikat set by who may; once the day is due, also by the superior of who let it pass."""
    case, due = terms.case, terms.due
    for each in acts.predikats:
        rater = each.fact.rater
        if each.date >= case.period.last and _evaluates(rater, terms):
            yield _Candidate(each, escalated=False)
        elif is_after(each.date, due) and rater == terms.above(case.evaluator, each.date):
            yield _Candidate(each, escalated=True)


def _evaluates(rater: str, terms: Terms) -> bool:
    evaluator = terms.case.evaluator
    return rater != terms.case.person if evaluator is None else rater == evaluator


def _named(document: Stamped[DocumentIssued], candidates: Iterable[_Candidate]) -> _Candidate | None:
    return next((each for each in candidates if _is_of(document, each.event)), None)


def _is_of(document: Stamped[DocumentIssued], event: Stamped[Fact]) -> bool:
    return document.fact.of == reference(event) and document.date >= event.date


def _served(acts: Acts, terms: Terms, begun: Chain) -> Chain:
    """Go on from a document that was handed out."""
    predikat, document = begun.predikat, begun.document
    assert predikat is not None
    assert document is not None
    rater, limit = predikat.fact.rater, terms.after(document.date, begun.pace)

    def is_signed(act: Stamped[DocumentAcknowledged]) -> bool:
        return _acknowledges(act, document, terms.above(rater, act.date), limit)

    signed = _first(acts.acknowledgements, is_signed)
    chain = Chain(predikat, begun.escalated, document, signed)
    objection = None if chain.escalated else _first(acts.objections, _objecting(chain, document, terms))
    return chain if objection is None else _objected(acts, terms, chain, objection)


def _acknowledges(
    act: Stamped[DocumentAcknowledged], document: Stamped[DocumentIssued], witness: str | None, limit: date | None
) -> bool:
    """Say whether a document was received; a *witness* signs for who refused to, and only once they are late."""
    said = act.fact
    if said.document != document.identity or not document.date <= said.received_on <= act.date:
        return False
    return said.witness is None or (said.witness == witness and is_after(act.date, limit))


def _objecting(
    chain: Chain, document: Stamped[DocumentIssued], terms: Terms
) -> Callable[[Stamped[ObjectionFiled]], bool]:
    """Say which objections count: who has not acknowledged before may object at any time."""
    signed, limit = chain.acknowledgement, terms.after(chain.received, LONG)

    def counts(act: Stamped[ObjectionFiled]) -> bool:
        if act.fact.document != document.identity or act.date < document.date:
            return False
        return signed is None or signed.stamp > act.stamp or not is_after(act.date, limit)

    return counts


def _objected(acts: Acts, terms: Terms, chain: Chain, objection: Stamped[ObjectionFiled]) -> Chain:
    """Go on from an objection: decided by the rater's superior who heard both, and its outcome handed out."""
    assert chain.predikat is not None
    rater = chain.predikat.fact.rater

    def decides(act: Stamped[ObjectionDecided]) -> bool:
        return _decides(act, objection, terms.above(rater, act.date))

    decision = _first(acts.decisions, decides)
    document = None if decision is None else _first(acts.documents, lambda each: _is_of(each, decision))
    signed = None if decision is None or document is None else _signed_again(acts, terms, decision, document)
    return Chain(
        chain.predikat, chain.escalated, chain.document, chain.acknowledgement, objection, decision, document, signed
    )


def _decides(act: Stamped[ObjectionDecided], objection: Stamped[ObjectionFiled], decider: str | None) -> bool:
    said = act.fact
    heard = (said.heard_employee, said.heard_rater)
    return (
        said.objection == objection.identity
        and said.decider == decider
        and all(objection.date <= day <= act.date for day in heard)
    )


def _signed_again(
    acts: Acts, terms: Terms, decision: Stamped[ObjectionDecided], document: Stamped[DocumentIssued]
) -> Stamped[DocumentAcknowledged] | None:
    """Find who received what was decided; where nobody is above the decider, the decider is the witness."""
    decider, limit = decision.fact.decider, terms.after(document.date, LONG)

    def is_signed(act: Stamped[DocumentAcknowledged]) -> bool:
        return _acknowledges(act, document, terms.above(decider, act.date) or decider, limit)

    return _first(acts.acknowledgements, is_signed)


def reference(event: Stamped[Fact]) -> EventRef:
    """Return an event as others name it."""
    _, source, number = event.stamp
    return EventRef(event.type, source, number)


def _first(acts: Iterable[Stamped[FactT]], counts: Callable[[Stamped[FactT]], bool]) -> Stamped[FactT] | None:
    return next((each for each in acts if counts(each)), None)
