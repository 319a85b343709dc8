"""The worked example of the law: the events of scoring-worked.json give its cards."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.local.servers import Servers
from tests.integration.conftest import role_dsn
from tests.support.databases import fresh_database
from tests.support.folding import Scoring
from tests.support.scorecards import WORKED, card, fold_all


@pytest.fixture(scope="module")
async def scoring(servers: Servers, template: str) -> AsyncIterator[Scoring]:
    """A scoring database with the worked events folded."""
    async with fresh_database(servers.postgres.address, template) as admin:
        opened = await Scoring.open(role_dsn(admin, "scoring"))
        await fold_all(opened, WORKED["events"])
        yield opened
        await opened.pool.close()


@pytest.mark.parametrize("subject", WORKED["expected"])
async def test_the_worked_cards(scoring: Scoring, subject: str) -> None:
    """Field by field; the position depends on the log."""
    expected: dict[str, Any] = WORKED["expected"][subject]["card"]
    found = await card(scoring, subject, expected["period"])
    del found["position"]

    assert found == expected
