"""The policy lab on the worked example: what would have been suggested under another policy."""

from collections.abc import AsyncIterator

import pytest

from schemas.policy.identity import document_of
from schemas.policy.shipped import shipped
from services.local.servers import Servers
from services.scoring.evaluation.governing import shipped_by_sha256
from tests.integration.conftest import role_dsn
from tests.support.databases import fresh_database
from tests.support.folding import Scoring
from tests.support.policy_events import document
from tests.support.scorecards import WORKED, fold_all
from tests.support.simulations import compared, question, simulated

PP30 = next(sha256 for sha256, policy in shipped_by_sha256().items() if policy.policy == "pp-30-2019")
PEOPLE = sorted({each["subject"].partition(":")[2] for each in WORKED["events"] if each["subject"].startswith("emp")})
UNITS = sorted(
    {each["subject"].partition(":")[2] for each in WORKED["events"] if each["type"] == "unit.registered.v1"}
)


@pytest.fixture(scope="module")
async def scoring(servers: Servers, template: str) -> AsyncIterator[Scoring]:
    """A scoring database with the worked events folded."""
    async with fresh_database(servers.postgres.address, template) as admin:
        opened = await Scoring.open(role_dsn(admin, "scoring"))
        await fold_all(opened, WORKED["events"])
        yield opened
        await opened.pool.close()


@pytest.mark.parametrize("unit", [None, "padangsari"])
async def test_the_shipped_policy_of_pp_30_moves_what_its_cards_move(scoring: Scoring, unit: str | None) -> None:
    """As comparing every card with the same card under that policy."""
    asked = question(["2026-10", "2026-11"], sha256=PP30, unit=unit)
    answer = await simulated(scoring, asked)
    units = [each for each in UNITS if unit is None or each == unit]
    expected = await compared(scoring, asked, PEOPLE, units, PP30)

    print(answer)
    assert {name: answer[name] for name in expected} == expected | {"no_data": answer["no_data"]}
    assert set(answer["no_data"]) == expected["no_data"]
