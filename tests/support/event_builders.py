"""Short ways to write canonical events as they stand on the log, for examples in tests."""

from itertools import count
from typing import Any

from tests.support.oracle import Event

_numbers = count(1)

SCORES = (
    "requirements",
    "procedure",
    "time",
    "cost",
    "product",
    "competence",
    "conduct",
    "facilities",
    "complaints",
)
EARLY = "2026-01-01T08:00:00+07:00"


def event(kind: str, subject: str, data: dict[str, Any], **envelope: str) -> Event:
    """Any event; `id`, `source` and `time` may be given."""
    return {
        "specversion": "1.0",
        "id": envelope.get("id", f"e-{next(_numbers)}"),
        "source": envelope.get("source", "hr"),
        "type": kind,
        "subject": subject,
        "time": envelope.get("time", EARLY),
        "datacontenttype": "application/json",
        "data": data,
    }


def unit(
    code: str, *, parent: str | None = None, zone: str | None = None, since: str = "2026-01-01", **envelope: str
) -> Event:
    """A version of a unit; its name tells nothing."""
    data = {"name": f"Unit {code}", "kind": "seksi", "effective_from": since}
    data |= {"parent": parent} if parent else {}
    data |= {"timezone": zone} if zone else {}
    return event("unit.registered.v1", f"unit:{code}", data, **envelope)


def person(employee: str) -> Event:
    """A registration as the log has it: without name and aliases."""
    return event("employee.registered.v1", f"employee:{employee}", {"effective_from": "2026-01-01"})


def assigned(
    employee: str,
    code: str,
    since: str = "2026-01-01",
    until: str | None = None,
    basis: str = "definitive",
    **envelope: str,
) -> Event:
    """An assignment; open without *until*."""
    data = {"unit": code, "position": "Pelaksana", "basis": basis, "effective_from": since}
    data |= {"effective_to": until} if until else {}
    return event("assignment.started.v1", f"employee:{employee}", data, **envelope)


def schedule(code: str, days: dict[str, str], tolerance: int = 0, since: str = "2026-01-01", **envelope: str) -> Event:
    """A schedule; *days* such as `{"mon tue": "07:30-16:00"}`."""
    weekdays: dict[str, Any] = {}
    for names, hours in days.items():
        start, end = hours.split("-")
        weekdays |= {name: {"start": start, "end": end} for name in names.split()}
    data = {"effective_from": since, "weekdays": weekdays, "tolerance_minutes": tolerance}
    return event("schedule.set.v1", f"unit:{code}", data, **envelope)


def calendar(code: str, day: str, kind: str, **envelope: str) -> Event:
    """A day set as workday or holiday."""
    return event("calendar.day_set.v1", f"unit:{code}", {"date": day, "kind": kind}, **envelope)


def closed(code: str, day: str) -> Event:
    """A closing."""
    return event("day.closed.v1", f"unit:{code}", {"date": day})


def punch(employee: str, at: str, direction: str = "in") -> Event:
    """A punch; *at* without an offset is Jakarta time."""
    return event("attendance.punched.v1", f"employee:{employee}", {"at": moment(at), "direction": direction})


def recorded(employee: str, day: str, status: str = "present", first_in: str | None = None) -> Event:
    """A day from a system that exports only days."""
    data = {"date": day, "status": status} | ({"first_in": first_in} if first_in else {})
    return event("attendance.day_recorded.v1", f"employee:{employee}", data)


def leave(employee: str, since: str, until: str, kind: str = "annual") -> Event:
    """A leave, both days included."""
    return event("attendance.leave_granted.v1", f"employee:{employee}", {"from": since, "to": until, "kind": kind})


def service(code: str, started: str, completed: str, sla: int, employee: str | None = None) -> Event:
    """A completed service."""
    data: dict[str, Any] = {"case": "c-1", "service": "ktp", "sla_minutes": sla}
    data |= {"started_at": moment(started), "completed_at": moment(completed)}
    data |= {"employee": employee} if employee else {}
    return event("service.completed.v1", f"unit:{code}", data)


def answer(code: str, at: str, scores: str, employee: str | None = None) -> Event:
    """A survey answer; *scores* are nine digits."""
    data = {"answer": "a-1", "answered_at": moment(at), "scores": dict(zip(SCORES, map(int, scores), strict=True))}
    return event("survey.answered.v1", f"unit:{code}", data | ({"employee": employee} if employee else {}))


def received(code: str, complaint: str, due: str, **envelope: str) -> Event:
    """A complaint; when it was received counts for nothing."""
    data = {"complaint": complaint, "category": "layanan", "received_at": EARLY, "due_at": moment(due)}
    return event("complaint.received.v1", f"unit:{code}", data, **envelope)


def resolved(code: str, complaint: str, at: str, **envelope: str) -> Event:
    """A complaint's resolution."""
    return event(
        "complaint.resolved.v1", f"unit:{code}", {"complaint": complaint, "resolved_at": moment(at)}, **envelope
    )


def void(target: Event, **wrong: str) -> Event:
    """A void of *target*; *wrong* puts something false in its description."""
    described: dict[str, str] = {name: target[name] for name in ("type", "subject", "source", "id")} | wrong
    subject = described.pop("subject")
    return event("event.voided.v1", subject, {"voided": described, "reason": "keliru"}, source="corrections")


def moment(text: str) -> str:
    """An RFC 3339 moment; Jakarta time where no offset is given."""
    return text if text.endswith("Z") or "+" in text else f"{text}+07:00"
