"""What is recognised as plainly written is exactly what the models make of it; the rest is left to them."""

import copy
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schemas.event import InvalidEvent, read_event
from schemas.plain import plainly
from schemas.registry import EVENT_TYPES
from tests.support.mutants import examples, mutants
from tests.support.schema_instances import ODD, events

PUNCH = "attendance.punched.v1"
SERVICE = "service.completed.v1"


def _agrees(event: dict[str, Any]) -> bool:
    """Hold what is recognised to the models, and say whether it was."""
    before = copy.deepcopy(event)
    stated = plainly(event)
    assert event == before
    if stated is None:
        return False
    try:
        assert orjson.dumps(stated) == orjson.dumps(read_event(event).canonical())
    except InvalidEvent as exc:
        pytest.fail(f"{event} was recognised, but {exc.problems}")
    return True


def _example(event_type: str) -> dict[str, Any]:
    found = next(event for name, event in examples().items() if name.startswith(event_type))
    return {name: value for name, value in found.items() if name != "traceparent"}


@pytest.mark.parametrize("name", EVENT_TYPES)
@settings(max_examples=150, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_partly_strange_events_are_read_alike(name: str, data: st.DataObject) -> None:
    """Whatever is recognised stands on the log as the models would write it."""
    _agrees(data.draw(events(name)))


@pytest.mark.parametrize("name", [PUNCH, SERVICE, "survey.answered.v1", "complaint.received.v1"])
def test_strange_fields_are_read_alike(name: str) -> None:
    """One field at a time, by everything strange there is."""
    for mutant in mutants(_example(name)):
        _agrees(mutant.event)
    for field in _example(name):
        for odd in ODD:
            _agrees({**_example(name), field: odd})
    for field in _example(name)["data"]:
        for odd in ODD:
            _agrees({**_example(name), "data": {**_example(name)["data"], field: odd}})


@pytest.mark.parametrize("name", [PUNCH, SERVICE, "survey.answered.v1", "complaint.received.v1"])
def test_the_commonest_types_are_recognised_in_any_order_of_keys(name: str) -> None:
    """Else they would be judged right and slowly."""
    event = _example(name)
    assert _agrees(event)
    turned = {key: event[key] for key in reversed(event)}
    turned["data"] = {key: event["data"][key] for key in reversed(event["data"])}
    assert _agrees(turned)


@pytest.mark.parametrize(
    "changed",
    [
        {"time": "2026-11-24T07:30:00.5+07:00"},
        {"time": "2026-11-24T07:30+07:00"},
        {"time": "2026-11-24T07:30:00Z"},
        {"time": "2026-11-24T07:30:00-00:00"},
        {"time": "1900-01-01T00:00:00+14:00"},
        {"time": "2026-02-29T07:30:00+07:00"},
        {"subject": "employee:E1\n"},
        {"subject": "employee:.."},
        {"subject": "unit:*"},
        {"source": "a\0b"},
        {"source": "/" + "a" * 128},
        {"source": "a:b"},
        {"source": "https://"},
        {"datacontenttype": "application/json; charset=utf-8"},
        {"traceparent": "00-1"},
        {"dataschema": None},
        {"data": [1]},
        {"type": ["attendance.punched.v1"]},
        {"type": "employee.registered.v1"},
        {"type": "event.voided.v1"},
    ],
)
def test_what_is_not_plain_is_left_to_the_models(changed: dict[str, Any]) -> None:
    """Another way of writing it on the log, a field too many, or nothing valid."""
    assert not _agrees(_example(PUNCH) | changed)


@pytest.mark.parametrize("source", ["terminal-7", "/pemkot/absensi", "urn:pemkot:absensi", "https://simpeg.example/v1"])
@pytest.mark.parametrize("subject", ["employee:E1", "nip:198702232010011001", "badge:T7/12"])
def test_ordinary_names_are_plain(source: str, subject: str) -> None:
    """Aliases included: they are replaced later."""
    assert _agrees(_example(PUNCH) | {"source": source, "subject": subject})


def test_a_service_that_ends_before_it_starts_is_left_to_the_models() -> None:
    """And one whose moments have different offsets, as their order does not show in the text."""
    event = _example(SERVICE)
    for started, completed in (("09:00:00+07:00", "08:59:59+07:00"), ("09:00:00+09:00", "08:00:00+07:00")):
        times = {"started_at": f"2026-11-24T{started}", "completed_at": f"2026-11-24T{completed}"}
        assert not _agrees({**event, "data": {**event["data"], **times}})
