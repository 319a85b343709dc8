"""The official SDKs of other languages as sources, at their defaults: what they send is taken, and once in effect."""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.kit.kafka_address import servers_of, user_of
from services.local.servers import Servers
from tests.support.inbound import Upstream
from tests.support.ingest import Ingest, Log, Source
from tests.support.ingest_process import IngestProcess, client, process

FOLDER = Path(__file__).parents[2] / "clients"
SETUP_S = 480
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


async def _run(*words: str, cwd: Path, **environment: str) -> list[str]:
    """Run a program and return the lines it wrote; a tool that is not there is a failure that says so."""
    assert shutil.which(words[0]), f"{words[0]} is not on this machine; install it to prove its clients"
    program = await asyncio.create_subprocess_exec(
        *words,
        cwd=cwd,
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(SETUP_S):
        output, errors = await program.communicate()
    assert program.returncode == 0, (output + errors).decode()
    return output.decode().splitlines()


@pytest.fixture
async def upstream_ingest(servers: Servers, sender: Upstream, dsn: str, tmp_path: Path) -> AsyncIterator[IngestProcess]:
    """Ingest as it runs, behind its own HTTP server, that also takes what *sender* sees on the topic."""
    knobs = {"ingest_inbound": "true", "ingest_inbound_group": sender.group}
    async with process(tmp_path, dsn, servers.kafka.address, **knobs) as running:
        await running.start()
        yield running


@pytest.fixture
async def ingest(upstream_ingest: IngestProcess) -> AsyncIterator[Ingest]:
    """The way to the same."""
    async with client(upstream_ingest) as found:
        yield found


@pytest.fixture
async def environment(
    upstream_ingest: IngestProcess, ingest: Ingest, servers: Servers, source: Source
) -> dict[str, str]:
    """What a client program is told: where to send, and about whom, who is registered."""
    employee = source.own("E1")
    assert await ingest.take(source.person(employee)) == ["accepted"]
    return {
        "INGEST_URL": f"http://127.0.0.1:{upstream_ingest.port}",
        "KAFKA": servers_of(servers.kafka.address),
        **_login(servers.kafka.address),
        "TOKEN": "all",
        "SOURCE": source.name,
        "SUBJECT": f"employee:{employee}",
    }


def _login(kafka: str) -> dict[str, str]:
    """What Java's client needs to be let in."""
    if not (user := user_of(kafka)):
        return {}
    module = "org.apache.kafka.common.security.scram.ScramLoginModule"
    return {"KAFKA_JAAS": f'{module} required username="{user[0]}" password="{user[1]}";'}


async def _logged(log: Log, source: Source, ids: set[str]) -> None:
    """Wait until these events are on the log, each with the extension that its client gave it."""
    await log.until(lambda: {event["id"] for event in log.of(source)} >= ids)
    events = [event for event in log.of(source) if event["id"] in ids]
    assert {event["aratherlongextensionnameofthesender"] for event in events} == {"yes"}
    assert len(events) == len(ids)


async def test_javascript(environment: dict[str, str], log: Log, source: Source, tmp_path: Path) -> None:
    """npm's cloudevents, structured and binary: its media types name a charset."""
    folder = Path(shutil.copytree(FOLDER / "javascript", tmp_path / "javascript"))
    await _run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder)
    assert await _run("node", "client.js", cwd=folder, **environment) == [
        "javascript/structured/1 202",
        "javascript/binary/1 202",
    ]
    await _logged(log, source, {"javascript/structured/1", "javascript/binary/1"})


async def test_go(environment: dict[str, str], log: Log, source: Source, tmp_path: Path) -> None:
    """sdk-go, structured and binary: its moments have nine fractional digits."""
    await _run("go", "build", "-o", str(tmp_path / "client"), ".", cwd=FOLDER / "go")
    assert await _run(str(tmp_path / "client"), cwd=tmp_path, **environment) == [
        "go/structured/1 202",
        "go/binary/1 202",
    ]
    await _logged(log, source, {"go/structured/1", "go/binary/1"})


async def _run_java(door: str, folder: Path, environment: dict[str, str]) -> list[str]:
    assert shutil.which("javac"), "javac is not on this machine; a JDK, not only a runtime, is needed"
    build = ("mvn", "-q", "-B", f"-DbuildDirectory={folder}", "compile", "exec:java", f"-Dexec.args={door}")
    return [COLOUR.sub("", line) for line in await _run(*build, cwd=FOLDER / "java", **environment)]


async def test_java_over_http(environment: dict[str, str], log: Log, source: Source, tmp_path: Path) -> None:
    """cloudevents-http-basic over the JDK's client at its defaults, which ask for HTTP/2 by Upgrade."""
    lines = await _run_java("http", tmp_path, environment)
    assert lines[:2] == ["java/structured/1 202", "java/binary/1 202"]
    await _logged(log, source, {"java/structured/1", "java/binary/1"})


async def test_java_over_kafka(
    environment: dict[str, str], ingest: Ingest, log: Log, source: Source, sender: Upstream, tmp_path: Path
) -> None:
    """cloudevents-kafka, in both encodings."""
    lines = await _run_java("kafka", tmp_path, environment)
    assert lines[:2] == ["java/structured/1 written", "java/binary/1 written"]
    await ingest.until(sender.all_committed)
    assert await ingest.dead_letters() == []
    await _logged(log, source, {"java/structured/1", "java/binary/1"})
