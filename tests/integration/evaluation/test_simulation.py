"""The policy lab on the worked example: what would have been suggested under another policy."""

from collections.abc import AsyncIterator

import pytest

from schemas.policy.identity import document_of
from schemas.policy.refusals import read_policy
from services.scoring.evaluation.governing import shipped_by_sha256
from tests.support.folding import Scoring, recorded_at
from tests.support.histories import VILLAGE, as_let_in, random_arrivals
from tests.support.histories.choices import Seeded
from tests.support.lab_histories import PERIODS, QUARTERS, lab_history
from tests.support.policy_events import hash_of
from tests.support.scorecards import WORKED, fold_all
from tests.support.simulations import compared, question, simulated

PP30 = next(sha256 for sha256, policy in shipped_by_sha256().items() if policy.policy == "pp-30-2019")
PEOPLE = sorted({each["subject"].partition(":")[2] for each in WORKED["events"] if each["subject"].startswith("emp")})


@pytest.fixture
async def village(scoring_dsn: str) -> AsyncIterator[Scoring]:
    """A scoring database for a history of its own."""
    opened = await Scoring.open(scoring_dsn)
    yield opened
    await opened.pool.close()


@pytest.mark.parametrize("unit", [None, "padangsari"])
async def test_the_shipped_policy_of_pp_30_moves_what_its_cards_move(scoring: Scoring, unit: str | None) -> None:
    """As comparing every card with the same card under that policy."""
    asked = question(["2026-10", "2026-11"], sha256=PP30, unit=unit)
    answer = await simulated(scoring, asked)
    expected = await compared(scoring, asked, PEOPLE, PP30)

    assert {name: answer[name] for name in expected} == expected | {"no_data": answer["no_data"]}
    assert set(answer["no_data"]) == expected["no_data"]


SHUFFLED = 6
"""Of the histories so many come in another order, too."""


@pytest.mark.parametrize("seed", range(12))
async def test_any_history_moves_what_its_cards_move_one_by_one(village: Scoring, seed: int) -> None:
    """Now and as known before, of a unit and of everybody, over months and quarters; of any order, the same."""
    events, trial = lab_history(seed)
    choices, sha256 = Seeded(seed), hash_of(document_of(read_policy(trial)))
    await fold_all(village, as_let_in(events))
    asked = question(
        choices.one((PERIODS, QUARTERS)),
        document=trial,
        unit=choices.one((None, None, None, *VILLAGE.units)),
        known_at=choices.one((None, None, recorded_at(len(events) * 4 // 5))),
    )
    answer = await simulated(village, asked)
    expected = await compared(village, asked, VILLAGE.people, sha256)

    assert {name: answer[name] for name in expected} == expected | {"no_data": answer["no_data"]}
    assert set(answer["no_data"]) == expected["no_data"]
    assert await simulated(village, asked) == answer
    if asked.known_at is None and seed < SHUFFLED:
        await fold_all(village, random_arrivals(seed, events), cuts=(7, 1, 30))
        again = await simulated(village, asked)
        assert again | {"position": None} == answer | {"position": None}
