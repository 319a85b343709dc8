"""At the door: whether one item is an event, valid, and of a kind its sender may send."""

from typing import Any

from schemas.event import InvalidEvent, Problem, read_event
from services.ingest.domain.candidate import Candidate, Rejection, candidate
from services.ingest.rights import open_scope, refusal
from services.kit.access import Writer

MOST_PROBLEMS, LONGEST_POINTER = 20, 256
"""An item with a thousand unknown fields is told about the first ones."""

CONFLICT = Rejection(
    409,
    "Conflict",
    "An event with this source and id was taken earlier with other content (type, subject, time or data). "
    "Give this one a new id; to correct the earlier one, void it and send a new event.",
)


def admit(raw: Any, client: Writer) -> Candidate | Rejection:
    """Return the event in *raw*, a decoded JSON value, or why *client*'s item cannot be taken."""
    if refused := refusal(client, raw):
        return refused
    try:
        event = read_event(raw)
    except InvalidEvent as exc:
        return _invalid(exc.problems)
    scope = open_scope(client, event)
    return scope if isinstance(scope, Rejection) else candidate(raw, event, scope)


def _invalid(problems: list[Problem]) -> Rejection:
    told = tuple(Problem(problem.pointer[:LONGEST_POINTER], problem.detail) for problem in problems[:MOST_PROBLEMS])
    shown = [f"{problem.pointer}: {problem.detail}" if problem.pointer else problem.detail for problem in told[:3]]
    more = f" (and {len(problems) - len(shown)} more)" if len(problems) > len(shown) else ""
    return Rejection(422, "Invalid event", "; ".join(shown) + more, told)
