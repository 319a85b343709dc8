"""Who may send what, and how a refusal reads."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from schemas.rights import SEND
from services.ingest.admission import MOST_PROBLEMS, admit, admit_item
from services.ingest.content_modes import Items
from services.ingest.domain.candidate import Candidate, Rejection
from services.ingest.submission import names_of
from services.kit.access import Grant, Principal

LATEST = datetime(2026, 11, 25, tzinfo=UTC)
PUNCH: dict[str, Any] = {
    "specversion": "1.0",
    "id": "p-1",
    "source": "terminal-7",
    "type": "attendance.punched.v1",
    "subject": "employee:E1",
    "time": "2026-11-24T07:31:00+07:00",
    "data": {"at": "2026-11-24T07:30:40+07:00", "direction": "in"},
}


def _client(*grants: tuple[str, str]) -> Principal:
    return Principal("c", tuple(Grant(SEND, {"source": s, "type": t}) for s, t in grants))


TERMINAL = _client(("terminal-*", "attendance.*"), ("terminal-*", "event.voided.v1"))


def _void(source: str, kind: str = "attendance.punched.v1") -> dict[str, Any]:
    data = {"voided": {"type": kind, "source": source, "id": "p-1"}, "reason": "wrong person"}
    return {**PUNCH, "id": "v-1", "type": "event.voided.v1", "data": data}


def _admit(raw: Any, client: Principal = TERMINAL) -> Candidate | Rejection:
    """What the models say, which is also what is said of an item, plainly written or not."""
    found = admit(raw, client, LATEST)
    name, item = admit_item(Items([raw], lambda _: orjson.dumps(raw)), 0, client, LATEST)
    assert (name, item) == (names_of(raw), found)
    return found


def _rejection(raw: Any, client: Principal = TERMINAL) -> Rejection:
    found = _admit(raw, client)
    assert isinstance(found, Rejection)
    return found


def test_an_event_within_the_grants_is_admitted() -> None:
    """Source and type match one grant together."""
    assert isinstance(_admit(PUNCH), Candidate)
    assert isinstance(_admit(_void("terminal-9")), Candidate)


@pytest.mark.parametrize(
    ("time", "taken"),
    [
        ("2026-11-25T00:00:00+00:00", True),
        ("2026-11-25T00:00:01+00:00", False),
        ("2026-11-25T07:00:00+07:00", True),
        ("2026-11-25T07:00:01+07:00", False),
        ("2026-11-24T23:59:59+23:59", True),
        ("2026-11-24T17:00:00-07:00", True),
        ("2026-11-24T17:00:01-07:00", False),
        ("2026-11-24T23:59:59-00:01", False),
        ("2026-11-24T23:59:59.999999Z", True),
        ("1901-01-01T00:00:00+07:00", True),
    ],
)
def test_a_time_may_lie_as_far_ahead_as_the_latest_and_no_further(time: str, taken: bool) -> None:
    """In whatever offset it is written."""
    assert isinstance(_admit(PUNCH | {"time": time}), Candidate) == taken


@pytest.mark.parametrize(
    "raw",
    [
        {**PUNCH, "source": "loket"},
        {**PUNCH, "type": "day.closed.v1", "subject": "unit:*", "data": {"date": "2026-11-24"}},
        _void("loket"),
        _void("terminal-9", "day.closed.v1"),
    ],
    ids=["source", "type", "void of another's", "void of a type"],
)
def test_what_the_grants_do_not_cover_is_refused(raw: dict[str, Any]) -> None:
    """A void needs the right for its target too."""
    assert _rejection(raw).status == 403


def test_grants_do_not_mix() -> None:
    """The source of one grant and the type of another give no right."""
    client = _client(("a", "attendance.*"), ("b", "day.closed.v1"))
    assert _rejection({**PUNCH, "source": "b"}, client).status == 403


def test_a_misspelt_type_is_told_so_rather_than_refused() -> None:
    """It cannot be in any grant, and the sender should see which types there are."""
    found = _rejection({**PUNCH, "type": "attendance.punched"})
    assert (found.status, found.errors[0].pointer) == (422, "/type")


@pytest.mark.parametrize(
    "raw", [7, None, [], "x", {}, {"type": []}, {"source": 1, "type": {}}, {"source": [], "id": {}}]
)
def test_what_is_no_event_is_rejected_with_reasons(raw: Any) -> None:
    """Anything JSON can say gets an answer."""
    found = _rejection(raw)
    assert found.status == 422
    assert found.errors
    assert found.detail


def test_a_rejection_names_each_field_and_stays_short() -> None:
    """The detail leads with the first problems; thousands of unknown fields do not make a thousand errors."""
    found = _rejection({**PUNCH, "data": {**PUNCH["data"], **{f"x{number}": 1 for number in range(5000)}}})
    assert len(found.errors) == MOST_PROBLEMS
    assert found.detail.startswith("/data/x0: this type has no such field")
    assert len(found.detail) < 1000


def test_deep_nesting_is_rejected_not_followed() -> None:
    """A thousand levels would break whoever recurses into them."""
    deep: Any = 1
    for _ in range(1000):
        deep = {"a": deep}
    assert "nested" in _rejection({**PUNCH, "data": deep}).detail
