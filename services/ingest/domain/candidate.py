"""An event that is valid and permitted, with all that intake must know of it."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from schemas.event import Event, Problem, read_event
from services.ingest.domain.identity import Identity, content_hash, event_identity
from services.ingest.domain.parking import Needs, needs_of
from services.ingest.domain.registration import Registration, registration_of


class Candidate(NamedTuple):
    """A valid event on its way to the log."""

    identity: Identity
    content: bytes
    event: Event
    needs: Needs
    registration: Registration | None


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why one item was not taken, as its sender and whoever mends it read it."""

    status: int
    title: str
    detail: str
    errors: tuple[Problem, ...] = ()


def candidate(raw: dict[str, Any], event: Event) -> Candidate:
    """Prepare *event*, which was read from *raw*."""
    envelope = event.envelope
    identity = event_identity(envelope.source, envelope.id)
    return Candidate(identity, content_hash(raw), event, needs_of(event), registration_of(event))


def parked_candidate(kept: bytes) -> Candidate:
    """Read back an event that ingest has kept as it was sent."""
    raw = orjson.loads(kept)
    return candidate(raw, read_event(raw))
