"""The naive oracle of cards gives the law's worked cards, and the histories it judges are events of the contract."""

import pytest

from schemas.event import read_event
from tests.support.folding import recorded_at
from tests.support.histories import as_sent
from tests.support.histories.evaluations import random_evaluations
from tests.support.oracle_cards import Cards
from tests.support.oracle_cards.arithmetic import interval
from tests.support.scorecards import WORKED


def test_the_worked_cards_follow_from_the_words() -> None:
    """Field by field, all four of them."""
    cards = Cards((event, recorded_at(index)) for index, event in enumerate(WORKED["events"]))
    for subject, expected in WORKED["expected"].items():
        assert cards.card(subject, expected["card"]["period"]) == expected["card"]


@pytest.mark.parametrize(
    ("measure", "n", "total", "ends"),
    [
        ("attendance.punctuality", 20, 19, ("0.7639", "0.9911")),
        ("attendance.punctuality", 5, 0, ("0.0000", "0.4345")),
        ("service.satisfaction", 40, 1200, ("72.10", "90.92")),
        ("attendance.late_minutes", 20, 5, None),
    ],
)
def test_intervals_found_by_trying_are_those_of_the_law(
    measure: str, n: int, total: int, ends: tuple[str, str] | None
) -> None:
    """The examples of section 2."""
    assert interval(measure, n, total) == ends


@pytest.mark.parametrize("seed", range(4))
def test_every_event_of_a_history_of_evaluations_is_one_of_the_contract(seed: int) -> None:
    """Nothing that the front door would refuse, and no identity twice."""
    events = random_evaluations(seed)
    for event in events:
        read_event(as_sent(event))

    assert len({(event["source"], event["id"]) for event in events}) == len(events)
