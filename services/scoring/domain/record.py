"""
One record of a canonical topic as the journal keeps it.

Reading is total: what is no event becomes a record with a fault, so that nothing on the log can stop the fold.
"""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b, sha256

import msgspec

from schemas.registry import EVENT_TYPES
from schemas.upcasting import newest
from services.scoring.domain.days import FIRST_DAY, LAST_DAY
from services.scoring.domain.events import UNKNOWN_TYPE, Event, Poison, decode
from services.scoring.domain.fact import NO_KEYS, Keys

DIRECTORY_PARTITION = -1
"""The journal's number for the directory's only partition."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_FAULT = 1_000

_PREFIXES = {
    name: tuple(sorted({f"{kind.partition(':')[0]}:" for kind in event_type.subjects}))
    for name, event_type in EVENT_TYPES.items()
}
"""With what the subjects of each type begin."""


class Record(msgspec.Struct, frozen=True, gc=False):
    """
    A record with its place; *event*, *identity* and *keys* are there unless it has a *fault*.

    *milliseconds*: append time since 1970. *identity*: see `identity_of`.
    """

    partition: int
    offset: int
    milliseconds: int
    payload: bytes | None
    event: Event | None
    identity: bytes | None
    keys: Keys
    fault: str | None = None

    @property
    def is_for_later(self) -> bool:
        """Whether it is an event of a type that only a newer program knows: it waits in the journal for that one."""
        return is_for_later(self.fault)

    @property
    def recorded_at(self) -> datetime:
        """When the log took the record in."""
        return _EPOCH + timedelta(milliseconds=self.milliseconds)


def is_for_later(fault: str | None) -> bool:
    """Say whether a record with this fault waits for a program that knows its type, and is not malformed."""
    return fault is not None and fault.startswith(UNKNOWN_TYPE)


def identity_of(source: str, event_id: str) -> bytes:
    """Return the 16-byte name of (source, id); lengths are part of it, so no two pairs run together."""
    encoded = source.encode("utf-8", "surrogatepass")
    named = len(encoded).to_bytes(4) + encoded + event_id.encode("utf-8", "surrogatepass")
    return blake2b(named, digest_size=16).digest()


def read_record(partition: int, offset: int, milliseconds: int, payload: bytes | None) -> Record:
    """Read a record of the log; never raises for what the record holds."""
    try:
        event = decode(payload)
        _check_subject(event)
        if not FIRST_DAY.year <= event.time.year <= LAST_DAY.year:
            raise Poison(f"a time outside {FIRST_DAY.year}..{LAST_DAY.year}")
        keys = _keys(event)
        if payload and rb"\u0000" in payload:
            _check_nul(event, keys)
    except Poison as exc:
        return faulty_record(partition, offset, milliseconds, payload, str(exc))
    return Record(partition, offset, milliseconds, payload, event, identity_of(event.source, event.id), keys)


def faulty_record(partition: int, offset: int, milliseconds: int, payload: bytes | None, fault: str) -> Record:
    """Return a record that counts for nothing, without looking into it."""
    return Record(partition, offset, milliseconds, payload, None, None, NO_KEYS, _kept_text(fault))


def _kept_text(said: str) -> str:
    """Return text that a database takes: without NUL and halves of characters, and not without end."""
    return said[:_LONGEST_FAULT].encode("utf-8", "replace").decode().replace("\x00", "?")


def is_as_folded(payload: bytes | None, kept: bytes | None, identity: bytes | None) -> bool:
    """Say whether a record of the log is the one whose row in the journal has *kept*, or as a duplicate *identity*."""
    if kept is not None or identity is None:
        return payload == kept
    return read_record(0, 0, 0, payload).identity == identity


def _check_subject(event: Event) -> None:
    prefixes = _PREFIXES[event.type if event.type in _PREFIXES else newest(event.type)]
    if not event.subject.startswith(prefixes):
        raise Poison(f"the subject of {event.type} begins with {' or '.join(prefixes)}")


def _check_nul(event: Event, keys: Keys) -> None:
    """Refuse what PostgreSQL cannot keep; JSON writes NUL only as an escape."""
    if any("\x00" in text for text in (event.id, event.source, event.type, event.subject)):
        raise Poison("an attribute contains NUL")
    target = event.voids
    if any("\x00" in text for text in (keys.named, keys.key, keys.supervisor, target and target[0]) if text):
        raise Poison("a code contains NUL")


def _keys(event: Event) -> Keys:
    if event.fact is None:
        return NO_KEYS
    try:
        keys = event.fact.keys()
        days = (keys.day, keys.last_day, *event.fact.dates())
    except (OverflowError, ValueError) as exc:
        raise Poison(f"a date out of range: {exc}") from exc
    for day in days:
        if day is not None and not FIRST_DAY <= day <= LAST_DAY:
            raise Poison(f"a date outside {FIRST_DAY}..{LAST_DAY}")
    return keys


def chained(previous: bytes, record: Record) -> bytes:
    """
    Return the hash of a record and of everything before it in its partition.

    SHA-256 over the previous hash, offset and append time in milliseconds (8 bytes each, big-endian) and the bytes.
    """
    head = record.offset.to_bytes(8) + record.milliseconds.to_bytes(8)
    return sha256(previous + head + (record.payload or b"")).digest()
