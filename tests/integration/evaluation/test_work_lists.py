"""Work lists: what waits for whom, late ones first, a page at a time."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.kit.errors import Refused
from services.local.servers import Servers
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.work_list import Wanted
from services.scoring.reading.answers import Answers, Unknown
from services.scoring.reading.work_lists import WorkLists, WorkQuestion
from tests.integration.conftest import role_dsn
from tests.support.databases import fresh_database
from tests.support.folding import Scoring
from tests.support.scorecards import WORKED, card, fold_all

NOVEMBER, EVERY = "2026-11", Wanted()
LATER = [
    {
        "specversion": "1.0",
        "source": "contoh",
        "id": f"c-2026-12-{day:02}",
        "type": "day.closed.v1",
        "subject": "unit:*",
        "time": f"2026-12-{day + 1:02}T03:00:00+07:00",
        "data": {"date": f"2026-12-{day:02}"},
    }
    for day in range(3, 18)
]
"""Closings up to 17 December: the clock of the evaluation, due on the 14th, has run out."""


@pytest.fixture(scope="module")
async def scoring(servers: Servers, template: str) -> AsyncIterator[Scoring]:
    """A scoring database with the worked events folded, and two weeks more."""
    async with fresh_database(servers.postgres.address, template) as admin:
        opened = await Scoring.open(role_dsn(admin, "scoring"))
        await fold_all(opened, [*WORKED["events"], *LATER])
        yield opened
        await opened.pool.close()


async def _listed(
    scoring: Scoring, unit: str | None = None, wanted: Wanted = EVERY, most: int = 100, **kwargs: Any
) -> dict[str, Any]:
    question = WorkQuestion(Period.of(NOVEMBER), unit, wanted, most)
    return await WorkLists(Answers(scoring.pool)).waiting(question, kwargs.get("sees", lambda _: True))


async def test_a_list_says_of_everybody_what_their_card_says(scoring: Scoring) -> None:
    """State, evaluator, act and document, late ones first, then by the due day, then by employee."""
    rows = (await _listed(scoring, "*"))["evaluations"]
    assert {row["employee"] for row in rows} == {"E900", "E1000", "E1001", "E1002", "E1003", "E2000"}
    for row in rows:
        said = (await card(scoring, f"employee:{row['employee']}", NOVEMBER))["evaluation"]
        assert {name: row[name] for name in ("state", "evaluator", "act", "document")} == {
            name: said[name] for name in ("state", "evaluator", "act", "document")
        }
    late = [(not row["act"]["late"], row["act"]["due"], row["employee"]) for row in rows]
    assert late == sorted(late)
    assert {row["employee"]: row["state"] for row in rows}["E1001"] == "set"


async def test_a_list_of_a_unit_is_of_its_tree(scoring: Scoring) -> None:
    """By where somebody last belonged in the period."""
    rows = (await _listed(scoring, "padangsari"))["evaluations"]
    assert {row["employee"] for row in rows} == {"E1000", "E1001", "E1003"}


async def test_somebodys_list_is_what_waits_for_them_wherever_it_stands(scoring: Scoring) -> None:
    """The same rows as in the list of everybody, without naming a unit; HR has those that nobody is charged with."""
    everything = (await _listed(scoring, "*"))["evaluations"]
    for who in ("E900", "E1000", "E2000"):
        rows = (await _listed(scoring, None, Wanted(who=who)))["evaluations"]
        assert rows == [row for row in everything if row["act"]["who"] == who]
    assert [row["employee"] for row in (await _listed(scoring, None, Wanted(who="E1000")))["evaluations"]] == ["E1001"]
    hr = (await _listed(scoring, "*", Wanted(hr=True)))["evaluations"]
    assert hr == [row for row in everything if row["act"]["who"] is None]
    assert hr


async def test_pages_together_are_the_list(scoring: Scoring) -> None:
    """Each begins after the one before; the last says that it is."""
    whole = (await _listed(scoring, "*"))["evaluations"]
    found: list[Any] = []
    after: str | None = None
    for _ in range(10):
        page = await _listed(scoring, "*", Wanted(after=after), most=2)
        found, after = found + page["evaluations"], page["next"]
        if after is None:
            break
    assert found == whole


async def test_nobody_is_on_a_list_whom_the_reader_may_not_see(scoring: Scoring) -> None:
    """A state can be asked for; a unit or a person has to be."""
    rows = (await _listed(scoring, "*", sees=lambda each: each == "E1003"))["evaluations"]
    assert [row["employee"] for row in rows] == ["E1003"]
    states = {row["state"] for row in (await _listed(scoring, "*", Wanted(state="escalated")))["evaluations"]}
    assert states == {"escalated"}
    with pytest.raises(Refused, match="name a unit"):
        await _listed(scoring)
    with pytest.raises(Unknown):
        await _listed(scoring, "nowhere")
