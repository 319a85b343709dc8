"""Which distribution warnings another policy adds or drops."""

import json
from datetime import date

from schemas.policy.model import Distribution
from services.scoring.domain.directory import Directory
from services.scoring.domain.events import decode
from services.scoring.domain.tree import Tree
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.spreads import Evaluated, Group, Spreads, turned
from tests.support.event_builders import unit

MONTH = Period.of("2026-11")
ROOT = Group("root", MONTH, "boss", "baik")


def tree() -> Tree:
    """A root with two units below it."""
    events = [unit("root"), unit("a", parent="root"), unit("b", parent="root")]
    return Directory.empty().with_events(decode(json.dumps(each).encode()) for each in events).tree


def rules(over: str) -> Distribution:
    """Of baik at most half, and somebody who is not."""
    rows = [
        {"capaian": "baik", "predikat": ["baik"], "at_most": "1/2", "clause": "most"},
        {"capaian": "baik", "predikat": ["kurang"], "exists": True, "clause": "some"},
        {"capaian": "kurang", "predikat": ["kurang"], "exists": True, "clause": "other"},
    ]
    given = {"over": over, "small_under": 10, "small_clause": "small", "rows": rows}
    return Distribution.model_validate(given)


def spreads(*found: tuple[str, str | None, str | None, str]) -> Spreads:
    """The predikat of some people of whom the boss and a head are leading."""
    made = Spreads({("2026-11", "boss"), ("2026-11", "e1")})
    for employee, evaluator, place, predikat in found:
        made.add(Evaluated("2026-11", employee, evaluator, place, predikat))  # type: ignore[arg-type]
    return made


def test_a_rater_answers_for_whom_they_evaluate_wherever_these_are() -> None:
    """Two of baik are two too many where nobody else is; a stranger of the unit does not count."""
    found = spreads(("e1", "boss", "elsewhere", "baik"), ("e2", "boss", None, "baik"), ("e3", "other", "a", "kurang"))

    assert found.warned(ROOT, rules("rater"), tree()) == ["most", "some"]
    assert found.warned(ROOT._replace(used="kurang"), rules("rater"), tree()) == ["other"]
    assert found.warned(ROOT._replace(head="nobody"), rules("rater"), tree()) == []
    assert found.warned(ROOT, None, tree()) == []


def test_over_the_tree_everybody_below_counts_but_the_head() -> None:
    """The boss of the root stands in a unit of its tree; without them the two others are half and half."""
    people = (("boss", None, "a", "baik"), ("e2", "x", "a", "baik"), ("e3", "x", "b", "kurang"))

    assert spreads(*people).warned(ROOT, rules("tree"), tree()) == []
    assert spreads(("e9", None, "b", "baik"), *people).warned(ROOT, rules("tree"), tree()) == ["most"]
    assert spreads(*people).warned(Group("a", MONTH, "e1", "baik"), rules("tree"), tree()) == ["most", "some"]


def test_only_what_differs_is_told() -> None:
    """In the order of the rows of the policy that warns."""
    assert turned(ROOT, ["a", "b"], ["c", "b", "d"]) == {
        "unit": "root",
        "period": "2026-11",
        "appears": ["c", "d"],
        "goes": ["a"],
    }
    assert turned(ROOT, ["a"], ["a"]) is None
    assert MONTH.first == date(2026, 11, 1)
