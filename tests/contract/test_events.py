"""The golden examples and the contract's refusals."""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest

import schemas
from schemas.event import InvalidEvent, read_event
from schemas.registry import EVENT_TYPES
from schemas.tools.generate import out_of_date
from services.ingest.domain.aliases import is_alias
from services.scoring.domain.record import read_record

HERE = Path(schemas.__file__).parent
EXAMPLES = sorted((HERE / "examples").glob("*/*.json"))
PUNCH: dict[str, Any] = {
    "specversion": "1.0",
    "id": "p-1",
    "source": "terminal-7",
    "type": "attendance.punched.v1",
    "subject": "employee:E1",
    "time": "2026-11-24T07:31:00+07:00",
    "data": {"at": "2026-11-24T07:30:40+07:00", "direction": "in"},
}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_golden_example_is_valid_and_survives_the_log(path: Path) -> None:
    """An example is accepted, and what goes on the log is accepted again and equal."""
    event = read_event(json.loads(path.read_text("utf-8")))

    assert event.type == path.parent.name
    assert event.canonical() == read_event(event.canonical()).canonical()


def test_every_type_has_an_example() -> None:
    """No type is published without showing how it looks."""
    assert {path.parent.name for path in EXAMPLES} == set(EVENT_TYPES)


def test_the_generated_schemas_are_fresh() -> None:
    """The committed JSON Schemas say what the models say."""
    assert out_of_date() == []


