"""Servers and databases for the tests that ask for them; unit tests never start any."""

from collections.abc import AsyncIterator

import pytest

from services.local.servers import Servers
from services.local.servers import servers as start_servers
from tests.support import measured
from tests.support.databases import fresh_database


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what tests measured."""
    if measured.noted():
        terminalreporter.write_sep("=", "measured")
        measured.show(terminalreporter.write_line)


@pytest.fixture(scope="session")
async def servers() -> AsyncIterator[Servers]:
    """One real Kafka and one real PostgreSQL for the whole run, started when the first test asks."""
    async with start_servers() as running:
        yield running


@pytest.fixture
async def database(servers: Servers) -> AsyncIterator[str]:
    """DSN (superuser) of an empty database of this test's own."""
    async with fresh_database(servers.postgres.address) as dsn:
        yield dsn


@pytest.fixture(scope="module")
async def module_database(servers: Servers) -> AsyncIterator[str]:
    """DSN (superuser) of a database, empty at first, that the tests of one module share."""
    async with fresh_database(servers.postgres.address) as dsn:
        yield dsn
