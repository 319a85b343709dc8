"""What counts as a break of a schema, for those who send by it and for those who read by it."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import schemas
from schemas.tools.amendments import Amendment
from schemas.tools.compatibility import Role, breaks
from schemas.tools.gate import topic_breaks
from schemas.tools.openapi import api_breaks

ROOT = Path(schemas.__file__).parent
OLD: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["at", "kind"],
    "properties": {
        "at": {"type": "string", "pattern": "^a+$", "minLength": 1, "maxLength": 9},
        "kind": {"enum": ["in", "out"]},
        "score": {"type": "integer", "minimum": 1, "maximum": 4},
        "note": {"anyOf": [{"type": "string", "maxLength": 10}, {"type": "null"}]},
        "list": {"type": "array", "items": {"$ref": "#/$defs/Item"}, "maxItems": 3},
    },
    "$defs": {"Item": {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}},
}


def _changed(path: str, value: Any = None, *, drop: bool = False) -> dict[str, Any]:
    new = copy.deepcopy(OLD)
    *steps, last = path.split(".")
    place: Any = new
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place[step]
    if drop:
        del place[last]
    else:
        place[last] = value
    return new


BREAKS_SENDERS = {
    "a new required field": (_changed("required", ["at", "kind", "note"]), "/note"),
    "a field that is gone": (_changed("properties.score", drop=True), "/score"),
    "a narrower enum": (_changed("properties.kind", {"enum": ["in"]}), "/kind"),
    "an enum that became a constant": (_changed("properties.kind", {"const": "in"}), "/kind"),
    "another pattern": (_changed("properties.at.pattern", "^ab$"), "/at"),
    "a tighter bound": (_changed("properties.score.maximum", 3), "/score"),
    "a new bound": (_changed("properties.score.exclusiveMinimum", 2), "/score"),
    "shorter texts": (_changed("properties.at.maxLength", 5), "/at"),
    "fewer items": (_changed("properties.list.maxItems", 2), "/list"),
    "another type": (_changed("properties.score", {"type": "string"}), "/score"),
    "null no longer taken": (_changed("properties.note", {"type": "string", "maxLength": 10}), "/note"),
    "a change behind a reference": (_changed("$defs.Item.required", ["a"]), "/list/*/a"),
    "a field gone behind a reference": (_changed("$defs.Item.properties", {}), "/list/*/a"),
    "a keyword nobody knows": (_changed("properties.at.not", {"const": "aa"}), "/at"),
    "a format": (_changed("properties.at.format", "date"), "/at"),
    "a bound that a listed value does not keep": (
        _changed("properties.kind", {"type": "string", "maxLength": 2}),
        "/kind",
    ),
    "a value that only some may be": (_changed("properties.score.enum", [1, 2]), "/score"),
}
FINE_FOR_SENDERS = {
    "a new optional field": _changed("properties.more", {"type": "string"}),
    "a field that is no longer required": _changed("required", ["at"]),
    "a wider enum": _changed("properties.kind", {"enum": ["in", "out", "unknown"]}),
    "an enum that became any text": _changed("properties.kind", {"type": "string"}),
    "a wider bound": _changed("properties.score.maximum", 5),
    "integers that became numbers": _changed("properties.score.type", "number"),
    "null taken too": _changed("properties.kind", {"anyOf": [{"enum": ["in", "out"]}, {"type": "null"}]}),
    "other fields taken too": _changed("additionalProperties", True),
    "other words": _changed("description", "more words"),
    "a pattern that is gone": _changed("properties.at.pattern", drop=True),
}
BREAKS_READERS = {
    "a field that is gone": (_changed("properties.score", drop=True), "/score"),
    "a field that may be missing": (_changed("required", ["at"]), "/kind"),
    "a new value": (_changed("properties.kind", {"enum": ["in", "out", "unknown"]}), "/kind"),
    "any text instead of a listed value": (_changed("properties.kind", {"type": "string"}), "/kind"),
    "numbers instead of integers": (_changed("properties.score.type", "number"), "/score"),
    "null": (_changed("properties.kind", {"anyOf": [{"enum": ["in", "out"]}, {"type": "null"}]}), "/kind"),
    "greater figures": (_changed("properties.score.maximum", 5), "/score"),
}


@pytest.mark.parametrize(("new", "pointer"), BREAKS_SENDERS.values(), ids=BREAKS_SENDERS.keys())
def test_this_breaks_senders(new: dict[str, Any], pointer: str) -> None:
    """Something they may send is refused, and the place is named."""
    assert pointer in [found.pointer for found in breaks(OLD, new, Role.SENDERS)]


@pytest.mark.parametrize("new", FINE_FOR_SENDERS.values(), ids=FINE_FOR_SENDERS.keys())
def test_this_breaks_no_sender(new: dict[str, Any]) -> None:
    """Everything they may send is taken as before."""
    assert breaks(OLD, new, Role.SENDERS) == []


@pytest.mark.parametrize(("new", "pointer"), BREAKS_READERS.values(), ids=BREAKS_READERS.keys())
def test_this_breaks_readers(new: dict[str, Any], pointer: str) -> None:
    """Something comes that they were promised would not."""
    assert pointer in [found.pointer for found in breaks(OLD, new, Role.READERS)]


def test_readers_let_new_fields_pass() -> None:
    """A message that says more breaks nobody, unless its schema was closed."""
    opened = {**OLD, "additionalProperties": True}
    more = {**opened, "properties": {**OLD["properties"], "more": {"type": "string"}}}

    assert breaks(opened, more, Role.READERS) == []


def _fields() -> st.SearchStrategy[Any]:
    leaf = st.one_of(
        st.builds(lambda low: {"type": "integer", "minimum": low}, st.integers(-5, 5)),
        st.builds(lambda most: {"type": "string", "maxLength": most}, st.integers(1, 5)),
        st.builds(
            lambda values: {"enum": values},
            st.lists(st.sampled_from(["a", "bb", "ccc", "dddd"]), min_size=1, unique=True),
        ),
    )

    def deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return _object(inner) | st.builds(lambda items: {"type": "array", "items": items}, inner)

    return st.recursive(leaf, deeper, max_leaves=4)


def _object(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def build(properties: dict[str, Any], required: set[str], closed: bool) -> dict[str, Any]:
        named = sorted(required & set(properties))
        return {"type": "object", "properties": properties, "required": named, "additionalProperties": not closed}

    names = st.sampled_from(["p", "q", "r"])
    return st.builds(build, st.dictionaries(names, inner, max_size=3), st.sets(names), st.booleans())


def _takes(schema: Any, value: Any) -> bool:
    """A naive judge of the same few keywords."""
    if "enum" in schema:
        return value in schema["enum"]
    kind = schema["type"]
    if kind == "integer":
        return type(value) is int and value >= schema["minimum"]
    if kind == "string":
        return isinstance(value, str) and len(value) <= schema["maxLength"]
    if kind == "array":
        return isinstance(value, list) and all(_takes(schema["items"], item) for item in value)
    if not isinstance(value, dict) or not set(schema["required"]) <= set(value):
        return False
    known = schema["properties"]
    if not schema["additionalProperties"] and not set(value) <= set(known):
        return False
    return all(_takes(known[name], item) for name, item in value.items() if name in known)


def _values(schema: Any) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema["type"] == "integer":
        return st.integers(schema["minimum"], schema["minimum"] + 9)
    if schema["type"] == "string":
        return st.text("ab", max_size=schema["maxLength"])
    if schema["type"] == "array":
        return st.lists(_values(schema["items"]), max_size=2)
    known = {name: _values(inner) for name, inner in schema["properties"].items()}
    must = {name: known[name] for name in schema["required"]}
    may = {name: value for name, value in known.items() if name not in must}
    return st.fixed_dictionaries(must, optional=may)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_if_nothing_breaks_senders_whatever_was_taken_is_taken(data: st.DataObject) -> None:
    """For any two schemas: no break found means that no value that the old one takes is refused by the new one."""
    old = data.draw(_fields())
    new = data.draw(st.one_of(st.just(old), _fields()))
    value = data.draw(_values(old))
    assert _takes(old, value)
    if not breaks(old, new, Role.SENDERS):
        assert _takes(new, value)
    if not breaks(old, new, Role.READERS):
        told = data.draw(_values(new))
        assert _takes(old, told)


@settings(max_examples=30, deadline=None)
@given(_fields())
def test_a_schema_does_not_break_itself(schema: Any) -> None:
    """Nor does a copy of it."""
    for role in Role:
        assert breaks(schema, copy.deepcopy(schema), role) == []


AMENDMENT = Amendment("0.1.0", ("/a",), {"pattern": "^a$"}, {"pattern": "^b$", "maxLength": 1}, "a law")


@pytest.mark.parametrize(
    ("new", "broken"),
    [
        ({"a": {"type": "string", "pattern": "^b$", "maxLength": 1}}, []),
        ({"a": {"type": "string", "pattern": "^c$", "maxLength": 1}}, ["/a", "/a"]),
        ({"a": {"type": "string", "pattern": "^b$", "maxLength": 2}}, ["/a", "/a"]),
        ({"a": {"type": "string", "pattern": "^b$", "maxLength": 1, "minLength": 1}}, ["/a"]),
        (
            {"a": {"type": "string", "pattern": "^a$"}, "b": {"type": "string", "pattern": "^b$", "maxLength": 1}},
            ["/b"] * 2,
        ),
    ],
)
def test_an_amendment_lets_through_what_it_names_and_nothing_beside_it(new: Any, broken: list[str]) -> None:
    """The exact keywords before and after, at its place."""
    old = {"type": "object", "properties": {name: {"type": "string", "pattern": "^a$"} for name in new}}
    found = breaks(old, {"type": "object", "properties": new}, Role.SENDERS, [AMENDMENT])
    assert [one.pointer for one in found] == broken


@pytest.mark.parametrize("path", sorted((ROOT / "json").glob("*.json")), ids=lambda path: path.stem)
def test_of_every_event_schema_each_field_is_guarded(path: Path) -> None:
    """Taking any field of data away, or requiring any, is found in the real schemas."""
    old = json.loads(path.read_text("utf-8"))
    for name in _data(old)["properties"]:
        gone, needed = copy.deepcopy(old), copy.deepcopy(old)
        del _data(gone)["properties"][name]
        assert f"/data/{name}" in [found.pointer for found in breaks(old, gone, Role.SENDERS)]
        if name not in _data(old).get("required", ()):
            _data(needed).setdefault("required", []).append(name)
            assert f"/data/{name}" in [found.pointer for found in breaks(old, needed, Role.SENDERS)]


def _data(schema: dict[str, Any]) -> dict[str, Any]:
    """Of the two forms of an event the one with plain data comes first."""
    data: dict[str, Any] = schema["anyOf"][0]["properties"]["data"]
    return data


def _api() -> dict[str, Any]:
    answer = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    operation = {
        "parameters": [{"in": "query", "name": "on", "required": False, "schema": {"type": "string"}}],
        "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}}}},
    }
    return {"paths": {"/v1/units": {"get": operation}}, "components": {"schemas": {"Answer": answer}}}


API_CHANGES: dict[str, Any] = {
    "the path is gone": lambda api: api["paths"].pop("/v1/units"),
    "the method is gone": lambda api: api["paths"]["/v1/units"].pop("get"),
    "a parameter is required": lambda api: api["paths"]["/v1/units"]["get"]["parameters"][0].update(required=True),
    "a parameter is gone": lambda api: api["paths"]["/v1/units"]["get"].update(parameters=[]),
    "a field of the answer is gone": lambda api: api["components"]["schemas"]["Answer"]["properties"].pop("n"),
    "a field may be missing": lambda api: api["components"]["schemas"]["Answer"].update(required=[]),
    "the answer is gone": lambda api: api["paths"]["/v1/units"]["get"]["responses"].pop("200"),
}


@pytest.mark.parametrize("change", API_CHANGES.values(), ids=API_CHANGES.keys())
def test_this_breaks_clients_of_an_interface(change: Any) -> None:
    """Each is found; the interface as it was is not."""
    new = _api()
    change(new)

    assert list(api_breaks(_api(), new)) != []
    assert list(api_breaks(_api(), _api())) == []


def test_topics_may_not_change_under_their_readers() -> None:
    """The partition of a key depends on the number of partitions, for ever."""
    old = json.loads((ROOT / "asyncapi.json").read_text("utf-8"))
    new = copy.deepcopy(old)
    new["channels"]["kinerja.events"]["bindings"]["kafka"]["partitions"] = 128
    del new["channels"]["kinerja.alerts"]
    del new["channels"]["kinerja.directory"]["messages"]["day.closed.v1"]

    assert [found.pointer for found in topic_breaks(old, new)] == [
        "/channels/kinerja.directory/messages/day.closed.v1",
        "/channels/kinerja.events/partitions",
        "/channels/kinerja.alerts",
    ]
