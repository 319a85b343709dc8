"""What makes two events the same."""

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.identity import content_hash, event_identity

TEXT = st.text(max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=10,
)
PUNCH: dict[str, Any] = {
    "type": "attendance.punched.v1",
    "subject": "employee:E1",
    "time": "2026-11-24T07:31:00+07:00",
    "data": {"at": "2026-11-24T07:30:40+07:00", "direction": "in"},
}


@given(st.tuples(TEXT, TEXT), st.tuples(TEXT, TEXT))
def test_different_names_have_different_identities(one: tuple[str, str], other: tuple[str, str]) -> None:
    """No part of a source can pass for the beginning of an id."""
    assert (event_identity(*one) == event_identity(*other)) == (one == other)


def test_a_letter_moved_from_source_to_id_makes_another_identity() -> None:
    """The two parts are told apart by their length, not by a separator that both may contain."""
    assert event_identity("ab", "c") != event_identity("a", "bc")


def _shuffled(value: Any, rng: random.Random) -> Any:
    if isinstance(value, dict):
        items = [(key, _shuffled(item, rng)) for key, item in value.items()]
        rng.shuffle(items)
        return dict(items)
    return [_shuffled(item, rng) for item in value] if isinstance(value, list) else value


@given(st.dictionaries(TEXT, VALUES, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_change_the_content(data: dict[str, Any], rng: random.Random) -> None:
    """Two senders may write the same object in any order."""
    event = {**PUNCH, "data": data}
    assert content_hash(event) == content_hash(_shuffled(event, rng))


@given(st.dictionaries(TEXT, VALUES, max_size=4), TEXT)
def test_null_is_the_same_as_left_out(data: dict[str, Any], name: str) -> None:
    """A null field adds nothing to the content, at the top and within."""
    rest = {key: value for key, value in data.items() if key != name}
    assert content_hash({**PUNCH, "data": {**rest, name: None}}) == content_hash({**PUNCH, "data": rest})
    inner = {**PUNCH, "data": {"inner": {**rest, name: None}}}
    assert content_hash(inner) == content_hash({**PUNCH, "data": {"inner": rest}})


def test_a_text_that_reads_null_is_content() -> None:
    """Only the value null is dropped, not a text that looks like it."""
    assert content_hash({**PUNCH, "data": {"note": "null"}}) != content_hash({**PUNCH, "data": {}})


def test_each_part_counts_as_it_was_sent() -> None:
    """Another type, subject, time or data is another content, also the same moment in another zone."""
    changes = (
        {"type": "attendance.punched.v2"},
        {"subject": "employee:E2"},
        {"time": "2026-11-24T00:31:00Z"},
        {"data": {**PUNCH["data"], "direction": "out"}},
    )
    assert len({content_hash({**PUNCH, **change}) for change in ({}, *changes)}) == 5


def test_what_is_only_envelope_does_not_count() -> None:
    """A retry may carry another trace."""
    assert content_hash(PUNCH) == content_hash({**PUNCH, "traceparent": "00-1", "datacontenttype": "application/json"})
