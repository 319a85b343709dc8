"""The read API with more who wait for the fold than it lets wait."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from services.kit.access_format import Access
from services.scoring.main import create_api
from services.scoring.reading import waiting
from services.scoring.settings import ScoringSettings
from tests.support.ingest import access_file

UNITS = "/v1/units?on=2026-03-02"
FAR = f"{UNITS}&at_least=events/0:1000000"


@pytest.fixture
async def api(scoring_dsn: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FastAPI]:
    """A read API on an empty database that lets two wait, for two seconds."""
    monkeypatch.setattr(waiting, "LONGEST_S", 2.0)
    settings = ScoringSettings(
        kafka="127.0.0.1:1", tokens_file=Path("/nonexistent"), scoring_dsn=SecretStr(scoring_dsn), most_waiters=2
    )
    app = create_api(settings, Access.model_validate(access_file()))
    async with app.router.lifespan_context(app):
        yield app


async def test_whoever_waits_too_much_is_told_when_to_come_again_and_others_are_answered(api: FastAPI) -> None:
    """503 with Retry-After at once beyond the limit, and after the wait within it; without `at_least` nobody waits."""
    bearer = {"authorization": "Bearer all"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://scoring", headers=bearer) as http:
        waiting_two = [asyncio.create_task(http.get(FAR)) for _ in range(2)]
        while len(api.state.waiters._waiting) < 2:
            await asyncio.sleep(0.01)
        beyond = await http.get(FAR)
        assert not any(task.done() for task in waiting_two)
        assert (await http.get(UNITS)).status_code == 200
        late = await asyncio.gather(*waiting_two)

    assert [(answer.status_code, answer.headers["retry-after"]) for answer in (beyond, *late)] == [(503, "2")] * 3
    assert "Too many requests wait" in beyond.json()["detail"]
