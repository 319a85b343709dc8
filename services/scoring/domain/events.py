"""
Records of the log decoded into events, as strictly as the fold requires, so that whatever is decoded can be folded.

Ingest holds events to the whole contract. Types that no projection wants yet are events without a fact: the journal
keeps them.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from schemas.registry import EVENT_TYPES
from schemas.upcasting import UPCASTERS, is_old, upcast
from services.scoring.domain.fact import Fact, Moment, Word
from services.scoring.domain.fact_types import FACTS
from services.scoring.domain.facts import Voided

Data = TypeVar("Data")


class Envelope(msgspec.Struct, frozen=True, gc=False):
    id: str
    source: str
    type: Word
    subject: Word
    time: Moment
    data: msgspec.Raw


class Inside(msgspec.Struct, Generic[Data], frozen=True, gc=False):
    """An event of whose envelope nothing is asked any more."""

    data: Data


class Event(msgspec.Struct, frozen=True, gc=False):
    """A decoded event; *fact* is None for types that only the journal keeps."""

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    fact: Fact | None

    @property
    def stamp(self) -> tuple[datetime, str, str]:
        """What decides between events of one register: the greatest (time, source, id) stands."""
        return (self.time, self.source, self.id)

    @property
    def reference(self) -> tuple[str, str, str, str]:
        """What a void must name, its own subject included."""
        return (self.type, self.subject, self.source, self.id)

    @property
    def voids(self) -> tuple[str, str, str, str] | None:
        """The reference of the event this one voids, if it is a void."""
        fact = self.fact
        if type(fact) is not Voided:  # not isinstance: that costs a class of msgspec three times as much to deny
            return None
        target = fact.voided
        return (target.type, self.subject, target.source, target.id)


class Poison(ValueError):
    """A record on the log that is no event, or breaks its contract; it can never be folded."""


class UnknownType(Poison):
    """An event of a type or version that this program does not know; one that knows it can fold it."""


JOURNAL_ONLY = EVENT_TYPES.keys() - FACTS.keys()
"""Types that the journal keeps until a projection wants them."""

_ENVELOPE = msgspec.json.Decoder(Envelope)
_DECODERS: dict[str, Any] = {name: msgspec.json.Decoder(kind) for name, kind in FACTS.items()}
_INSIDE: dict[str, Any] = {name: msgspec.json.Decoder(Inside[kind]) for name, kind in FACTS.items()}  # type: ignore[valid-type]


def decode(payload: bytes | None) -> Event:
    """Decode a record of a canonical topic. Raises Poison with the reason, UnknownType among them."""
    try:
        envelope = _ENVELOPE.decode(payload or b"")
        return Event(envelope.id, envelope.source, envelope.type, envelope.subject, envelope.time, _fact(envelope))
    except Poison:
        raise
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError) as exc:
        raise Poison(str(exc)) from exc


def _fact(envelope: Envelope) -> Fact | None:
    decoder = _DECODERS.get(envelope.type)
    if decoder is None:
        return _old_fact(envelope)
    fact: Fact = decoder.decode(envelope.data)
    return fact


def fact_of(event_type: str, payload: bytes) -> Fact | None:
    """
    Return the fact of an event of this type that could be decoded before: as `decode` does, at half the price.

    The envelope is skipped. What names its data twice, of which the last one counts, is left to `decode`.
    """
    decoder = _INSIDE.get(event_type)
    if decoder is not None:
        with suppress(msgspec.ValidationError):
            fact: Fact = decoder.decode(payload).data
            return fact
    return decode(payload).fact


def _old_fact(envelope: Envelope) -> Fact | None:
    """
    Read older versions as the newest, and let pass what only the journal keeps.

    The event keeps the type it was sent with: a void must name that one, and the journal's columns never change.
    """
    if envelope.type in JOURNAL_ONLY:
        return None
    if not is_old(envelope.type):
        raise UnknownType(unknown(envelope.type))
    newest, data = upcast(envelope.type, msgspec.json.decode(envelope.data))
    if newest in JOURNAL_ONLY:
        return None
    fact: Fact = _DECODERS[newest].decode(msgspec.json.encode(data))
    return fact


UNKNOWN_TYPE = "unknown type "


def unknown(event_type: str) -> str:
    """Return the fault of a record of a type that is not known."""
    return UNKNOWN_TYPE + event_type


def known_types() -> list[str]:
    """Return every type, in every version, that this program can take in."""
    return sorted({*FACTS, *JOURNAL_ONLY, *UPCASTERS})
