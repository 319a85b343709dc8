"""Older versions of event data, read as the newest."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import services.scoring.store as store
from schemas.event import InvalidEvent, read_event
from schemas.registry import EVENT_TYPES
from schemas.topics import DIRECTORY
from schemas.upcasting import UPCASTERS, NotUpcastable, newest, upcast

SQL = sorted((Path(store.__file__).parent / "sql").glob("*.sql"))
VOID: dict[str, Any] = {
    "specversion": "1.0",
    "id": "v-1",
    "source": "terminal-7",
    "type": "event.voided.v1",
    "subject": "employee:E1",
    "time": "2026-11-24T07:31:00+07:00",
    "data": {"voided": {"type": "attendance.punched.v0", "source": "terminal-7", "id": "p-1"}, "reason": "wrong clock"},
}


def test_the_draft_of_a_punch_is_read_as_a_punch() -> None:
    """Masuk and keluar become in and out; what was read stays as it was."""
    draft = {"at": "2026-11-24T07:30:40+07:00", "kind": "keluar", "device": "t-7"}
    before = dict(draft)

    name, data = upcast("attendance.punched.v0", draft)

    assert name == "attendance.punched.v1"
    assert data == {"at": "2026-11-24T07:30:40+07:00", "device": "t-7", "direction": "out"}
    assert draft == before


@given(st.integers(0, 6), st.integers(1, 7))
def test_steps_are_chained_up_to_the_newest(first: int, more: int) -> None:
    """From any version on, each function runs once and in order."""

    def step(number: int) -> Any:
        return lambda data: {"seen": [*data["seen"], number]}

    steps = {f"a.b.v{number}": step(number) for number in range(first, first + more)}

    reached = upcast(f"a.b.v{first}", {"seen": []}, steps)

    assert reached == (f"a.b.v{first + more}", {"seen": list(range(first, first + more))})


@pytest.mark.parametrize("data", [{}, {"kind": "sideways"}, {"kind": []}, [], None, "kind"])
def test_what_is_no_data_of_its_version_is_refused_by_name(data: Any) -> None:
    """Whatever stands there instead of the draft's fields."""
    with pytest.raises(NotUpcastable, match=r"attendance\.punched\.v0"):
        upcast("attendance.punched.v0", data)


@pytest.mark.parametrize("old", UPCASTERS)
def test_every_old_version_leads_to_one_that_exists(old: str) -> None:
    """None is of the directory yet, whose readers look at types themselves; see the decision 0009."""
    assert EVENT_TYPES[newest(old)].topic != DIRECTORY


@pytest.mark.parametrize("path", SQL, ids=lambda path: path.stem)
def test_queries_that_ask_for_a_type_ask_for_its_older_versions_too(path: Path) -> None:
    """The journal keeps types as they were sent, so whoever filters by type must name them all."""
    for old in UPCASTERS:
        for line in path.read_text("utf-8").splitlines():
            assert f"'{newest(old)}'" not in line or f"'{old}'" in line, line


def test_an_old_version_is_not_taken_in_any_more_but_can_be_voided() -> None:
    """Sources send the current version; what is on the log can be taken back under the type it was sent with."""
    with pytest.raises(InvalidEvent):
        read_event({**VOID, "type": "attendance.punched.v0", "data": {"at": "2026-11-24T07:30:40Z", "kind": "masuk"}})

    assert read_event(VOID).topic == "kinerja.events"
