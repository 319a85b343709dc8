"""The published JSON Schemas and ingest take the same events, but for a few rules that no schema can say."""

import json
from base64 import b64encode
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schemas.event import InvalidEvent, read_event
from schemas.registry import EVENT_TYPES
from schemas.rights import SEND
from schemas.tools.generate import COMMENT
from services.ingest.admission import admit_item
from services.ingest.content_modes import structured
from services.ingest.domain.aliases import is_alias
from services.ingest.domain.candidate import Rejection
from services.kit.access import Grant, Principal
from services.scoring.domain.record import read_record
from tests.support.mutants import examples
from tests.support.schema_instances import events, judges

BEYOND = {
    "year 1899 is outside": "a moment not outside 1900..2199",
    "year 2200 is outside": "a moment not outside 1900..2199",
    "the data in it is not JSON": "data_base64 holds such data as JSON in UTF-8",
    "JSON is sent as UTF-8": "no other charset is named",
    "extension attributes have at most": "extensions have at most 65,536 characters together",
    "effective_to must not be before effective_from": "an end is not before its start",
    "completed_at must not be before started_at": "an end is not before its start",
    "to must not be before from": "an end is not before its start",
    "a leave spans at most": "a leave spans at most 3,660 days",
    "upper belongs to direction range": "upper goes with direction range",
    "upper must not be below target": "is not below target",
    "better belongs to direction range": "better goes with direction range",
    "hasil kerja ": "a predikat is the one that hasil kerja and perilaku give",
    "is needed with decision changed": "what an objection changes goes with decision changed",
    "goes with decision changed only": "what an objection changes goes with decision changed",
    "no rule reaches back": "a policy comes into force after the day of its publication",
}
"""How a refusal by a rule that no schema can say begins, and the words for it in every schema."""
OF_POLICIES = (
    "there is no clause",
    "there is no such measure",
    "is needed with a measure",
    "is used before",
    "must be above",
    "must be below",
    "must be at least",
    "must not fall",
    "must not rise",
    "does not go with a result",
    "a result belongs to utama or tambahan",
    "a unit's indicator names no employees",
    "complaints are a unit's",
    "perilaku is a person's",
    "only an indicator of perilaku shows a value",
    "no indicator of utama",
    "none is of perilaku",
    "name a measure or a result",
    "this result is named before",
    "give one rule",
    "at_least of",
    "skp and perilaku must sum",
    "rater and others must sum",
    "a score lies between",
)
"""What `kinerja policy validate` says of what holds between the fields of a policy; tests/unit/test_policies.py."""
ANYONE = Principal("anyone", (Grant(SEND, {"source": "*", "type": "*"}),))
LATEST = datetime(2026, 12, 1, tzinfo=UTC)


def _refusals(event: Any) -> list[str]:
    """What ingest says is wrong; nothing when it takes the event."""
    try:
        read = read_event(event)
    except InvalidEvent as exc:
        return [problem.detail for problem in exc.problems]
    if not is_alias(read.subject):
        assert read_record(0, 0, 0, orjson.dumps(read.canonical())).fault is None
    assert read_event(json.loads(orjson.dumps(read.canonical()))).canonical() == read.canonical()
    return []


def _beyond(detail: str) -> bool:
    return detail.startswith((*BEYOND, *OF_POLICIES))


