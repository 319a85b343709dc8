"""A fact is the same whether its envelope is read or skipped."""

import json
from typing import Any

import pytest
from hypothesis import given, settings

from services.scoring.domain.events import decode, fact_of
from tests.support.event_builders import answer, event, leave, punch, received, recorded, resolved, service, void
from tests.support.histories import histories

SENT: list[dict[str, Any]] = [
    punch("E1", "2026-03-02T07:30:00+07:00"),
    punch("E1", "1900-01-01T00:00:00Z", "unknown"),
    recorded("E1", "2199-12-31", "present", "07:30"),
    leave("E1", "2026-03-02", "2026-03-04"),
    service("U1", "2026-03-02T08:00:00+07:00", "2026-03-02T08:10:00+07:00", 15, "E1 é😀"),
    answer("U1", "2026-03-02T08:00:00+07:00", "444444444"),
    received("U1", "K-1", "2026-03-02T08:00:00+07:00"),
    resolved("U1", "K-1", "2026-03-02T08:00:00+07:00"),
    event("source.reported.v1", "source:mesin", {"up_to": "2026-03-02T08:00:00+07:00"}),
    event("attendance.punched.v0", "employee:E1", {"at": "2026-03-02T07:30:00+07:00", "kind": "masuk"}),
    event("award.granted.v9", "employee:E1", {})
    | {"type": "employee.registered.v1", "data": {"effective_from": "2026-01-01"}},
    void(punch("E1", "2026-03-02T07:30:00+07:00")),
]


@pytest.mark.parametrize("sent", SENT, ids=lambda sent: sent["type"])
def test_each_type_reads_as_with_its_envelope(sent: dict[str, Any]) -> None:
    payload = json.dumps(sent).encode()
    assert fact_of(sent["type"], payload) == decode(payload).fact


@settings(max_examples=50, deadline=None)
@given(histories())
def test_whatever_happened_reads_as_with_its_envelope(history: list[dict[str, Any]]) -> None:
    for sent in history:
        payload = json.dumps(sent).encode()
        assert fact_of(sent["type"], payload) == decode(payload).fact


@pytest.mark.parametrize(
    "first", ['"nothing"', "null", "{}", '{"at": 7}', '{"at":"2020-01-01T00:00:00Z","direction":"out"}']
)
def test_of_data_named_twice_the_last_counts(first: str) -> None:
    sent = json.dumps(punch("E1", "2026-03-02T07:30:00+07:00"))
    payload = f'{{"data": {first}, {sent[1:]}'.encode()
    assert fact_of("attendance.punched.v1", payload) == decode(payload).fact == decode(sent.encode()).fact


def test_an_attribute_the_sender_added_does_not_matter() -> None:
    sent = punch("E1", "2026-03-02T07:30:00+07:00") | {"extension": {"data": [1, {"data": 2}]}}
    payload = json.dumps(sent).encode()
    assert fact_of(sent["type"], payload) == decode(payload).fact
