"""
Ratings and voids of ratings: which stand in the open, which are sealed, and what of a refused one may be left nowhere.
"""

from contextlib import suppress
from typing import Any

from schemas.envelope import unpacked
from schemas.problems import InvalidEvent
from schemas.registry import VOID
from services.ingest.domain.routing import Stated

RATING = "rating.given.v1"
SEALED_RELATIONS = ("peer", "subordinate")
OPEN_RELATIONS = ("self", "supervisor")
_RATING_OF_ANY_VERSION = "rating.given"


def is_sealed(event: Stated) -> bool:
    """Say whether a valid event is the answer of a peer or a subordinate."""
    return bool(event["type"] == RATING and event["data"]["relation"] in SEALED_RELATIONS)


def voids_a_rating(event: Stated) -> bool:
    """Say whether a valid event voids a rating, of whatever relation."""
    return bool(event["type"] == VOID and event["data"]["voided"]["type"] == RATING)


def concerns_ratings(event: Stated) -> bool:
    """Say whether a valid event is a rating or voids one."""
    return event["type"] == RATING or voids_a_rating(event)


def betrays(raw: Any) -> bool:
    """
    Say whether what was sent, valid or not, may say something of a sealed answer, so that nothing of it may be kept.

    In doubt it does: a rating whose relation cannot be read, a void of any rating.
    """
    if not isinstance(raw, dict):
        return False
    with suppress(InvalidEvent):
        raw = unpacked(raw)
    data, named = raw.get("data"), str(raw.get("type")).lower()
    known = data if isinstance(data, dict) else {}
    if _RATING_OF_ANY_VERSION in named:
        return known.get("relation") not in OPEN_RELATIONS
    return known.get("relation") in SEALED_RELATIONS or _RATING_OF_ANY_VERSION in str(known.get("voided")).lower()


def betrays_as_text(body: bytes) -> bool:
    """Say the same of bytes that cannot be read as an event."""
    return _RATING_OF_ANY_VERSION.encode() in body.lower()
