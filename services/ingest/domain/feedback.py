"""
What becomes of sealed answers: the level at which more than half of a group stands, and nothing else.

A group of fewer than k, and a value that fewer than k answered, is left out whole. Source: scoring.md section 5.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple, get_args

from schemas.policy.model import BehaviourValue
from services.ingest.domain.parking import JAKARTA

RELEASED, SOURCE = "feedback.released.v1", "kinerja-feedback"
"""The event that ingest alone sends."""
VALUES: tuple[str, ...] = get_args(BehaviourValue)
RESULT = "result"
QUESTIONS = (RESULT, *VALUES)
"""What an answer may say, in the order in which it is kept."""
LEVELS = ("below", "meets", "above")

Answer = Mapping[str, str]
"""By question the level; what was not answered is left out."""


class Group(NamedTuple):
    """The eligible answers of one relation."""

    relation: str
    answers: Sequence[Answer]


def answer_of(data: Mapping[str, Any]) -> Answer:
    """Return what a rating says."""
    result = {RESULT: data[RESULT]} if RESULT in data else {}
    return result | dict(data.get("behaviours", {}))


def level_of(said: Iterable[str]) -> str:
    """Return above or below if more than half say so, else meets."""
    counts = Counter(said)
    return next((level for level in ("above", "below") if 2 * counts[level] > counts.total()), "meets")


def group_content(group: Group, k: int) -> dict[str, Any] | None:
    """Return what is released of a group; None of one that is too small."""
    if len(group.answers) < k:
        return None
    said = {name: [answer[name] for answer in group.answers if name in answer] for name in QUESTIONS}
    levels = {name: level_of(each) for name, each in said.items() if len(each) >= k}
    result = {RESULT: levels.pop(RESULT)} if RESULT in levels else {}
    return {"relation": group.relation, "n": len(group.answers), **result, "behaviours": levels}


def released(ratee: str, period: str, closes: date, k: int, groups: Iterable[Group]) -> dict[str, Any] | None:
    """Return the event that tells what became of the answers about somebody; None when no group is large enough."""
    contents = [content for group in groups if (content := group_content(group, k)) is not None]
    if not contents:
        return None
    return {
        "specversion": "1.0",
        "id": f"{ratee}:{period}",
        "source": SOURCE,
        "type": RELEASED,
        "subject": f"employee:{ratee}",
        "time": datetime.combine(closes + timedelta(days=1), time(), JAKARTA).isoformat(),
        "datacontenttype": "application/json",
        "data": {"period": period, "k": k, "groups": contents},
    }
