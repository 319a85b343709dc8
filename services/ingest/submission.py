"""One request on its way through intake, and what became of each of its items."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.ingest import metrics
from services.ingest.content_modes import Garbled
from services.ingest.domain.candidate import Candidate, Rejection
from services.ingest.log import Position

Name = tuple[str | None, str | None, str | None]
"""Source, id and type of an item as far as they are texts of sensible length."""
LONGEST_NAME = 256


@dataclass(frozen=True, slots=True)
class Submission:
    """
    The items of one request, in order, sorted into events and rejections.

    *verbatim* returns an item's bytes as they were sent; rejected items are kept as dead letters if *keep*, those that
    the client had no right to send only if *keep_not_allowed*: who gets an answer has heard of it. *takes_aliases* says
    whether its registrations may take over what another employee holds.
    """

    client: str
    origin: str
    items: Sequence[Candidate | Rejection]
    verbatim: Callable[[int], bytes]
    names: Sequence[Name]
    keep: bool = True
    takes_aliases: bool = False
    keep_not_allowed: bool = False

    def only(self, places: Sequence[int]) -> "Submission":
        """Return the items in these places as a submission of their own."""
        return replace(
            self,
            items=[self.items[place] for place in places],
            names=[self.names[place] for place in places],
            verbatim=lambda index: self.verbatim(places[index]),
        )

    def part(self, first: int, end: int) -> "Submission":
        """Return the items from *first* to before *end* as a submission of their own."""
        return replace(
            self,
            items=self.items[first:end],
            names=self.names[first:end],
            verbatim=lambda index: self.verbatim(first + index),
        )


@dataclass(frozen=True, slots=True)
class Parked:
    """The event is kept until what it needs is registered."""


class Sealed(Parked):
    """The event is kept under seal, or was before: answered like one that waits, and counted nowhere."""


Outcome = Position | Parked | Rejection
"""What became of one item: it stands on the log, waits, or was rejected."""


def names_of(raw: Any) -> Name:
    """Return the name of an item, a decoded JSON value or what one may have meant."""
    if isinstance(raw, Garbled):
        raw = raw.guess
    if not isinstance(raw, dict):
        return None, None, None
    source, event_id, event_type = (_name(raw.get(field)) for field in ("source", "id", "type"))
    return source, event_id, event_type


def _name(value: Any) -> str | None:
    if not isinstance(value, str) or len(value) > LONGEST_NAME:
        return None
    return value if value.isascii() else value.encode("utf-8", "replace").decode()  # without cut surrogates


def count(outcomes: Sequence[Outcome]) -> None:
    """Add what became of items to the metrics."""
    kinds = Counter(map(type, outcomes))
    metrics.ACCEPTED.inc(kinds[Position])
    metrics.PARKED.inc(kinds[Parked])
    metrics.REJECTED.inc(kinds[Rejection])
