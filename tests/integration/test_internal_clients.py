"""Our processes reach each other whatever the environment says of proxies."""

import ast
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import services
from services.kit.calling import open_client
from services.local.servers import Servers
from services.notifications.ingest import Ingest as WayToIngest
from services.setup.topics import create_topics
from tests.integration.conftest import role_dsn
from tests.support.ingest import PUNCHED, Source, running, settings_for
from tests.support.serving import served

DEAD = "http://127.0.0.1:9"
"""The port for discarding, where nobody listens."""
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@pytest.fixture
async def address(servers: Servers, migrated: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """A real ingest, asked from an environment whose proxy is dead."""
    await create_topics(servers.kafka.address)
    async with running(settings_for(role_dsn(migrated, "ingest"), servers.kafka.address)) as ingest:
        assert ingest.app is not None
        async with served(ingest.app) as url:
            for name in VARIABLES:
                monkeypatch.setenv(name, DEAD)
                monkeypatch.setenv(name.lower(), DEAD)
            monkeypatch.setenv("no_proxy", "")
            monkeypatch.setenv("NO_PROXY", "example.org")
            yield url


async def test_a_client_of_our_own_services_uses_no_proxy(address: str) -> None:
    """Its request arrives, with its token."""
    async with open_client(address, "all", timeout_s=5) as client:
        assert (await client.get("/v1/parked")).status_code == 200


async def test_notifications_sends_actions_past_the_proxy(address: str) -> None:
    """An action reaches ingest."""
    source, way = Source(), WayToIngest(address, "all")
    data = {"action": "A1", "kind": "coaching", "owner": source.own("E1"), "note": f"Sejak {PUNCHED}."}
    try:
        await way.send(source.event("action.recorded.v1", f"unit:{source.own('U')}", data))
    finally:
        await way.stop()


def test_there_is_one_way_to_open_a_client() -> None:
    """Whoever opens an HTTP client does it in the kit, which decides about proxies for all."""
    root = Path(services.__file__).parent
    opened = [
        str(path.relative_to(root))
        for path in sorted(root.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("httpx.AsyncClient", "httpx.Client", "httpx.get")
    ]

    assert opened == ["kit/calling.py"]
