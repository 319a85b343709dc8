"""
What an event needs before it may stand on the log, and what it still waits for.

A need is written as the event writes it: `employee:E1`, `unit:U1`, `nip:1987...`, `badge:T7/12`.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from schemas.registry import EVENT_TYPES, REGISTRATIONS
from schemas.subjects import SubjectKind
from services.ingest.domain.aliases import Holding, holder, is_alias
from services.ingest.domain.registration import Registration
from services.ingest.domain.routing import Stated

JAKARTA = ZoneInfo("Asia/Jakarta")
_REGISTERED = (f"{SubjectKind.EMPLOYEE}:", f"{SubjectKind.UNIT}:")
_NO_DAY = date.min

Resolution = dict[str, str]
"""Which employee each alias in an event stands for."""


class Needs(NamedTuple):
    """What must be known: *subjects* registered, and a holder for each of the *aliases*, if any, on the day *on*."""

    subjects: tuple[str, ...]
    aliases: tuple[str, ...]
    on: date


_NOTHING = Needs((), (), _NO_DAY)


@dataclass(frozen=True, slots=True)
class Waiting:
    """The event cannot be placed yet; *need* is one of the things it misses."""

    need: str


@dataclass(slots=True)
class Directory:
    """What is known of the needs at hand; grows as registrations are accepted."""

    subjects: set[str] = field(default_factory=set)
    holdings: defaultdict[str, list[Holding]] = field(default_factory=lambda: defaultdict(list))

    def accept(self, registration: Registration) -> None:
        """Let *registration* count from here on."""
        self.subjects.add(registration.subject)
        for alias in registration.aliases:
            self.holdings[alias].append(registration.holding)


def needs_of(event: Stated) -> Needs:
    """Return everything *event* needs; a registration needs nothing, least of all its own subject."""
    if event["type"] in REGISTRATIONS:
        return _NOTHING
    contract, subject, data = EVENT_TYPES[event["type"]], event["subject"], event["data"]
    subjects: tuple[str, ...] = ()
    if subject.startswith(_REGISTERED) and subject != "unit:*":
        subjects = (subject,)
    if contract.required:
        named = ((each.kind, data[each.field]) for each in contract.required if each.field in data)
        subjects += tuple(f"{kind}:{code}" for kind, code in named if not is_alias(code))
    aliases: tuple[str, ...] = (subject,) if is_alias(subject) else ()
    if contract.employee_refs:
        named_so = (data[name] for name in contract.employee_refs if name in data)
        aliases = tuple(dict.fromkeys((*aliases, *filter(is_alias, named_so))))
    on = datetime.fromisoformat(event["time"]).astimezone(JAKARTA).date() if aliases else _NO_DAY
    return Needs(subjects, aliases, on)


def place(needs: Needs, directory: Directory) -> Resolution | Waiting:
    """Resolve every alias of an event, or say what it waits for."""
    resolution = {}
    for alias in needs.aliases:
        employee = holder(directory.holdings[alias], needs.on) if alias in directory.holdings else None
        if employee is None:
            return Waiting(alias)
        resolution[alias] = employee
    missing = next((subject for subject in needs.subjects if subject not in directory.subjects), None)
    return resolution if missing is None else Waiting(missing)
