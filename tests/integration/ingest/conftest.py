"""Ingest on this test's own database, and the log as it grows."""

from collections.abc import AsyncIterator

import pytest

from services.local.servers import Servers
from services.setup.topics import create_topics
from tests.integration.conftest import role_dsn
from tests.support.inbound import Upstream, joined, upstream
from tests.support.ingest import Ingest, Log, Source, open_log, running, settings_for


@pytest.fixture(scope="session")
async def topics(servers: Servers) -> None:
    """All topics, on the shared broker."""
    await create_topics(servers.kafka.address)


@pytest.fixture
async def dsn(migrated: str) -> str:
    """DSN of the role ingest in this test's own database."""
    return role_dsn(migrated, "ingest")


@pytest.fixture
async def ingest(servers: Servers, topics: None, dsn: str) -> AsyncIterator[Ingest]:
    """A running ingest."""
    async with running(settings_for(dsn, servers.kafka.address)) as instance:
        yield instance


@pytest.fixture
async def log(servers: Servers, topics: None) -> AsyncIterator[Log]:
    """What comes to the log during the test."""
    async with open_log(servers.kafka.address) as opened:
        yield opened


@pytest.fixture
def source() -> Source:
    """A source of this test's own."""
    return Source()


@pytest.fixture
async def sender(servers: Servers, topics: None) -> AsyncIterator[Upstream]:
    """An upstream system that writes to Kafka itself."""
    async with upstream(servers.kafka.address) as made:
        yield made


@pytest.fixture
async def both_doors(servers: Servers, sender: Upstream, dsn: str) -> AsyncIterator[Ingest]:
    """A running ingest that takes what *sender* writes from now on, too."""
    knobs = {"ingest_inbound": True, "ingest_inbound_group": sender.group}
    async with running(settings_for(dsn, servers.kafka.address, **knobs)) as instance:
        await joined(instance)
        yield instance
