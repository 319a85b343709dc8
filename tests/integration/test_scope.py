"""A reader of some subjects only: others are not there for it, in answers and on the stream."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from schemas.rights import READ_SCORING
from services.kit.access import Grant, Principal, Scope
from services.kit.access_format import Access
from services.scoring.api.stream import Hub
from services.scoring.domain.record import DIRECTORY_PARTITION
from services.scoring.main import create_api
from services.scoring.settings import ScoringSettings
from tests.integration.conftest import role_dsn
from tests.support.event_builders import assigned, person, punch, unit
from tests.support.folding import Scoring, as_log
from tests.support.ingest import token_entry

FOUNDED = [unit("K"), unit("A", parent="K"), unit("B", parent="K"), person("E1"), person("E2"), assigned("E1", "A")]
SPAN = "from=2026-03-01&to=2026-03-31"
GRANTS: dict[str, Any] = {
    "all": {"read": ["scoring"]},
    "some": {"read": [{"service": "scoring", "subject": each} for each in ("unit:[AX]", "employee:E1")]},
    "none": {"read": ["ingest"]},
}
ACCESS = Access.model_validate({"tokens": [token_entry(name, grant) for name, grant in GRANTS.items()]})


@pytest.fixture
async def scoring(migrated: str) -> AsyncIterator[Scoring]:
    """A scoring database with two units below one and two people."""
    opened = await Scoring.open(role_dsn(migrated, "scoring"))
    await opened.fold(as_log(FOUNDED, opened.partitions), [9])
    yield opened
    opened.pool.terminate()


@pytest.fixture
async def api(scoring: Scoring, migrated: str) -> AsyncIterator[httpx.AsyncClient]:
    """The read API on it."""
    settings = ScoringSettings(
        kafka="127.0.0.1:9", tokens_file=Path("/nonexistent"), scoring_dsn=SecretStr(role_dsn(migrated, "scoring"))
    )
    app = create_api(settings, ACCESS)
    transport = httpx.ASGITransport(app=app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://us") as http:
        yield http


async def _get(api: httpx.AsyncClient, path: str, token: str) -> httpx.Response:
    return await api.get(path, headers={"authorization": f"Bearer {token}"})


@pytest.mark.parametrize("kind", ["units", "employees"])
async def test_what_lies_outside_a_scope_is_answered_like_what_is_not_there(api: httpx.AsyncClient, kind: str) -> None:
    """Word by word, so that nobody finds out by asking who is there; what lies within is answered as to everybody."""
    own, other, nobody = {"units": ("A", "B", "X"), "employees": ("E1", "E2", "E9")}[kind]
    answers = {code: await _get(api, f"/v1/{kind}/{code}/measures?{SPAN}", "some") for code in (own, other, nobody)}
    whole = await _get(api, f"/v1/{kind}/{own}/measures?{SPAN}", "all")
    told = {code: answer.json().get("detail", "").replace(code, "...") for code, answer in answers.items()}

    assert {code: answer.status_code for code, answer in answers.items()} == {own: 200, other: 404, nobody: 404}
    assert answers[own].content == whole.content
    assert told[other] == told[nobody] != ""
    assert answers[other].headers["content-type"] == "application/problem+json"
    assert (await _get(api, f"/v1/{kind}/{own}/measures?{SPAN}", "none")).status_code == 403


async def test_the_employees_of_a_scope_alone_open_down_to_their_events(api: httpx.AsyncClient) -> None:
    """Whoever may not see a figure does not see what is behind it."""
    statuses = [
        (await _get(api, f"/v1/employees/{employee}/events?{SPAN}", "some")).status_code for employee in ("E1", "E2")
    ]

    assert statuses == [200, 404]


async def test_the_list_of_units_has_those_of_the_scope(api: httpx.AsyncClient) -> None:
    """Everybody else's list has all."""
    listed = {
        token: [each["code"] for each in (await _get(api, "/v1/units?on=2026-03-01", token)).json()["units"]]
        for token in ("some", "all")
    }

    assert listed == {"some": ["A"], "all": ["A", "B", "K"]}


async def test_policies_are_rules_that_every_reader_may_see(api: httpx.AsyncClient) -> None:
    """Also one of some units only, who is judged by those of the units above; nobody else."""
    listed = {token: await _get(api, "/v1/policies", token) for token in ("some", "all", "none")}

    assert {token: answer.status_code for token, answer in listed.items()} == {"some": 200, "all": 200, "none": 403}
    assert listed["some"].content == listed["all"].content


async def test_a_stream_tells_what_lies_in_the_scope_of_the_moment_and_ends_without_any(scoring: Scoring) -> None:
    """Rights are given and taken while it is open: each event is told by those in force then."""
    scopes = [Scope(("unit:K", "employee:E2")), Scope(("unit:K", "employee:E2")), Scope(("unit:A",)), Scope()]
    hub = Hub(scoring.pool)
    listening = asyncio.create_task(hub.listen())
    told = hub.changes(0.01, resumed=False, sight=lambda: scopes.pop(0))
    days = [f"2026-03-0{day}T07:20:00+07:00" for day in (2, 3, 4)]
    log = as_log([*FOUNDED, *(punch("E1", day) for day in days)], scoring.partitions)
    del log[DIRECTORY_PARTITION]
    ((partition, records),) = [(number, found) for number, found in log.items() if found]
    async with asyncio.timeout(10):
        heard: list[Any] = [(await anext(told)).event]
        for record in records:
            await scoring.fold({partition: [record]}, [9])
            heard.append(json.loads(str(event.data)) if (event := await anext(told, None)) else None)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)

    assert heard == ["resync", {"subjects": ["unit:K"]}, {"subjects": ["unit:A"]}, None]


def test_a_grant_of_nothing_is_not_one_of_everything() -> None:
    """A limit that fits nobody leaves nobody."""
    scope = Principal("a", (Grant(READ_SCORING, {"subject": ""}),)).scope(READ_SCORING)

    assert not scope.of(["unit:A", "employee:E1"])
