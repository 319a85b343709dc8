"""A batch of records read before anything is written: what they say, and which of them cannot be read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from schemas.topics import MEASURES
from services.kit.errors import Malformed
from services.notifications.messages import (
    DirectoryEvent,
    UnitDayChanged,
    UnknownType,
    read_directory_event,
    read_unit_day,
)
from services.notifications.store.positions import Position

EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
AHEAD = timedelta(days=1)
"""How far the clock of scoring's database may be ahead of the log's."""
_LONGEST_REASON = 1_000


class Arrived(NamedTuple):
    """A record of the log."""

    position: Position
    payload: bytes | None
    recorded_at: datetime


@dataclass(slots=True)
class Readings:
    """What records say; *understood* are the places of those that could be read, needed or not."""

    changes: list[tuple[UnitDayChanged, datetime]] = field(default_factory=list)
    events: list[tuple[DirectoryEvent, datetime]] = field(default_factory=list)
    understood: list[Position] = field(default_factory=list)
    malformed: list[tuple[Arrived, str]] = field(default_factory=list)
    later: list[tuple[Arrived, str]] = field(default_factory=list)


def read_all(records: Iterable[Arrived]) -> Readings:
    """Read records of both topics, each by itself."""
    readings = Readings()
    for record in records:
        try:
            _read(readings, record)
            readings.understood.append(record.position)
        except UnknownType as exc:
            readings.later.append((record, _reason(exc)))
        except Malformed as exc:
            readings.malformed.append((record, _reason(exc)))
    return readings


def _read(readings: Readings, record: Arrived) -> None:
    if record.position[0] == MEASURES:
        change = read_unit_day(record.payload or b"")
        _check_revision(change, record.recorded_at)
        readings.changes.append((change, record.recorded_at))
    elif event := read_directory_event(record.payload or b""):
        readings.events.append((event, record.recorded_at))


def _check_revision(change: UnitDayChanged, recorded_at: datetime) -> None:
    """
    Refuse a revision that cannot have been given out when the record came to the log; raises Malformed.

    Revisions follow the microseconds since 1970. One far ahead would stand against all that come, for ever.
    """
    if change.revision > (recorded_at - EPOCH + AHEAD) // MICROSECOND:
        raise Malformed(f"/revision: {change.revision} lies more than a day ahead of when the record came to the log")


def _reason(exc: Exception) -> str:
    """Say what is wrong in text that a database takes: without NUL and halves of characters, and not without end."""
    return str(exc)[:_LONGEST_REASON].encode("utf-8", "replace").decode().replace("\x00", "?")
