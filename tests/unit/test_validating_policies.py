"""POST /v1/policies/validate: whether a document could be proposed, told before it is, with every mistake."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from schemas.policy.shipped import DEFAULT
from services.kit.access_format import Access
from services.kit.errors import Unavailable
from services.scoring.api import policies
from services.scoring.main import create_api
from services.scoring.reading.beside import OneAtATime
from services.scoring.settings import ScoringSettings
from tests.support.ingest import access_file
from tests.support.policy_events import document, hash_of, shorter
from tests.unit.test_policies import HASHES

YAML = (files("schemas") / "policies" / f"{DEFAULT}.yaml").read_bytes()
WHOLE = document(7)


@pytest.fixture
async def api() -> AsyncIterator[httpx.AsyncClient]:
    """The read API, not started: no database is asked."""
    settings = ScoringSettings(
        kafka="127.0.0.1:1", tokens_file=Path("/nonexistent"), scoring_dsn=SecretStr("postgresql://nobody@localhost/x")
    )
    app = create_api(settings, Access.model_validate(access_file()))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://scoring") as http:
        yield http


async def _validate(
    api: httpx.AsyncClient, body: bytes, kind: str = "application/yaml", token: str = "all", **headers: str
) -> httpx.Response:
    given = {"authorization": f"Bearer {token}", "content-type": kind, **headers}
    return await api.post("/v1/policies/validate", content=body, headers=given)


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (YAML, "application/yaml", {"policy": DEFAULT, "version": 1, "sha256": HASHES[DEFAULT]}),
        (YAML, "text/x-yaml; charset=utf-8", {"sha256": HASHES[DEFAULT]}),
        (json.dumps(shorter(WHOLE)).encode(), "application/json", {"version": 7, "sha256": hash_of(WHOLE)}),
        (json.dumps(WHOLE).encode(), "Application/YAML", {"name": WHOLE["name"], "sha256": hash_of(WHOLE)}),
    ],
)
async def test_a_sound_policy_is_told_by_what_it_is_known(
    api: httpx.AsyncClient, body: bytes, kind: str, said: dict[str, Any]
) -> None:
    """In YAML or JSON, whatever it leaves out."""
    answer = await _validate(api, body, kind)
    assert answer.status_code == 200
    assert answer.json()["valid"] is True
    assert said.items() <= answer.json().items()
    assert set(answer.json()) == {"valid", "policy", "version", "name", "sha256"}


async def test_every_mistake_is_told_at_once(api: httpx.AsyncClient) -> None:
    """By its pointer, and in YAML by its line."""
    wrong = YAML.replace(b"evaluation: 10", b"evaluation: 61").replace(b"levels: tingkat", b"levels: x")
    answer = await _validate(api, wrong)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    lines = {each["pointer"]: each["line"] for each in answer.json()["errors"]}
    at = {name: 1 + YAML[: YAML.index(name)].count(b"\n") for name in (b"clocks:", b"levels: tingkat")}
    assert lines == {"/clocks/evaluation": at[b"clocks:"], "/suggestion/clauses/levels": at[b"levels: tingkat"]}

    told = (await _validate(api, json.dumps(WHOLE | {"version": 0}).encode(), "application/json")).json()
    assert told["errors"] == [{"pointer": "/version", "detail": told["errors"][0]["detail"]}]
    assert "one mistake" in told["detail"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"a: [1\nb: 2", "application/yaml"),
        (b"", "application/yaml"),
        (b"\xff", "application/yaml"),
        (b"a: &a [*a]", "application/yaml"),
        (b"a: !!python/name:os.system", "application/yaml"),
        (b"", "application/json"),
        (b'{"a": 1', "application/json"),
        (b'{"a": "\\ud800"}', "application/json"),
        (b'{"\\u0000": 1, "a\\u2028": [{}]}', "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"[]", "application/json"),
    ],
)
async def test_what_is_no_document_is_a_mistake_too(api: httpx.AsyncClient, body: bytes, kind: str) -> None:
    """Never a failure of ours."""
    answer = await _validate(api, body, kind)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["errors"]


@pytest.mark.parametrize(
    ("body", "kind", "headers", "status"),
    [
        (YAML, "text/plain", {}, 415),
        (YAML, "", {}, 415),
        (YAML, "application/yaml", {"content-encoding": "gzip"}, 415),
        (b"#" * (policies.MOST_YAML + 1), "application/yaml", {}, 413),
        (b" " * (policies.MOST_JSON + 1), "application/json", {}, 413),
        (YAML, "application/yaml", {"authorization": "Bearer who"}, 401),
        (YAML, "application/yaml", {"authorization": "Bearer terminal"}, 403),
    ],
)
async def test_other_bodies_and_askers_are_refused(
    api: httpx.AsyncClient, body: bytes, kind: str, headers: dict[str, str], status: int
) -> None:
    """Before anything of it is read."""
    answer = await _validate(api, body, kind, **headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_documents_are_read_one_at_a_time_and_few_wait() -> None:
    """Whoever comes when too many wait is told to come again; the others are answered in the end."""
    reading, going_on = OneAtATime("test", most=3), threading.Event()
    at_once, most_at_once = 0, 0

    def work() -> int:
        nonlocal at_once, most_at_once
        at_once += 1
        most_at_once = max(most_at_once, at_once)
        going_on.wait(10)
        at_once -= 1
        return 1

    waiting = [asyncio.create_task(reading.work(work)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await reading.work(work)
    going_on.set()
    assert (sum(await asyncio.gather(*waiting)), most_at_once) == (3, 1)
    assert await reading.work(work) == 1
