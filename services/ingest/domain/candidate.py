"""An event that is valid and permitted, with all that intake must know of it."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from schemas.event import Event, Problem
from services.ingest.domain.identity import Identity, content_hash, event_identity
from services.ingest.domain.parking import Needs, Resolution, needs_of
from services.ingest.domain.registration import Registration, registration_of
from services.ingest.domain.routing import LogRecord, Stated, log_record, without_personal_data


class Candidate(NamedTuple):
    """
    A valid event on its way to the log, small enough for ten thousand of them in one request.

    *plain* is its record with nothing resolved; *aliased* is the event itself, kept only where it has aliases.
    """

    identity: Identity
    content: bytes
    needs: Needs
    plain: LogRecord
    aliased: Stated | None
    registration: Registration | None

    @property
    def as_sent(self) -> bytes:
        """The event as it is kept while it waits, aliases included; a registration, which never waits, without."""
        return self.plain.value

    def record(self, resolution: Resolution) -> LogRecord:
        """Return the record for the log."""
        return self.plain if self.aliased is None else log_record(self.aliased, resolution)


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why one item was not taken, as its sender and whoever mends it read it."""

    status: int
    title: str
    detail: str
    errors: tuple[Problem, ...] = ()


def candidate(raw: dict[str, Any], event: Event) -> Candidate:
    """Prepare *event*, which was read from *raw*."""
    return _candidate(without_personal_data(event.canonical()), content_hash(raw), registration_of(event))


def parked_candidate(kept: bytes) -> Candidate:
    """Read back an event that ingest has kept; it was judged when it was taken."""
    stated = orjson.loads(kept)
    return _candidate(stated, content_hash(stated), None)


def _candidate(stated: Stated, content: bytes, registration: Registration | None) -> Candidate:
    needs = needs_of(stated)
    identity = event_identity(stated["source"], stated["id"])
    return Candidate(identity, content, needs, log_record(stated, {}), stated if needs.aliases else None, registration)
