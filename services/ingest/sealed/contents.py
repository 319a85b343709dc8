"""What is kept of sealed answers and of what waits with them, as it goes under the key and comes back."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from services.ingest.domain.candidate import Candidate, Scope, parked_candidate
from services.ingest.domain.feedback import Answer, answer_of
from services.ingest.domain.parking import Resolution
from services.ingest.domain.routing import Stated
from services.ingest.sealed.key import SealedKey
from services.ingest.store.sealed import Kept


class SealedAnswer(NamedTuple):
    """An answer with whom it is about and for which period; who gave it is not in it."""

    ratee: str
    relation: str
    period: str
    answer: Answer


class Answering(NamedTuple):
    """Between whom an answer is, its aliases resolved."""

    ratee: str
    rater: str
    relation: str
    period: str


def answering(event: Stated, resolution: Mapping[str, str]) -> Answering:
    """Return between whom a sealed answer is."""
    data = event["data"]
    rater = resolution.get(data["rater"], data["rater"])
    return Answering(subject_of(event, resolution), rater, data["relation"], data["period"])


def subject_of(event: Stated, resolution: Mapping[str, str]) -> str:
    """Return the id of the employee an event is about."""
    subject: str = event["subject"]
    return resolution.get(subject, subject.partition(":")[2])


def kept_answer(key: SealedKey, between: Answering, event: Stated) -> Kept:
    """Put an answer under the key."""
    name = key.answer(*between)
    content = [between.ratee, between.relation, between.period, answer_of(event["data"])]
    return Kept(name, key.lock(content, name))


def sealed_answer(key: SealedKey, kept: Kept) -> SealedAnswer:
    """Take an answer from under the key. Raises WrongKey."""
    content: Any = key.unlock(kept.content, kept.name)
    return SealedAnswer(*content)


def kept_waiting(key: SealedKey, item: Candidate, resolution: Resolution | None = None) -> Kept:
    """
    Put an event that waits under the key, with what of its sender's rights is still open.

    *resolution*: who its aliases stood for when it came, if they had holders then; that never changes.
    """
    name = key.identity(item.identity)
    return Kept(name, key.lock([item.as_sent.decode(), item.within, resolution], name))


def waiting_event(key: SealedKey, kept: Kept) -> tuple[Candidate, Resolution]:
    """Take an event that waited from under the key, with its aliases' holders as far as known. Raises WrongKey."""
    content: Any = key.unlock(kept.content, kept.name)
    event, within, resolution = content
    scope: Scope = tuple(tuple(patterns) for patterns in within)
    return parked_candidate(event.encode(), scope), resolution or {}
