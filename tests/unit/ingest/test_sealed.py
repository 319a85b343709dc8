"""What is sealed, what a refusal may leave behind, and that nothing can be read without the key."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.ratings import betrays, betrays_as_text
from services.ingest.sealed.key import SealedKey, WrongKey, read_key
from services.kit.errors import UserError

KEY, OTHER = SealedKey(b"k" * 32), SealedKey(b"l" * 32)
PARTS = st.lists(st.text(max_size=5), max_size=4)
ANSWERS = st.dictionaries(st.sampled_from(["result", "loyal", "adaptif"]), st.sampled_from(["below", "meets", "above"]))


@given(PARTS, PARTS)
def test_names_are_equal_only_for_the_same(one: list[str], other: list[str]) -> None:
    """However parts run together, and never under another key."""
    assert (KEY.name("a", *one) == KEY.name("a", *other)) is (one == other)
    assert KEY.name("a", *one) != KEY.name("b", *one)
    assert KEY.name("a", *one) != OTHER.name("a", *one)


@given(ANSWERS, ANSWERS)
def test_what_is_kept_is_of_one_length_and_never_the_same(one: dict[str, str], other: dict[str, str]) -> None:
    """Nothing can be told from how long it is, nor whether two say the same."""
    kept = KEY.lock(["E1", one], b"name"), KEY.lock(["E1", other], b"name")
    assert len(kept[0]) == len(kept[1])
    assert kept[0] != kept[1]
    assert [KEY.unlock(each, b"name") for each in kept] == [["E1", one], ["E1", other]]


def test_it_opens_in_its_place_with_its_key_only() -> None:
    """A content moved to another row is as good as broken."""
    kept = KEY.lock(["E1"], b"name")
    for key, name in ((OTHER, b"name"), (KEY, b"another")):
        with pytest.raises(WrongKey):
            key.unlock(kept, name)
    assert KEY.fingerprint != OTHER.fingerprint


@pytest.mark.parametrize("content", ["", "short", "A" * 40, "no base64!" * 10, "ü"])
def test_a_file_without_a_key_is_refused(tmp_path: Path, content: str) -> None:
    """At the start, with words that say how to make one."""
    path = tmp_path / "sealed.key"
    with pytest.raises(UserError, match="cannot be read"):
        read_key(path)
    path.write_text(content)
    with pytest.raises(UserError, match="openssl rand"):
        read_key(path)
    path.write_text(base64.b64encode(b"k" * 32).decode() + "\n")
    assert read_key(path).fingerprint == KEY.fingerprint


RATING: dict[str, Any] = {"type": "rating.given.v1", "data": {"relation": "peer"}}
VOID: dict[str, Any] = {"type": "event.voided.v1", "data": {"voided": {"type": "rating.given.v1"}}}
BETRAYING = [
    RATING,
    RATING | {"data": {"relation": "subordinate", "note": "x"}},
    RATING | {"data": {"relation": "teman"}},
    RATING | {"data": {}},
    RATING | {"data": None},
    RATING | {"data": "peer"},
    RATING | {"type": "Rating.Given.v2"},
    RATING | {"type": "rating"},
    {"type": "rating.given.v1"},
    {"type": "rating.given.v1", "data_base64": base64.b64encode(b'{"relation": "peer"}').decode()},
    {"type": "rating.given.v1", "data_base64": "?"},
    VOID,
    VOID | {"data": {"voided": "rating.given.v1 1"}},
]
HARMLESS: list[Any] = [
    RATING | {"data": {"relation": "self"}},
    RATING | {"data": {"relation": "supervisor", "note": 7}},
    {"type": "rating.given.v1", "data_base64": base64.b64encode(b'{"relation": "self"}').decode()},
    VOID | {"data": {"voided": {"type": "day.closed.v1"}}},
    {"type": "attendance.punched.v1", "data": {}},
    [],
    None,
    7,
]


@pytest.mark.parametrize("raw", BETRAYING, ids=str)
def test_what_may_say_something_of_an_answer_is_recognised(raw: Any) -> None:
    """Valid or not; in doubt it does."""
    assert betrays(raw)


@pytest.mark.parametrize("raw", HARMLESS, ids=str)
def test_what_is_refused_otherwise_is_kept_as_before(raw: Any) -> None:
    """Ratings in the open, voids of other events, and what is no event."""
    assert not betrays(raw)


def test_bytes_that_are_no_event_are_searched() -> None:
    """A record cut off in the middle may still tell."""
    assert betrays_as_text(json.dumps(RATING).encode()[:-3])
    assert not betrays_as_text(b'{"type": "attendance.punched.v1"')