def _patterns(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for item in schema:
            yield from _patterns(item)
    elif isinstance(schema, dict):
        yield from (value for key, value in schema.items() if key == "pattern" and isinstance(value, str))
        for item in schema.values():
            yield from _patterns(item)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_the_patterns_of_the_schemas_mean_the_same_everywhere(name: str) -> None:
    """They hold for the whole text, in the words that JSON Schema shares with every language: no \\A, \\Z or \\z."""
    found = list(_patterns(json.loads((HERE / "json" / f"{name}.json").read_text("utf-8"))))

    assert found
    assert [pattern for pattern in found if not (pattern.startswith("^") and pattern.endswith("$"))] == []
    assert [pattern for pattern in found if re.search(r"\\[AZzGQE]|\(\?[^:=!]", pattern)] == []


def test_null_is_the_same_as_left_out() -> None:
    """A null device is no device."""
    assert read_event(PUNCH).canonical() == read_event({**PUNCH, "data": {**PUNCH["data"], "device": None}}).canonical()


def _with(**changes: Any) -> dict[str, Any]:
    return {**PUNCH, **changes}


def _data(**changes: Any) -> dict[str, Any]:
    return _with(data={**PUNCH["data"], **changes})


def _packed(data: bytes) -> dict[str, Any]:
    return {name: value for name, value in PUNCH.items() if name != "data"} | {"data_base64": b64encode(data).decode()}


REFUSALS: list[tuple[Any, str]] = [
    ([], ""),
    (_with(specversion="0.3"), "/specversion"),
    (_with(id=""), "/id"),
    (_with(id="a\x00b"), "/id"),
    ({key: value for key, value in PUNCH.items() if key != "time"}, "/time"),
    (_with(type="attendance.punched.v2"), "/type"),
    (_with(subject="unit:U1"), "/subject"),
    (_with(subject="employee:"), "/subject"),
    (_with(subject="employee:a b"), "/subject"),
    (_with(subject="employee:E1\n"), "/subject"),
    (_with(subject="nip:123"), "/subject"),
    (_with(data=[]), "/data"),
    (_with(data_base64="aGk="), "/data_base64"),
    (_packed(b"hi"), "/data_base64"),
    (_packed(b'{"at": "\\ud800"}'), "/data_base64"),
    (_packed(b'{"at": NaN}'), "/data_base64"),
    (_packed(b"7"), "/data"),
    ({**_packed(b"{}"), "data_base64": "e30"}, "/data_base64"),
    (_with(id="a b"), "/id"),
    (_with(id="surat-é"), "/id"),
    (_with(id="x" * 129), "/id"),
    (_with(source="a b"), "/source"),
    (_with(source="a" * 129), "/source"),
    (_with(source="%zz"), "/source"),
    (_with(source=""), "/source"),
    (_with(subject="employee:.."), "/subject"),
    (_with(subject="badge:T7/."), "/subject"),
    (_with(datacontenttype="text/plain"), "/datacontenttype"),
    (_with(datacontenttype="application/json; charset=latin-1"), "/datacontenttype"),
    (_with(exact=0.5), "/exact"),
    (_with(number=2**53), "/number"),
    (_with(x="y" * 65_537), ""),
    (_with(Trace="x"), "/Trace"),
    (_data(direction="sideways"), "/data/direction"),
    (_data(surprise=1), "/data/surprise"),
    (_data(at="2026-11-24T07:30:40"), "/data/at"),
    (_data(at="2026-11-24 07:30:40+07:00"), "/data/at"),
    (_data(at="2026-11-24T07:30:60+07:00"), "/data/at"),
    (_data(at="2026-11-24T07:30:40.1234567891+07:00"), "/data/at"),
    (_data(at="2026-11-24T07:30.5+07:00"), "/data/at"),
    (_data(at="2026-11-24T24:00:00+07:00"), "/data/at"),
    (_data(at="2026-02-30T07:30:40+07:00"), "/data/at"),
    (_data(at="0001-01-01T00:00:00+07:00"), "/data/at"),
    (_data(at="1900-01-01T00:00:00+14:00"), "/data/at"),
    (_data(at="2199-12-31T23:59:59-11:00"), "/data/at"),
    (_data(at=1764000000), "/data/at"),
    (_data(at="２０26-11-24T07:30:40+07:00"), "/data/at"),
]


@pytest.mark.parametrize(("raw", "pointer"), REFUSALS, ids=lambda value: value if isinstance(value, str) else "raw")
def test_a_refusal_points_at_the_field(raw: Any, pointer: str) -> None:
    """What breaks the contract is refused with a JSON pointer to the culprit."""
    with pytest.raises(InvalidEvent) as refused:
        read_event(raw)

    assert pointer in [problem.pointer for problem in refused.value.problems]


@pytest.mark.parametrize("at", ["1900-01-01T00:00:00+07:00", "2199-12-31T23:59:59.999999+07:00"])
def test_what_passes_the_contract_at_the_ends_of_time_can_be_folded(at: str) -> None:
    """No moment that is accepted lies on a day that the fold does not keep."""
    event = read_event(_data(at=at))

    assert read_record(0, 0, 0, orjson.dumps(event.canonical())).fault is None


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_came_with_a_time_far_ahead_stays_readable(example: Path) -> None:
    """The door refuses it since; what was taken before counts as it did."""
    raw = {**json.loads(example.read_text("utf-8")), "time": "2199-12-30T00:00:00+07:00"}
    if raw["type"] == "policy.published.v1":  # comes into force later than it is published
        raw["data"]["effective_from"] = "2199-12-31"
    read = read_event(raw)

    assert read.canonical()["time"]
    if not is_alias(read.subject):
        assert read_record(0, 0, 0, orjson.dumps(read.canonical())).fault is None


UNSEEN = (
    "",
    " ",
    "\u00a0",
    "\u200b\u200d",
    "\u3164",
    "Budi\u0085",
    "Budi\x9b31m",
    "Budi\u2028",
    "\u2029Budi",
    "Budi\nKetua",
)


@pytest.mark.parametrize("name", UNSEEN, ids=ascii)
def test_a_name_is_one_line_of_which_something_is_seen(name: str) -> None:
    """Neither blanks alone, nor control characters of either kind, nor what ends a line; here and in the schema."""
    data = {"name": name, "aliases": [], "effective_from": "2026-01-01"}
    registered = _event("employee.registered.v1", "employee:E1", data)
    schema = json.loads((HERE / "json" / "employee.registered.v1.json").read_text("utf-8"))
    valid = jsonschema_rs.validator_for(schema).is_valid
    with pytest.raises(InvalidEvent) as refused:
        read_event(registered)

    assert [problem.pointer for problem in refused.value.problems] == ["/data/name"]
    assert not valid(registered)
    assert valid({**registered, "data": {**data, "name": "Budi\u00a0S\u0301udi"}})


def _event(event_type: str, subject: str, data: dict[str, Any]) -> dict[str, Any]:
    return {**PUNCH, "type": event_type, "subject": subject, "data": data}


def test_an_assignment_until_forever_is_open() -> None:
    """Personnel systems write 9999-12-31 for an open end; on the log it is left out."""
    data = {"unit": "U1", "position": "Staf", "basis": "definitive", "effective_from": "2026-01-01"}
    forever = _event("assignment.started.v1", "employee:E1", {**data, "effective_to": "9999-12-31"})

    assert "effective_to" not in read_event(forever).canonical()["data"]


MEANINGS: dict[str, dict[str, Any]] = {
    "a void of a registration": _event(
        "event.voided.v1",
        "unit:U1",
        {"voided": {"type": "unit.registered.v1", "source": "s", "id": "i"}, "reason": "wrong"},
    ),
    "a void of a void": _event(
        "event.voided.v1", "unit:U1", {"voided": {"type": "event.voided.v1", "source": "s", "id": "i"}, "reason": "no"}
    ),
    "a registration by alias": _event(
        "employee.registered.v1", "nip:199001012015051001", {"name": "X", "effective_from": "2026-01-01"}
    ),
    "a service that ends before it starts": _event(
        "service.completed.v1",
        "unit:U1",
        {
            "case": "c",
            "service": "s",
            "started_at": "2026-11-24T10:00:00+07:00",
            "completed_at": "2026-11-24T10:59:59+08:00",
            "sla_minutes": 5,
        },
    ),
    "a leave that ends before it starts": _event(
        "attendance.leave_granted.v1", "employee:E1", {"from": "2026-11-25", "to": "2026-11-24", "kind": "sick"}
    ),
    "an unknown zone": _event(
        "unit.registered.v1",
        "unit:U1",
        {"name": "U", "kind": "k", "timezone": "Europe/Paris", "effective_from": "2026-01-01"},
    ),
    "a survey with eight scores": _event(
        "survey.answered.v1", "unit:U1", {"answer": "a", "answered_at": "2026-11-24T10:00:00Z", "scores": {"time": 4}}
    ),
}


@pytest.mark.parametrize("raw", MEANINGS.values(), ids=MEANINGS.keys())
def test_what_makes_no_sense_is_refused(raw: dict[str, Any]) -> None:
    """Well-formed nonsense is refused too."""
    with pytest.raises(InvalidEvent):
        read_event(raw)


def _numbers() -> list[Callable[[], object]]:
    return [lambda: True, lambda: 5.5, lambda: 1e300, lambda: "5", lambda: -1, lambda: 10**30]


@pytest.mark.parametrize("number", [make() for make in _numbers()])
def test_minutes_are_whole_numbers(number: object) -> None:
    """Neither booleans, fractions, texts, negatives nor astronomical numbers pass as minutes."""
    data = {
        "case": "c",
        "service": "s",
        "started_at": "2026-11-24T10:00:00Z",
        "completed_at": "2026-11-24T10:00:00Z",
        "sla_minutes": number,
    }
    with pytest.raises(InvalidEvent):
        read_event(_event("service.completed.v1", "unit:U1", data))
