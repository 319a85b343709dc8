"""What one would write with the library `eventsourcing`: an aggregate for each employee, saved at each event."""

import os
import time
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event


class Employee(Aggregate):
    """An employee with the days on which they were seen."""

    @event("Registered")
    def __init__(self, code: str) -> None:
        self.code = code
        self.days: dict[str, int] = {}

    @staticmethod
    def create_id(code: str) -> UUID:
        """Name the aggregate after the employee."""
        return uuid5(NAMESPACE_URL, f"/employees/{code}")

    @event("Punched")
    def punch(self, at: datetime, direction: str) -> None:
        """Note a punch; the first arrival of a day counts."""
        minute = at.hour * 60 + at.minute
        if direction == "in":
            self.days[at.date().isoformat()] = min(minute, self.days.get(at.date().isoformat(), minute))


class Attendance(Application[UUID]):
    """Registers employees and takes their punches."""

    def register(self, code: str) -> None:
        """Begin an employee."""
        self.save(Employee(code))

    def punch(self, code: str, at: datetime, direction: str) -> None:
        """Take one punch."""
        employee: Employee = self.repository.get(Employee.create_id(code))
        employee.punch(at, direction)
        self.save(employee)


def application(dsn: str) -> Attendance:
    """Return the application on a PostgreSQL."""
    partitions = urlsplit(dsn)
    os.environ |= {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": partitions.path.lstrip("/"),
        "POSTGRES_HOST": partitions.hostname or "",
        "POSTGRES_PORT": str(partitions.port),
        "POSTGRES_USER": partitions.username or "",
        "POSTGRES_PASSWORD": partitions.password or "",
    }
    return Attendance()


def take_punches(dsn: str, punches: Sequence[bytes], seconds: float) -> float:
    """Register whoever occurs, then take *punches* for so long; return punches a second."""
    attendance = application(dsn)
    try:
        for subject in sorted({orjson.loads(punch)["subject"] for punch in punches}):
            attendance.register(subject)
        began, count = time.perf_counter(), 0
        for punch in punches:
            taken = orjson.loads(punch)
            data = taken["data"]
            attendance.punch(taken["subject"], datetime.fromisoformat(data["at"]), data["direction"])
            count += 1
            if time.perf_counter() - began > seconds:
                break
        return count / (time.perf_counter() - began)
    finally:
        attendance.close()
