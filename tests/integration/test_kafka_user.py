"""The embedded broker lets in its one user, and nobody else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError

from services.kit.kafka_address import servers_of
from services.local import kafka, kafka_user
from services.local.console import silent
from services.local.kafka import Broker
from services.local.ports import free_ports
from services.local.server import OwnServer
from services.local.servers import Servers

PASSWORD = "only-here"


@asynccontextmanager
async def _running(folder: Path) -> AsyncIterator[Broker]:
    broker = await asyncio.to_thread(kafka.prepare, folder, free_ports(2), PASSWORD, folder / "kafka.log", silent)
    server = OwnServer(broker.address, broker.command, lambda: None, broker.ready)
    await server.start()
    yield broker
    await server.close()


async def _is_let_in(**options: str | None) -> bool:
    admin = AIOKafkaAdminClient(request_timeout_ms=5_000, **options)
    try:
        await admin.start()
    except KafkaConnectionError:
        return False
    finally:
        await admin.close()
    return True


@pytest.mark.parametrize("mechanism", [None, "SCRAM-SHA-512", "PLAIN"])
async def test_nobody_enters_without_the_password(servers: Servers, mechanism: str | None) -> None:
    """Neither without a name nor with a wrong password."""
    wrong = {"sasl_mechanism": mechanism, "sasl_plain_username": kafka_user.NAME, "sasl_plain_password": "guessed"}
    login = {"security_protocol": "SASL_PLAINTEXT", **wrong} if mechanism else {}
    assert await kafka.ready(servers.kafka.address)
    assert not await _is_let_in(bootstrap_servers=servers_of(servers.kafka.address), **login)


async def test_nobody_speaks_to_the_quorum_without_the_password(tmp_path: Path) -> None:
    """A broker that anybody could register would be given the data."""
    async with _running(tmp_path / "kafka") as broker:
        reader, writer = await asyncio.open_connection("127.0.0.1", broker.ports[1])
        api_versions = bytes.fromhex("0012 0000 0000 0001 0000")
        describe_quorum = bytes.fromhex("0037 0000 0000 0002 0000 00 01 00 00")
        for request in (api_versions, describe_quorum):
            writer.write(len(request).to_bytes(4) + request)
        answers = await asyncio.wait_for(reader.read(), 10)
        writer.close()
    assert answers[4:8] == b"\0\0\0\1"
    size = int.from_bytes(answers[:4])
    assert answers[4 + size :] == b"", "closed without an answer to the second request"


async def test_a_log_that_was_made_without_a_user_gets_it_and_then_asks_everybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A data folder of an earlier version goes on; the password itself is taken in its first run only."""
    folder = tmp_path / "kafka"
    with monkeypatch.context() as earlier:
        earlier.setattr(kafka_user, "format_arguments", lambda _: [])
        await asyncio.to_thread(kafka.prepare, folder, free_ports(2), PASSWORD, folder / "kafka.log", silent)
    (folder / kafka_user.KNOWN).unlink()
    for _ in range(2):
        async with _running(folder) as broker:
            login = {"security_protocol": "SASL_PLAINTEXT", "sasl_plain_username": kafka_user.NAME}
            place = {"bootstrap_servers": servers_of(broker.address), **login, "sasl_plain_password": PASSWORD}
            assert await _is_let_in(sasl_mechanism="SCRAM-SHA-512", **place)
            plain = await _is_let_in(sasl_mechanism="PLAIN", **place)
    assert not plain
    assert {path.name for path in folder.iterdir()} == {
        "data", "jars", "kafka.log", "scratch", kafka.SETTINGS, kafka_user.KNOWN
    }  # fmt: skip
    assert (folder / kafka.SETTINGS).stat().st_mode & 0o777 == 0o600
