"""Every process of ours serves HTTP alike, also while its servers are away."""

import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.http_service import Service, request, running
from tests.support.ingest import access_file, key_file

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
PROCESSES = {
    "ingest": (("ingest",), "ingest_port"),
    "scoring": (("scoring", "api"), "scoring_port"),
    "worker": (("scoring", "worker"), "worker_port"),
    "closer": (("closer",), "closer_port"),
    "notifications": (("notifications",), "notifications_port"),
}


@pytest.fixture(scope="module", params=PROCESSES)
async def process(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """Each of the processes, with servers that are away."""
    folder: Path = tmp_path_factory.mktemp("processes")
    (folder / "tokens.json").write_text(json.dumps(access_file()))
    argv, port = PROCESSES[request.param]
    knobs = dict.fromkeys(("ingest_dsn", "scoring_dsn", "notifications_dsn"), NOWHERE) | {port: "{port}"}
    knobs["ingest_sealed_key_file"] = str(key_file())
    async with running(folder, knobs, ("services.cli", *argv)) as started:
        yield started


@pytest.mark.parametrize("path", ["/v1/nothing", "/health/live/", "/health/", "/"])
async def test_an_unknown_path_is_a_problem_and_no_redirect(process: Service, path: str) -> None:
    """A redirect would name an address that the client may not reach, and lose its token."""
    answer = await process.ask(request("GET", path))

    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "location" not in answer.headers


async def test_a_wrong_method_is_told_the_right_ones(process: Service) -> None:
    """As a problem, with Allow."""
    answer = await process.ask(request("DELETE", "/health/live"))

    assert (answer.status, answer.headers["content-type"]) == (405, "application/problem+json")
    assert answer.headers["allow"] == "HEAD, GET"


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
async def test_head_is_answered_like_get(process: Service, path: str) -> None:
    """Monitors ask so."""
    async with process.raw() as raw:
        await raw.send(request("HEAD", path))
        head = await raw.answer(head=True)
        await raw.send(request("GET", path))
        whole = await raw.answer()

    assert head.status == whole.status
    assert head.headers["content-type"] == whole.headers["content-type"]


async def test_headers_have_a_limit(process: Service) -> None:
    """The same everywhere."""
    assert (await process.ask(request("GET", "/health/live", "X: " + "x" * 70_000))).status == 431


async def test_a_hang_up_ends_nothing(process: Service) -> None:
    """Whoever asks for a reload gets none, as the access file is read again anyway, and loses no request under way."""
    async with process.raw() as raw:
        await raw.send(request("GET", "/health/live")[:-2])
        process.process.send_signal(signal.SIGHUP)
        await raw.send(b"\r\n")
        assert (await raw.answer()).status == 200
    assert process.process.returncode is None
