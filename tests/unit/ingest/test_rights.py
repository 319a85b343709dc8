"""Whom a sender may write about: judged at the door, or once an alias is resolved."""

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.rights import SEND
from services.ingest.admission import admit
from services.ingest.domain.candidate import Candidate, Rejection
from services.ingest.rights import within
from services.kit.access import Grant, Principal

REPORT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "1",
    "source": "terminal-7",
    "type": "source.reported.v1",
    "subject": "source:terminal-7",
    "time": "2026-11-24T07:31:00+07:00",
    "data": {"up_to": "2026-11-24T07:30:00+07:00"},
}
PUNCH = REPORT | {
    "type": "attendance.punched.v1",
    "subject": "employee:E1",
    "data": {"at": "2026-11-24T07:30:40+07:00", "direction": "in"},
}


def judged(event: dict[str, Any], writer: Principal) -> Candidate | Rejection:
    """What the door says of an event of the day after it."""
    return admit(event, writer, datetime(2026, 11, 25, tzinfo=UTC))


def _writer(*grants: tuple[str, ...]) -> Principal:
    names = ("source", "type", "subject")
    return Principal("w", tuple(Grant(SEND, dict(zip(names, grant, strict=False))) for grant in grants))


def _void(target: dict[str, Any]) -> dict[str, Any]:
    data = {"voided": {name: target[name] for name in ("type", "source", "id")}, "reason": "wrong"}
    return target | {"source": "terminal-7", "id": "v", "type": "event.voided.v1", "data": data}


TERMINAL = _writer(("terminal-7", "*"))


@pytest.mark.parametrize(
    "event",
    [
        REPORT | {"subject": "source:loket"},
        _void(REPORT | {"subject": "source:loket"}),
        PUNCH
        | {
            "type": "event.contested.v1",
            "subject": "source:loket",
            "data": {"contested": {"type": "source.reported.v1", "source": "loket", "id": "1"}, "reason": "no"},
        },
    ],
    ids=["coverage", "void", "contest"],
)
def test_nobody_writes_about_another_source(event: dict[str, Any]) -> None:
    """Whatever the type, unless a grant says so."""
    found = judged(event, TERMINAL)
    assert isinstance(found, Rejection)
    assert (found.status, "subject" in found.detail) == (403, True)
    allowed = judged(event, _writer(("terminal-7", "*", "source:loket"), ("loket", "*")))
    assert isinstance(allowed, Candidate)


def test_its_own_coverage_is_its_own_to_report() -> None:
    """As an old access file gave it."""
    assert isinstance(judged(REPORT, TERMINAL), Candidate)


def test_a_void_needs_the_right_for_its_target_about_that_subject() -> None:
    """Leave to void about anybody is not enough where the targets are granted for some."""
    writer = _writer(("terminal-7", "event.voided.v1"), ("terminal-7", "attendance.*", "employee:E1"))
    assert isinstance(judged(_void(PUNCH), writer), Candidate)
    refused = judged(_void(PUNCH | {"subject": "employee:E2"}), writer)
    assert isinstance(refused, Rejection)
    assert refused.status == 403


def test_an_alias_is_judged_as_it_is_written_or_left_open() -> None:
    """A grant for the badge decides at once, one for employees later; without either it is refused at the door."""
    badge = PUNCH | {"subject": "badge:T7/1"}
    decided = judged(badge, _writer(("*", "*", "badge:T7/*"), ("*", "*", "employee:E9")))
    left_open = judged(badge, _writer(("*", "*", "employee:E[12]")))
    assert isinstance(decided, Candidate)
    assert isinstance(left_open, Candidate)
    assert (decided.within, left_open.within) == ((), (("employee:E[12]",),))
    assert within(left_open.within, left_open.subject({"badge:T7/1": "E1"}))
    assert not within(left_open.within, left_open.subject({"badge:T7/1": "E3"}))
    assert isinstance(judged(badge, _writer(("loket", "*", "employee:*"))), Rejection)
