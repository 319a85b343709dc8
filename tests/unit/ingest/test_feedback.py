"""What becomes of sealed answers: levels of the many, and nothing by which one of them could be told (scoring.md 5)."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.event import read_event
from services.ingest.domain.feedback import LEVELS, QUESTIONS, Answer, Group, group_content, level_of, released

ANSWERS = st.dictionaries(st.sampled_from(QUESTIONS), st.sampled_from(LEVELS))
K = st.integers(3, 6)


def _naive(answers: Sequence[Answer], k: int) -> dict[str, str] | None:
    """By question the level, as the law's words say it, one by one."""
    if len(answers) < k:
        return None
    found = {}
    for question in QUESTIONS:
        said = [answer[question] for answer in answers if question in answer]
        above, below = (sum(level == wanted for level in said) for wanted in ("above", "below"))
        if len(said) >= k:
            found[question] = "above" if above > len(said) / 2 else "below" if below > len(said) / 2 else "meets"
    return found


def _levels(answers: Sequence[Answer], k: int) -> dict[str, str] | None:
    content = group_content(Group("peer", answers), k)
    if content is None:
        return None
    assert content["n"] == len(answers)
    result = {"result": str(content["result"])} if "result" in content else {}
    return {**content["behaviours"], **result}


@given(st.lists(ANSWERS, max_size=9), K)
def test_a_group_has_the_levels_of_more_than_half(answers: list[Answer], k: int) -> None:
    """Of each question that enough have answered; a group of fewer than k is nowhere."""
    assert _levels(answers, k) == _naive(answers, k)


@given(st.lists(ANSWERS, max_size=9), K, st.randoms())
def test_the_order_of_answers_says_nothing(answers: list[Answer], k: int, random: object) -> None:
    """However they are shuffled, the same is released."""
    shuffled = list(answers)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert group_content(Group("peer", shuffled), k) == group_content(Group("peer", answers), k)


@pytest.mark.parametrize("n", range(3, 8))
def test_each_rater_may_have_said_anything(n: int) -> None:
    """
    For every released level, rater and level there are answers in which that rater says that and the same is released.

    By computation over all answers of small groups; the others agree on what is released, and n - 1 > n/2.
    """
    for seen in LEVELS:
        possible = [said for said in product(LEVELS, repeat=n) if level_of(said) == seen]
        for rater, said in product(range(n), LEVELS):
            assert any(answers[rater] == said for answers in possible)


def test_two_of_three_decide() -> None:
    """The example of the law: above, above, below gives above."""
    assert level_of(["above", "above", "below"]) == "above"
    assert level_of(["above", "above", "below", "below"]) == "meets"
    assert level_of(["above", "meets", "below"]) == "meets"


@given(st.lists(ANSWERS, min_size=3, max_size=7), st.lists(ANSWERS, max_size=7), K)
def test_what_is_released_is_an_event_of_the_contract(peers: list[Answer], others: list[Answer], k: int) -> None:
    """With the groups that are large enough; nothing is sent when none is."""
    event = released("E1", "2026-11", date(2026, 12, 10), k, [Group("peer", peers), Group("subordinate", others)])
    sizes = {name: len(each) for name, each in (("peer", peers), ("subordinate", others)) if len(each) >= k}
    if not sizes:
        assert event is None
        return
    assert event is not None
    assert read_event(event).canonical() == event
    assert (event["source"], event["id"]) == ("kinerja-feedback", "E1:2026-11")
    assert event["time"] == "2026-12-11T00:00:00+07:00"
    assert {group["relation"]: group["n"] for group in event["data"]["groups"]} == sizes


def test_no_number_of_those_who_said_a_level_is_released() -> None:
    """Whoever agrees with the most leaves no trace: three, four or five of five give the same."""
    contents = {
        str(group_content(Group("peer", [{"result": "above"}] * many + [{"result": "below"}] * (5 - many)), 3))
        for many in (3, 4, 5)
    }
    assert Counter(contents).total() == 1
