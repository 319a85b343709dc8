"""A row of the journal taken apart, and how it writes a moment."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""From where PostgreSQL counts its microseconds."""

EPOCH_MS = int(EPOCH.timestamp()) * 1000
KEYS = ("day", "last_day", "named", "key", "supervisor")
"""By what a fact is found again."""
NAMES = ("identity", "type", "subject", *KEYS, "voids", "void_type")
SEALED = tuple(place for place, name in enumerate(NAMES) if name != "supervisor")
"""What seals speak of: the column came later, and no seal was to be broken by it."""
NO_EVENT = (None,) * len(NAMES)
"""The columns of a record that is no event."""

Stored = Any
"""
A row of the journal, sliceable like a tuple: record_offset, recorded_at (8 bytes big-endian, microseconds since EPOCH),
payload, chain, duplicate, fault, and what the payload alone decides: the columns NAMES.
"""


class Row(NamedTuple):
    """A row of the journal taken apart."""

    offset: int
    moment: bytes
    payload: bytes | None
    chain: bytes
    duplicate: bool
    fault: str | None
    columns: tuple[Any, ...]

    @classmethod
    def of(cls, stored: Stored) -> "Row":
        """Take a row apart."""
        offset, moment, payload, chain, duplicate, fault, *columns = stored
        return cls(offset, moment, payload, chain, duplicate, fault, tuple(columns))

    @property
    def milliseconds(self) -> int:
        """Append time since 1970, cut to what Kafka's clock can say."""
        return int.from_bytes(self.moment, signed=True) // 1000 + EPOCH_MS


def moment_of(milliseconds: int) -> bytes:
    """Return an append time, in milliseconds since 1970, as rows store it."""
    return ((milliseconds - EPOCH_MS) * 1000).to_bytes(8, signed=True)
