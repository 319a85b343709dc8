"""What a card says that people did, held to the events of its receipt: ratings, the predikat, the document."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.scoring.domain.evaluation_facts import ObjectionDecided, PredikatSet, RatingGiven
from services.scoring.domain.fact import Fact
from services.scoring.evaluation.evidence import Stamped

Claim = tuple[str, Any, Any]
"""Where, what the card says, what the event says."""

Events = Mapping[tuple[str, str], Stamped[Fact]]


def claims(card: Mapping[str, Any], events: Sequence[Stamped[Fact]]) -> Iterator[Claim]:
    """Yield what a card says otherwise than the events that it names."""
    if not card["subject"].startswith("employee:"):
        return
    named = {each.stamp[1:]: each for each in events}
    ratings = card["ratings"]
    if ratings["self"] is not None:
        yield from _rating("/card/ratings/self", ratings["self"], named)
    for number, each in enumerate(ratings["supervisor"]):
        yield from _rating(f"/card/ratings/supervisor/{number}", each, named)
    yield from _predikat(card["evaluation"]["predikat"], named)
    document = card["evaluation"]["document"]
    if document is not None and _found(document, named) is None:
        yield "/card/evaluation/document", document["id"], None


def _found(said: Mapping[str, Any], named: Events) -> Stamped[Fact] | None:
    return named.get((said["source"], said["id"]))


def _rating(place: str, said: Mapping[str, Any], named: Events) -> Iterator[Claim]:
    event = _found(said["event"], named)
    if event is None or not isinstance(event.fact, RatingGiven):
        yield f"{place}/event", said["event"]["id"], None
        return
    fact = event.fact
    for name, value in (
        ("rater", fact.rater),
        ("result", fact.result),
        ("behaviours", dict(fact.behaviours)),
        ("note", fact.note),
    ):
        if said[name] != value:
            yield f"{place}/{name}", said[name], value


def _predikat(said: Mapping[str, Any] | None, named: Events) -> Iterator[Claim]:
    if said is None:
        return
    event = _found(said["event"], named)
    place = "/card/evaluation/predikat"
    if event is None or not isinstance(event.fact, (PredikatSet, ObjectionDecided)):
        yield f"{place}/event", said["event"]["id"], None
        return
    for name in ("hasil_kerja", "perilaku", "predikat", "reason"):
        value = getattr(event.fact, name)
        if said[name] != value:
            yield f"{place}/{name}", said[name], value
