"""What makes two events the same, and their content equal."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.identity import content_hash, event_identity
from tests.support.ingest import punched

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
EVENT = punched("employee:E1", id="p-1")


def turned(value: Any) -> Any:
    """The same value with the keys of every object in the other order, and one more null in each."""
    if isinstance(value, dict):
        return {"left-out": None, **{key: turned(item) for key, item in reversed(value.items())}}
    return [turned(item) for item in value] if isinstance(value, list) else value


@given(st.dictionaries(TEXTS.filter(lambda key: key != "left-out"), VALUES, max_size=4))
def test_the_order_of_keys_and_nulls_do_not_matter(data: dict[str, Any]) -> None:
    """The same said in another order of keys, with or without nulls, is the same content."""
    assert content_hash(EVENT | {"data": turned(data)}) == content_hash(EVENT | {"data": data})


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("type", "attendance.day_recorded.v1"),
        ("subject", "employee:E2"),
        ("time", "2026-01-01T01:00:00Z"),
        ("data", {"at": EVENT["data"]["at"], "direction": "out"}),
        ("data", {**EVENT["data"], "device": "null"}),
    ],
)
def test_whatever_an_event_says_is_content(field: str, other: Any) -> None:
    """Another type, subject, time (as sent, also of the same moment) or datum is another content."""
    assert content_hash(EVENT | {field: other}) != content_hash(EVENT)


def test_what_an_event_does_not_say_is_no_content() -> None:
    """Extensions, specversion and media type may differ in a duplicate."""
    assert content_hash(EVENT | {"traceparent": "00-1", "datacontenttype": None}) == content_hash(EVENT)


def test_content_differs_by_the_type_of_a_value_and_the_order_of_a_list() -> None:
    """A number is not its text, 0 is not 0.0, and lists are ordered."""
    said = [0, 0.0, "0", False, [1, 2], [2, 1], [[1], 2], {"a": {"b": 1}}, {"a": 1, "b": 1}]
    assert len({content_hash(EVENT | {"data": {"value": value}}) for value in said}) == len(said)


def test_no_two_pairs_of_source_and_id_share_an_identity() -> None:
    """Where source ends and id begins matters."""
    pairs = [("ab", "c"), ("a", "bc"), ("abc", ""), ("", "abc"), ("é", "c"), ("e", "c")]
    assert len({event_identity(*pair) for pair in pairs}) == len(pairs)
    assert event_identity("ab", "c") == event_identity("ab", "c")
