"""One request on its way through intake, and what became of each of its items."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.ingest.domain.candidate import Candidate, Rejection
from services.ingest.log import Place


@dataclass(frozen=True, slots=True)
class Submission:
    """
    The items of one request, in order, sorted into events and rejections.

    *verbatim* returns an item's bytes as they were sent; rejected items are kept as dead letters if *keep*.
    """

    client: str
    origin: str
    items: Sequence[Candidate | Rejection]
    verbatim: Callable[[int], bytes]
    names: Sequence[tuple[str | None, str | None, str | None]]
    keep: bool = True


@dataclass(frozen=True, slots=True)
class Parked:
    """The event is kept until what it needs is registered."""


Outcome = Place | Parked | Rejection
"""What became of one item: it stands on the log, waits, or was rejected."""
