"""Builders for the notifications service: its database, records as they stand on the log, and short histories."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from aiokafka import ConsumerRecord, TopicPartition

from schemas.topics import DIRECTORY, MEASURES
from services.kit.batches import Batch
from tests.support.event_builders import event

ROLE = "notifications"
PASSWORD = "only-in-tests"
FIRST_DAY = date(2026, 1, 5)


def role_dsn(admin_dsn: str) -> str:
    """The same database as the role notifications."""
    parts = urlsplit(admin_dsn)
    return urlunsplit(parts._replace(netloc=f"{ROLE}:{PASSWORD}@{parts.hostname}:{parts.port}"))


LOGGED = datetime(2027, 1, 1, tzinfo=UTC)
"""When records came to the log, unless said otherwise."""


class Log:
    """The two topics as a list of batches: numbers offsets as Kafka would."""

    def __init__(self) -> None:
        self._next: dict[TopicPartition, int] = {}

    def batch(self, topic: str, values: Iterable[bytes], partition: int = 0, at: datetime | None = None) -> Batch:
        """The next records of a partition, all at once."""
        tp = TopicPartition(topic, partition)
        first = self._next.get(tp, 0)
        stamp = int((at or LOGGED).timestamp() * 1000)
        records = [_record(tp, first + index, value, stamp) for index, value in enumerate(values)]
        self._next[tp] = first + len(records)
        return {tp: records} if records else {}

    def directory(self, *events: dict[str, Any]) -> Batch:
        """Directory events, in this order."""
        return self.batch(DIRECTORY, [json.dumps(event).encode() for event in events])

    def measures(self, *messages: dict[str, Any], partition: int = 0) -> Batch:
        """Changed unit-days, in this order."""
        return self.batch(MEASURES, [json.dumps(message).encode() for message in messages], partition)


def _record(tp: TopicPartition, offset: int, value: bytes, stamp: int) -> Any:
    return ConsumerRecord(tp.topic, tp.partition, offset, stamp, 1, None, value, None, 0, len(value), ())


def unit_day(
    unit: str, day: date, *, n: int = 10, late: int = 0, absent: int = 0, closed: bool = True, revision: int = 1
) -> dict[str, Any]:
    """A message of `kinerja.measures` about attendance: of *n* expected some absent, of those present some late."""
    present = n - absent
    return {
        "unit": unit,
        "day": day.isoformat(),
        "closed": closed,
        "revision": revision,
        "measures": {
            "attendance.presence": {"n": n, "total": present},
            "attendance.punctuality": {"n": present, "total": present - late},
            "attendance.late_minutes": {"n": present, "total": late * 17},
            "service.timeliness": {"n": 0, "total": 0},
            "service.satisfaction": {"n": 0, "total": 0},
            "complaint.timeliness": {"n": 0, "total": 0},
        },
    }


def working_days(count: int, first: date = FIRST_DAY) -> list[date]:
    """The first *count* weekdays from a day on."""
    days = (first + timedelta(days=index) for index in range(count * 7 // 5 + 7))
    return [day for day in days if day.weekday() < 5][:count]


def quiet(unit: str, days: Sequence[date], *, n: int = 10) -> list[dict[str, Any]]:
    """A stretch in which about one in twenty comes late."""
    return [unit_day(unit, day, n=n, late=int(index % 2 == 0)) for index, day in enumerate(days)]


def dropped(unit: str, days: Sequence[date], *, n: int = 10, late: int = 5, revision: int = 1) -> list[dict[str, Any]]:
    """A stretch in which half of them come late."""
    return [unit_day(unit, day, n=n, late=late, revision=revision) for day in days]


def unit(
    code: str,
    *,
    parent: str | None = None,
    name: str | None = None,
    since: str = "2026-01-01",
    kind: str = "kelurahan",
    **envelope: str,
) -> dict[str, Any]:
    """A registered unit."""
    data = {"name": name or f"Kelurahan {code}", "kind": kind, "effective_from": since}
    return event("unit.registered.v1", f"unit:{code}", data | ({"parent": parent} if parent else {}), **envelope)


def head(
    employee: str, code: str, *, since: str = "2026-01-01", until: str | None = None, basis: str = "definitive"
) -> dict[str, Any]:
    """An assignment that leads a unit."""
    data = {"unit": code, "position": "Lurah", "head": True, "basis": basis, "effective_from": since}
    return event("assignment.started.v1", f"employee:{employee}", data | ({"effective_to": until} if until else {}))


def voided(target: dict[str, Any]) -> dict[str, Any]:
    """A void of an event."""
    reference = {"type": target["type"], "source": target["source"], "id": target["id"]}
    return event("event.voided.v1", target["subject"], {"voided": reference, "reason": "mistake"})
