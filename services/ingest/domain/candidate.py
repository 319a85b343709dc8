"""An event that is valid and permitted, with all that intake must know of it."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from schemas.problems import Problem
from services.ingest.domain.identity import Identity, content_hash, event_identity
from services.ingest.domain.parking import Needs, Resolution, needs_of
from services.ingest.domain.ratings import concerns_ratings
from services.ingest.domain.registration import Registration
from services.ingest.domain.routing import LogRecord, Stated, log_record, without_personal_data

Scope = tuple[tuple[str, ...], ...]
"""Patterns of subjects, of which one in each must be the event's, once its alias is resolved."""


class Candidate(NamedTuple):
    """
    A valid event on its way to the log, small enough for ten thousand of them in one request.

    *plain* is its record with nothing resolved; *aliased* is the event itself, kept only where it has aliases. *within*
    is what its sender's rights leave open until its subject, an alias, is resolved. *rating* is the event itself if it
    is a rating or voids one.
    """

    identity: Identity
    content: bytes
    needs: Needs
    plain: LogRecord
    aliased: Stated | None
    registration: Registration | None
    within: Scope = ()
    rating: Stated | None = None

    @property
    def as_sent(self) -> bytes:
        """The event as it is kept while it waits, aliases included; a registration, which never waits, without."""
        return self.plain.value

    def record(self, resolution: Resolution) -> LogRecord:
        """Return the record for the log."""
        return self.plain if self.aliased is None else log_record(self.aliased, resolution)

    def subject(self, resolution: Resolution) -> str:
        """Return whom the event is about, for one whose subject is an alias."""
        assert self.aliased is not None
        return f"employee:{resolution[self.aliased['subject']]}"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why one item was not taken, as its sender and whoever mends it read it."""

    status: int
    title: str
    detail: str
    errors: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Withheld(Rejection):
    """Why something that may tell of a sealed answer was not taken: its sender hears it, and nothing of it is kept."""

    @classmethod
    def of(cls, rejection: Rejection) -> "Withheld":
        """Return the same, told to nobody else."""
        return cls(rejection.status, rejection.title, rejection.detail, rejection.errors)


def candidate(
    raw: dict[str, Any], stated: Stated, registration: Registration | None = None, within: Scope = ()
) -> Candidate:
    """Prepare the event that was read from *raw* and is *stated* on the log, names and aliases included."""
    if registration:
        stated = without_personal_data(stated)
    needs = needs_of(stated)
    identity = event_identity(stated["source"], stated["id"])
    aliased = stated if needs.aliases else None
    rating = stated if concerns_ratings(stated) else None
    return Candidate(identity, content_hash(raw), needs, log_record(stated, {}), aliased, registration, within, rating)


def parked_candidate(kept: bytes, within: Scope = ()) -> Candidate:
    """Read back an event that ingest has kept; it was judged when it was taken."""
    stated = orjson.loads(kept)
    return candidate(stated, stated, None, within)
