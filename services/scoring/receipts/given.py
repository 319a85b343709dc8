"""
What is kept of a receipt that was given, so that it can be said later whether it would come out otherwise today.

Four hashes, whatever the receipt's size: of the events behind its figures, of the contexts in which they count, of the
figures, and of the outcome of the evaluation. The acts of the cycle count only as far as they change the outcome.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import rfc8785

from services.scoring.domain.evaluation_facts import (
    DocumentAcknowledged,
    DocumentIssued,
    ObjectionDecided,
    ObjectionFiled,
    PredikatSet,
)
from services.scoring.domain.events import decode
from services.scoring.domain.facts import LeaveGranted
from services.scoring.evaluation.periods import Period

ACTS = (PredikatSet, DocumentIssued, DocumentAcknowledged, ObjectionFiled, ObjectionDecided)
"""What moves an evaluation on and changes no figure."""
_FIGURES = (
    "indicators",
    "groups",
    "suggested",
    "range",
    "lateness",
    "absence",
    "pp30",
    "capaian",
    "used",
    "obstacles",
    "missed",
)
"""Members of a card that are figures or rest on events alone; others move with the calendar, or say who answers."""

Body = Mapping[str, Any]


class Grounds(NamedTuple):
    """Hashes of what stands behind a receipt."""

    events: bytes
    contexts: bytes
    figures: bytes
    outcome: bytes


@dataclass(frozen=True, slots=True)
class Given:
    """A receipt that was given: of whom, as known when (UTC text, None for then), and how far the log was folded."""

    sha256: str
    subject: str
    period: str
    known_at: str | None
    position: Mapping[str, int]
    grounds: Grounds


def given(body: Body, sha256: str) -> Given:
    """Return what is kept of a receipt."""
    card = body["card"]
    return Given(sha256, card["subject"], card["period"], card["known_at"], card["position"], grounds(body))


def grounds(body: Body) -> Grounds:
    """Return the hashes of what stands behind a receipt with this body."""
    card, period = body["card"], Period.of(body["card"]["period"])
    days = [each for each in body["days"] if period.first.isoformat() <= each["date"] <= period.last.isoformat()]
    contexts = {
        "policy": card["policy"],
        "days": [_without(each, "measures", "parts") for each in days],
        "segments": [_without(each, "measures") for each in card.get("segments", ())],
    }
    figures = {
        "days": [each.get("measures", each.get("parts")) for each in days],
        "previous": body["previous"],
        **{name: card[name] for name in _FIGURES if name in card},
    }
    return Grounds(
        _hash(positions_behind(body)),
        _hash(contexts),
        _hash(figures),
        _hash((card.get("evaluation") or {}).get("predikat") or card.get("distribution")),
    )


def positions_behind(body: Body) -> list[str]:
    """Return where the events stand that figures rest on: without acts, and without what counts out of the period."""
    period = Period.of(body["card"]["period"])
    first, last = period.first.isoformat(), period.last.isoformat()
    return [
        each["position"]
        for each in body["events"]
        if (each["day"] is None or first <= each["day"] <= last) and _bears_on(each["payload"], period)
    ]


def _bears_on(payload: str, period: Period) -> bool:
    fact = decode(payload.encode()).fact
    if isinstance(fact, LeaveGranted):
        return fact.first <= period.last and fact.last >= period.first
    return not isinstance(fact, ACTS)


def _without(shape: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in shape.items() if name not in names}


def _hash(value: Any) -> bytes:
    return hashlib.sha256(rfc8785.dumps(value)).digest()


def in_order(positions: Iterable[str]) -> list[str]:
    """Return positions by partition and offset, the directory's first, each once."""

    def key(position: str) -> tuple[str, int, int]:
        place, _, offset = position.rpartition(":")
        topic, _, partition = place.partition("/")
        return topic, int(partition), int(offset)

    return sorted(set(positions), key=key)
