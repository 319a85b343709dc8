"""A batch of records read before anything is written: what they say, and which of them cannot be read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
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
from services.notifications.store.positions import Place

_LONGEST_REASON = 1_000


class Arrived(NamedTuple):
    """A record of the log."""

    place: Place
    payload: bytes | None
    recorded_at: datetime


@dataclass(slots=True)
class Readings:
    """What records say; *understood* are the places of those that could be read, needed or not."""

    changes: list[tuple[UnitDayChanged, datetime]] = field(default_factory=list)
    events: list[DirectoryEvent] = field(default_factory=list)
    understood: list[Place] = field(default_factory=list)
    malformed: list[tuple[Arrived, str]] = field(default_factory=list)
    later: list[tuple[Arrived, str]] = field(default_factory=list)


def read_all(records: Iterable[Arrived]) -> Readings:
    """Read records of both topics, each by itself."""
    readings = Readings()
    for record in records:
        try:
            _read(readings, record)
            readings.understood.append(record.place)
        except UnknownType as exc:
            readings.later.append((record, _reason(exc)))
        except Malformed as exc:
            readings.malformed.append((record, _reason(exc)))
    return readings


def _read(readings: Readings, record: Arrived) -> None:
    if record.place[0] == MEASURES:
        readings.changes.append((read_unit_day(record.payload or b""), record.recorded_at))
    elif event := read_directory_event(record.payload or b""):
        readings.events.append(event)


def _reason(exc: Exception) -> str:
    """Say what is wrong in text that a database takes: without NUL and halves of characters, and not without end."""
    return str(exc)[:_LONGEST_REASON].encode("utf-8", "replace").decode().replace("\x00", "?")
