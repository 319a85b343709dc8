"""At the door: whether one item is an event, valid, and of a kind its sender may send."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from schemas.envelope import unpacked
from schemas.event import InvalidEvent, Problem, read_event
from schemas.plain import plainly
from services.ingest.content_modes import Garbled, Items
from services.ingest.domain.candidate import Candidate, Rejection, Withheld, candidate
from services.ingest.domain.ratings import RATING, betrays, is_sealed
from services.ingest.domain.registration import Registration, registration_of
from services.ingest.domain.routing import Stated
from services.ingest.rights import open_scope, refusal, refusal_of
from services.ingest.submission import Name, names_of
from services.kit.access import Principal

MOST_PROBLEMS, LONGEST_POINTER = 20, 256
"""An item with a thousand unknown fields is told about the first ones."""

CONFLICT = Rejection(
    409,
    "Conflict",
    "An event with this source and id was taken earlier with other content (type, subject, time or data). "
    "Give this one a new id; to correct the earlier one, void it and send a new event.",
)

NO_WORDS = Problem("/data/note", "peers and subordinates answer by levels alone: words betray who wrote them")


def discarded(reason: str) -> Rejection:
    """Tell who sends a discarded event again why it was; its identity stays taken."""
    return Rejection(
        409,
        "Discarded",
        f"This event waited for something unknown and was discarded: {reason} If it is needed after all, register what "
        "it names and send it with a new id.",
    )


def admit_item(items: Items, index: int, client: Principal, latest: datetime) -> tuple[Name, Candidate | Rejection]:
    """Return the name of an item, and the event in it or why it cannot be taken; the decoded item is let go."""
    raw = items.take(index)
    stated = plainly(raw) if isinstance(raw, dict) else None
    if stated is None:
        raw = items.exactly(index, raw)
        return names_of(raw), _discreet(raw, admit(raw, client, latest))
    source, event_type = stated["source"], stated["type"]
    name = source, stated["id"], event_type
    item = refusal_of(client, source, event_type) or _permitted(raw, stated, None, client, latest)
    return name, _discreet(raw, item)


def _discreet(raw: Any, item: Candidate | Rejection) -> Candidate | Rejection:
    """Let a refusal be told to the sender alone where what was sent may say something of a sealed answer."""
    if isinstance(item, Rejection) and betrays(raw.guess if isinstance(raw, Garbled) else raw):
        return Withheld.of(item)
    return item


def admit(raw: Any, client: Principal, latest: datetime) -> Candidate | Rejection:
    """Return the event in *raw*, a decoded JSON value, or why *client*'s item cannot be taken: what the models say."""
    if refused := refusal(client, raw.guess if isinstance(raw, Garbled) else raw):
        return refused
    if isinstance(raw, Garbled):
        return _garbled(raw.reason)
    try:
        raw = unpacked(raw)
        event = read_event(raw)
    except InvalidEvent as exc:
        return _invalid(exc.problems)
    return _permitted(raw, event.canonical(), registration_of(event), client, latest)


def _permitted(
    raw: dict[str, Any], stated: Stated, registration: Registration | None, client: Principal, latest: datetime
) -> Candidate | Rejection:
    """
    Judge a valid event by its time and whom it is about.

    A `time` after *latest* would stand against whatever comes until then: registers keep the greatest.
    """
    if _is_after(stated["time"], latest):
        return _invalid([_too_far(latest)])
    if stated["type"] == RATING and is_sealed(stated) and "note" in stated["data"]:
        return _invalid([NO_WORDS])
    scope = open_scope(client, stated)
    return scope if isinstance(scope, Rejection) else candidate(raw, stated, registration, scope)


def _is_after(moment: str, latest: datetime) -> bool:
    """Compare a moment as it stands on the log; east of Greenwich mostly its day tells, at a tenth of the cost."""
    if moment[-6] == "+" and moment < _day_of(latest):
        return False
    return datetime.fromisoformat(moment) > latest


@lru_cache(maxsize=16)
def _day_of(latest: datetime) -> str:
    return latest.astimezone(UTC).date().isoformat()


def _garbled(reason: str) -> Rejection:
    return Rejection(
        422,
        "Invalid event",
        f"This is not JSON text: {reason}. Write texts in UTF-8, escaped surrogates in pairs, and no NaN or Infinity.",
    )


def _too_far(latest: datetime) -> Problem:
    detail = (
        f"the event's time may lie at most until {latest:%Y-%m-%dT%H:%M:%SZ}; mend the clock of the "
        "sender; the date that the event is about belongs into data"
    )
    return Problem("/time", detail)


def _invalid(problems: list[Problem]) -> Rejection:
    told = tuple(Problem(problem.pointer[:LONGEST_POINTER], problem.detail) for problem in problems[:MOST_PROBLEMS])
    shown = [f"{problem.pointer}: {problem.detail}" if problem.pointer else problem.detail for problem in told[:3]]
    more = f" (and {len(problems) - len(shown)} more)" if len(problems) > len(shown) else ""
    return Rejection(422, "Invalid event", "; ".join(shown) + more, told)
