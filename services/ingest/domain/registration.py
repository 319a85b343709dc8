"""A person or unit becomes known, and with a person the aliases that stand for them."""

from dataclasses import dataclass
from datetime import date, datetime

from schemas.directory import EmployeeRegistered, UnitRegistered
from schemas.event import Event
from services.ingest.domain.aliases import Holding


@dataclass(frozen=True, slots=True)
class Registration:
    """An accepted `employee.registered` or `unit.registered`; *name* and *aliases* never leave ingest."""

    subject: str
    effective_from: date
    time: datetime
    source: str
    id: str
    name: str
    aliases: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """The bare employee id or unit code."""
        return self.subject.partition(":")[2]

    @property
    def of_employee(self) -> bool:
        return self.subject.startswith("employee:")

    @property
    def holding(self) -> Holding:
        return Holding(self.code, self.effective_from, self.time, self.source, self.id)

    @property
    def fulfils(self) -> tuple[str, ...]:
        """The needs that parked events may have waited for."""
        return (self.subject, *self.aliases)


def registration_of(event: Event) -> Registration | None:
    """Return what *event* registers, or None when it registers nothing."""
    data, envelope = event.data, event.envelope
    if not isinstance(data, EmployeeRegistered | UnitRegistered):
        return None
    aliases = data.aliases if isinstance(data, EmployeeRegistered) else []
    named = dict.fromkeys(f"{alias.scheme}:{alias.value}" for alias in aliases)
    return Registration(
        envelope.subject, data.effective_from, envelope.time, envelope.source, envelope.id, data.name, tuple(named)
    )
