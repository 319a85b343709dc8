"""The worked example of the law, folded once for each module that asks about it."""

from collections.abc import AsyncIterator

import pytest

from services.local.servers import Servers
from tests.integration.conftest import role_dsn
from tests.support.databases import fresh_database
from tests.support.folding import Scoring
from tests.support.scorecards import WORKED, fold_all


@pytest.fixture(scope="module")
async def scoring(servers: Servers, template: str) -> AsyncIterator[Scoring]:
    """A scoring database with the worked events folded."""
    async with fresh_database(servers.postgres.address, template) as admin:
        opened = await Scoring.open(role_dsn(admin, "scoring"))
        await fold_all(opened, WORKED["events"])
        yield opened
        await opened.pool.close()
