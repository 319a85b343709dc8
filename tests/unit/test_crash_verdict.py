"""The judge of the crash matrix sees what is lost, doubled and repeated."""

import copy
from collections import Counter
from dataclasses import replace

import httpx
import pytest

from tests.faults.matrix_cell import directory_of_the_prelude
from tests.faults.matrix_history import FIRST, LAST, History, is_release
from tests.faults.matrix_state import State, written
from tests.faults.matrix_upstream import Upstream
from tests.faults.matrix_verdict import Verdict, judge, judge_alerts, own_measures
from tests.support.oracle import Oracle

HISTORY = History(1)
ORACLE = Oracle([*directory_of_the_prelude(), *HISTORY.events])


@pytest.fixture
def right() -> State:
    """The end state that the oracle expects, every message sent once."""
    return State(
        answers={
            subject: ORACLE.response(subject, FIRST, LAST, True) | {"coverage": ORACLE.coverage()}
            for subject in ORACLE.ever_registered
        },
        journal=Counter((event["source"], event["id"]) for event in HISTORY.events),
        gaps=0,
        recorded=len(HISTORY.events),
        unit_days={
            (unit, day): {
                "measures": {name: {"n": n, "total": total} for name, (n, total) in measures.items()},
                "closed": ORACLE.directory.closed(unit, day),
            }
            for (unit, day), measures in own_measures(ORACLE).items()
        },
        restated=0,
        dead_letters=0,
        alerts={"a": ("S-1", "raised")},
        steps=Counter({("a", "raised"): 1}),
        step_numbers={1},
        told=Counter({1: 1}),
        deliveries=Counter({("a", "raised", "sent"): 1}),
        mails=Counter({"<m@localhost>": 1}),
        sums=set(),
        releases=Counter(written(event) for event in HISTORY.events if is_release(event)),
    )


def _judged(state: State) -> Verdict:
    return judge(state, HISTORY.events, ORACLE, Upstream(httpx.AsyncClient(), accepted=len(HISTORY.events) - 1))


def _counts(verdict: Verdict) -> tuple[int, int, int]:
    return len(verdict.lost), len(verdict.doubled), verdict.repeated


def test_answers_that_are_released_twice_otherwise_or_kept_are_seen(right: State) -> None:
    """Each by itself."""
    (release,) = right.releases
    assert _counts(_judged(replace(right, releases=Counter({release: 2}))))[:2] == (0, 1)
    assert _counts(_judged(replace(right, releases=Counter({release.replace("above", "below"): 1}))))[:2] == (1, 1)
    assert _counts(_judged(replace(right, answers_left=1)))[:2] == (0, 1)


def test_nothing_is_wrong_with_what_the_oracle_expects(right: State) -> None:
    """The right end state passes."""
    verdict = _judged(right)
    judge_alerts(verdict, right, right, resends=False)
    assert _counts(verdict) == (0, 0, 0)


def test_an_event_is_lost_or_counts_twice(right: State) -> None:
    """An identity that the journal lacks is lost, one it counts twice is doubled; a second record is a repeat."""
    first, second = list(right.journal)[:2]
    assert _counts(_judged(replace(right, journal=right.journal - Counter([first])))) == (1, 0, 0)
    assert _counts(_judged(replace(right, journal=right.journal + Counter([second])))) == (0, 1, 0)
    assert _counts(_judged(replace(right, recorded=right.recorded + 1))) == (0, 0, 1)


@pytest.mark.parametrize(("change", "expected"), [(1, (0, 1, 0)), (-1, (1, 0, 0))])
def test_a_figure_is_too_great_or_too_small(right: State, change: int, expected: tuple[int, int, int]) -> None:
    """One more than the oracle counts is doubled, one less is lost."""
    answers = copy.deepcopy(right.answers)
    answers["unit:S-1"]["days"][6]["measures"]["service.timeliness"]["n"] += change
    assert _counts(_judged(replace(right, answers=answers))) == expected


def test_a_unit_day_that_was_never_published_is_lost(right: State) -> None:
    """Every figure of it that is not on the topic is missed, and that the day is closed."""
    unit_days = dict(right.unit_days)
    gone = next(key for key in unit_days if key[0] == "S-1")
    del unit_days[gone]
    assert _counts(_judged(replace(right, unit_days=unit_days))) == (2, 0, 0)


def test_steps_are_missed_or_known_as_repeats(right: State) -> None:
    """A step that is not on its topic is lost; twice, under its one number, it is repeated."""
    assert _counts(_judged(replace(right, told=Counter()))) == (1, 0, 0)
    assert _counts(_judged(replace(right, told=Counter({1: 2})))) == (0, 0, 1)


def test_a_mail_may_come_again_only_where_that_cannot_be_told(right: State) -> None:
    """A mail that did not come is lost; one that came twice is wrong but for a kill between sending and noting."""
    again, none = replace(right, mails=Counter({"<m@localhost>": 2})), replace(right, mails=Counter())
    found = []
    for state, resends in ((none, False), (again, False), (again, True)):
        verdict = Verdict()
        judge_alerts(verdict, state, right, resends=resends)
        found.append(_counts(verdict))
    assert found == [(1, 0, 0), (0, 1, 1), (0, 0, 1)]


def test_an_alert_with_other_figures_is_lost_and_doubled(right: State) -> None:
    """The one that must be there is missing, and one is there that must not be."""
    verdict = Verdict()
    judge_alerts(verdict, replace(right, alerts={"a": ("S-1", "recovered")}), right, resends=False)
    assert _counts(verdict) == (1, 1, 0)