@pytest.mark.parametrize("name", EVENT_TYPES)
@settings(max_examples=150, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_the_schema_takes_ingest_takes_and_nothing_else(name: str, data: st.DataObject) -> None:
    """For events that are partly strange; what is taken also stands on the log as it must."""
    event = data.draw(events(name))
    refusals = _refusals(event)
    for judge in judges(name):
        if judge.is_valid(event):
            in_base64 = isinstance(event.get("data_base64"), str)
            assert [one for one in refusals if not _beyond(one) and not in_base64] == [], event
        else:
            assert refusals != [], event


def _with(name: str, data: dict[str, Any] | None = None, **envelope: Any) -> dict[str, Any]:
    event = examples()[name]
    return {**event, **envelope, "data": {**event["data"], **(data or {})}}


def _packed(text: bytes) -> dict[str, Any]:
    event = examples()["attendance.punched.v1/out"]
    return {key: value for key, value in event.items() if key != "data"} | {"data_base64": b64encode(text).decode()}


LEAVE, TARGET = "attendance.leave_granted.v1/annual", "result.targeted.v1/range"
VALID_BUT_REFUSED: dict[str, Any] = {
    "before 1900 in Jakarta": _with("attendance.punched.v1/out", {"at": "1900-01-01T00:00:00+14:00"}),
    "after 2199 in Jakarta": _with("attendance.punched.v1/out", {"at": "2199-12-31T23:59:59-11:00"}),
    "another charset": _with("attendance.punched.v1/out", datacontenttype="application/json; charset=latin-1"),
    "no JSON in base64": _packed(b"hi"),
    "too many extensions": _with("attendance.punched.v1/out", a="x" * 33_000, b="y" * 33_000),
    "an assignment that ends first": _with("assignment.started.v1/lurah", {"effective_to": "1999-01-01"}),
    "a service that ends first": _with("service.completed.v1/ktp", {"completed_at": "1999-01-01T00:00Z"}),
    "a leave that ends first": _with(LEAVE, {"to": "1999-01-01"}),
    "an endless leave": _with(LEAVE, {"to": "2199-01-01"}),
    "an upper bound without a range": _with(TARGET, {"direction": "higher"}),
    "an upper bound below": _with(TARGET, {"target": 10, "upper": 9}),
    "better without a range": _with(TARGET, {"direction": "lower", "upper": None, "better": "higher"}),
    "another predikat than the matrix's": _with("predikat.set.v1/baik", {"predikat": "sangat_baik"}),
    "a change that is none": _with("objection.decided.v1/tetap", {"predikat": "baik"}),
    "a change without its predikat": _with("objection.decided.v1/diubah", {"predikat": None}),
    "a policy from today": _with("policy.published.v1/dinas-kesehatan-2027", {"effective_from": "2026-11-25"}),
}


@pytest.mark.parametrize("event", VALID_BUT_REFUSED.values(), ids=VALID_BUT_REFUSED.keys())
def test_each_rule_that_no_schema_can_say_is_named_in_every_schema(event: Any) -> None:
    """The schema takes the event, ingest says why it does not."""
    assert [judge.is_valid(event) for judge in judges(event["type"])] == [True, True]
    (refusal,) = _refusals(event)
    (words,) = {words for begins, words in BEYOND.items() if refusal.startswith(begins)}
    assert words in COMMENT


def _rejection(body: bytes) -> Rejection:
    found = admit_item(structured(body), 0, ANYONE, LATEST)[1]
    assert isinstance(found, Rejection)
    return found


def test_a_time_too_far_ahead_is_refused_at_the_door() -> None:
    """A register would be pinned by it; no schema knows what day it is."""
    event = _with("attendance.punched.v1/out", time="2199-12-31T00:00:00+07:00")
    assert judges(event["type"])[0].is_valid(event)
    assert [problem.pointer for problem in _rejection(orjson.dumps(event)).errors] == ["/time"]


LOST = ("1000000000000000.05", "0.1234567890123456789", "12345678901234567.5", "0." + "1" * 100_000)
KEPT = ("83.33333333333333", "0.30000000000000004", "999999999999999999", "1.5", "1e2", "0.1000")


@pytest.mark.parametrize("written", LOST, ids=lambda text: text[:20])
@pytest.mark.parametrize("base64", [False, True], ids=["plain", "base64"])
def test_a_number_that_would_lose_digits_must_be_quoted(written: str, base64: bool) -> None:
    """JSON readers give the next double; nobody would ever notice."""
    found = _rejection(_realised(written, base64=base64))
    assert [(problem.pointer, "quotes" in problem.detail) for problem in found.errors] == [("/data/realised", True)]


@pytest.mark.parametrize("written", KEPT)
@pytest.mark.parametrize("quote", ["", '"'], ids=["number", "quoted"])
def test_a_number_keeps_every_digit(written: str, quote: str) -> None:
    """What a double holds, and everything in quotes."""
    raw = structured(_realised(f"{quote}{written}{quote}")).take(0)
    assert Decimal(read_event(raw).canonical()["data"]["realised"]) == Decimal(written)


def _realised(written: str, *, base64: bool = False) -> bytes:
    event = examples()["result.reported.v1/quarter"]
    data = json.dumps(event["data"] | {"realised": "here"}).replace('"here"', written)
    if base64:
        rest = {key: value for key, value in event.items() if key != "data"}
        return json.dumps(rest | {"data_base64": b64encode(data.encode()).decode()}).encode()
    return json.dumps(event | {"data": "there"}).replace('"there"', data).encode()


AMOUNTS = ("1_000", "٤٢", "1e-400000", "1e18", "9" * 19, "9" * 1_000_000, "1,5", " 1", "1\n", "0x1F", "NaN", "")


@pytest.mark.parametrize("amount", AMOUNTS, ids=lambda text: repr(text[:10]))
def test_amounts_are_bounded_and_written_in_plain_digits(amount: str) -> None:
    """No megabytes of digits, no other digits than 0 to 9, no exponent that fills the memory."""
    event = _with("result.reported.v1/quarter", {"realised": amount})
    assert not any(judge.is_valid(event) for judge in judges(event["type"]))
    assert _refusals(event) != []
