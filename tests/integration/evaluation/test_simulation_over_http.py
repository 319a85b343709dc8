"""The policy lab over HTTP: answers, those that go on in the background, tables, rights and mistakes."""

import asyncio
import csv
import hashlib
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import rfc8785
from pydantic import SecretStr

from services.kit.access_format import Access
from services.kit.errors import Unavailable
from services.local.servers import Servers
from services.scoring.main import create_api
from services.scoring.reading import simulations
from services.scoring.reading.lab import Lab, Simulated
from services.scoring.settings import ScoringSettings
from tests.integration.conftest import role_dsn
from tests.support.databases import fresh_database
from tests.support.folding import Scoring
from tests.support.ingest import token_entry
from tests.support.lab_histories import whole_document
from tests.support.policy_events import hash_of
from tests.support.scorecards import WORKED, fold_all

PATH = "/v1/policies/simulate"
MONTH = {"unit": "*", "from": "2026-11", "to": "2026-11"}
GRANTS: dict[str, Any] = {
    "all": {"read": ["scoring"]},
    "units": {"read": [{"service": "scoring", "subject": "unit:*"}]},
    "some": {"read": [{"service": "scoring", "subject": "unit:padangsari"}]},
}
ACCESS = Access.model_validate({"tokens": [token_entry(name, grant) for name, grant in GRANTS.items()]})


def gentle() -> dict[str, Any]:
    """The shipped policy, but a quarter of utama below is no small part any more: half is."""
    whole = whole_document(7)
    whole["suggestion"] |= {"small_part": "49/100", "most": "1/2"}
    whole["suggestion"]["levels"] = {"meets": 80, "above": 110}
    return whole


@pytest.fixture(scope="module")
async def dsn(servers: Servers, template: str) -> AsyncIterator[str]:
    """A scoring database with the worked events folded."""
    async with fresh_database(servers.postgres.address, template) as admin:
        opened = await Scoring.open(role_dsn(admin, "scoring"))
        await fold_all(opened, WORKED["events"])
        await opened.pool.close()
        yield role_dsn(admin, "scoring")


@pytest.fixture
async def api(dsn: str, request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    """The read API on it; a parameter says how many cases are waited for."""
    async with serving(dsn, getattr(request, "param", 5_000)) as http:
        yield http


@asynccontextmanager
async def serving(dsn: str, limit: int) -> AsyncIterator[httpx.AsyncClient]:
    """The read API, which waits for so many cases."""
    settings = ScoringSettings(
        kafka="127.0.0.1:9", tokens_file=Path("/nonexistent"), scoring_dsn=SecretStr(dsn), simulated_at_once=limit
    )
    app = create_api(settings, ACCESS)
    transport = httpx.ASGITransport(app=app)
    bearer = {"authorization": "Bearer all"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://us", headers=bearer) as http,
    ):
        yield http


async def test_a_gentler_policy_moves_the_worked_example_up(api: httpx.AsyncClient) -> None:
    """E1001: surat has 80, which meets now; W 20, so hasil kerja rises to meets; perilaku stays. Equal bytes twice."""
    request = {**MONTH, "document": gentle(), "people": True}
    answer, again = await api.post(PATH, json=request), await api.post(PATH, json=request)
    told = answer.json()

    assert (answer.status_code, again.content) == (200, answer.content)
    row = {"employee": "E1001", "period": "2026-11", "group": "hasil_kerja", "before": "below", "after": "meets"}
    assert row in told["people"]
    assert told["moves"]["hasil_kerja"]["up"] == 1
    assert told["policy"] == {
        "policy": "percobaan",
        "version": 7,
        "sha256": hash_of(gentle()),
        "from": None,
        "simulated": True,
    }
    assert "kepuasan" in told["no_data"]
    assert list(told) == [
        *("policy", "position", "cases", "moves", "by_unit", "by_position", "by_pattern", "warnings", "no_data"),
        "people",
    ]
    assert (await api.post(PATH, json=request | {"people": False})).json()["people"] is None


@pytest.mark.parametrize("api", [3], indirect=True)
async def test_more_cases_than_are_waited_for_go_on_in_the_background(api: httpx.AsyncClient) -> None:
    """The id is that of request and position; whoever asks for the same joins; the result is what waiting gives."""
    request: dict[str, Any] = {**MONTH, "document": gentle(), "people": True}
    begun = await api.post(PATH, json=request)
    place = begun.headers["location"]
    assert begun.status_code == 202
    assert set(begun.json()) == {"state", "done", "of", "result"}

    state = await _done(api, place)
    joined = await api.post(PATH, json=request)
    name = hashlib.sha256(rfc8785.dumps([request, state["result"]["position"]])).hexdigest()[:32]
    assert (state["state"], state["done"]) == ("done", state["of"])
    assert state["of"] == state["result"]["cases"] > 3
    assert place == joined.headers["location"] == f"/v1/policies/simulations/{name}"
    assert (await api.get(place)).json() == joined.json() == state
    assert (await api.get(place, headers={"accept": "text/csv"})).text.startswith("table,key,")


async def _done(api: httpx.AsyncClient, place: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            state: dict[str, Any] = (await api.get(place)).json()
            if state["state"] != "running":
                return state


@pytest.mark.parametrize("unit", ["*", "padangsari"])
async def test_the_background_gives_what_waiting_gives(dsn: str, unit: str) -> None:
    """Whether somebody waits decides nothing."""
    request = {**MONTH, "unit": unit, "document": gentle(), "people": True}
    async with serving(dsn, 0) as background, serving(dsn, 5_000) as waiting:
        begun = await background.post(PATH, json=request)
        state = await _done(background, begun.headers["location"])

        assert state["result"] == (await waiting.post(PATH, json=request)).json()


@pytest.mark.parametrize("api", [3], indirect=True)
async def test_only_so_many_go_on_at_once(api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Further ones are asked to come again, and nothing of them is left."""
    monkeypatch.setattr(simulations, "MOST_RUNNING", 0)
    refused = await api.post(PATH, json={**MONTH, "document": gentle()})
    assert (refused.status_code, "retry-after" in refused.headers) == (503, True)

    monkeypatch.setattr(simulations, "MOST_RUNNING", 1)
    assert (await api.post(PATH, json={**MONTH, "document": gentle()})).status_code == 202


@pytest.mark.parametrize("api", [3], indirect=True)
async def test_one_that_fails_says_so_and_can_be_asked_for_again(
    api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that went away is no answer for ever."""

    async def fail(_: Lab, note: object) -> Simulated:
        raise Unavailable("away")

    request = {**MONTH, "document": gentle()}
    with monkeypatch.context() as patched:
        patched.setattr(Lab, "simulated", fail)
        begun = await api.post(PATH, json=request)
        state = await _done(api, begun.headers["location"])
    assert (state["state"], state["result"]) == ("failed", None)

    again = await api.post(PATH, json=request)
    assert again.headers["location"] == begun.headers["location"]
    assert (await _done(api, again.headers["location"]))["state"] == "done"


async def test_a_switch_of_versions_that_waits_ends_a_simulation(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or everybody who reads would wait behind the switch, for as long as the simulation takes."""
    began, goes_on, real = asyncio.Event(), asyncio.Event(), Lab._give_way

    async def when_told(lab: Lab) -> None:
        began.set()
        await goes_on.wait()
        await real(lab)

    monkeypatch.setattr(Lab, "_give_way", when_told)
    async with serving(dsn, 0) as api:
        begun = await api.post(PATH, json={**MONTH, "document": gentle()})
        await began.wait()
        switch, watching = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
        locking = switch.execute("BEGIN; LOCK TABLE consumer_offset IN ACCESS EXCLUSIVE MODE")
        waiting = asyncio.create_task(locking)
        async with asyncio.timeout(10):
            while not await watching.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"):
                await asyncio.sleep(0.01)
            goes_on.set()
            await waiting
        await switch.execute("ROLLBACK")

        assert (await _done(api, begun.headers["location"]))["state"] == "failed"
        await switch.close()
        await watching.close()


@pytest.mark.parametrize("api", [3], indirect=True)
async def test_the_oldest_answers_are_forgotten(api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many are asked for, so many are kept."""
    monkeypatch.setattr(simulations, "MOST_KEPT", 1)
    places = []
    for known_at in ("2027-01-01T00:00:00Z", "2027-01-02T00:00:00Z"):
        begun = await api.post(PATH, json={**MONTH, "document": gentle(), "known_at": known_at})
        places.append(begun.headers["location"])
        await _done(api, places[-1])

    assert [(await api.get(place)).status_code for place in places] == [404, 200]


async def test_a_table_has_a_row_for_each_figure(api: httpx.AsyncClient) -> None:
    """Sums of its rows are the cases; texts that a spreadsheet would compute are harmless."""
    request = {**MONTH, "document": gentle(), "people": True}
    answer = await api.post(PATH, json=request, headers={"accept": "text/csv"})
    told = (await api.post(PATH, json=request)).json()
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text.count("\r\n") == len(rows) + 1
    for table in ("by_unit", "by_position", "by_pattern", "moves"):
        ways = ("up", "down", "same", "appears", "goes")
        counted = [int(row[way]) for row in rows if row["table"] == table for way in ways]
        assert sum(counted) == 2 * told["cases"]
    people = [row for row in rows if row["table"] == "people"]
    assert [
        (row["key"], row["period"], row["group"], row["before"] or None, row["after"] or None) for row in people
    ] == [(row["employee"], row["period"], row["group"], row["before"], row["after"]) for row in told["people"]]
    assert [row["key"] for row in rows if row["table"] == "no_data"] == told["no_data"]


async def test_who_may_read_about_all_units_may_try_policies_and_about_all_people_name_them(
    api: httpx.AsyncClient,
) -> None:
    """A part of the units is not enough, not even for that part; nor is a sum without names a right to names."""
    request = {**MONTH, "document": gentle()}

    async def status(token: str, **more: Any) -> int:
        answer = await api.post(PATH, json=request | more, headers={"authorization": f"Bearer {token}"})
        return answer.status_code

    assert [await status(each) for each in ("all", "units", "some", "nobody")] == [200, 200, 403, 401]
    assert [await status(each, people=True) for each in ("all", "units")] == [200, 403]
    assert await status("some", unit="padangsari") == 403


@pytest.mark.parametrize("api", [3], indirect=True)
async def test_the_names_in_a_background_answer_need_the_same_right(api: httpx.AsyncClient) -> None:
    """An address that somebody passes on opens nothing."""
    begun = await api.post(PATH, json={**MONTH, "document": gentle(), "people": True})
    await _done(api, begun.headers["location"])

    async def status(token: str) -> int:
        answer = await api.get(begun.headers["location"], headers={"authorization": f"Bearer {token}"})
        return answer.status_code

    assert [await status(each) for each in ("all", "units", "some", "nobody")] == [200, 403, 403, 401]
    assert (await api.get(f"/v1/policies/simulations/{'0' * 32}")).status_code == 404


BROKEN: list[tuple[dict[str, Any], set[str]]] = [
    ({"document": gentle(), "sha256": "0" * 64}, {"/document"}),
    ({}, {"/document"}),
    ({"sha256": "0" * 64}, {"/sha256"}),
    ({"sha256": "x", "from": "2026-13", "unit": "a b"}, {"/sha256", "/from", "/unit"}),
    ({"document": gentle(), "to": "2026-Q4"}, {"/to"}),
    ({"document": gentle(), "to": "2026-10"}, {"/to"}),
    ({"document": gentle(), "from": "2000-01"}, {"/to"}),
    ({"document": gentle(), "people": 1, "colour": "red"}, {"/people", "/colour"}),
    ({"document": gentle() | {"version": 0, "min_coverage": "2"}}, {"/document/version", "/document/min_coverage"}),
    ({"document": [], "known_at": "yesterday"}, {"/document", "/known_at"}),
]


@pytest.mark.parametrize(("wrong", "places"), BROKEN)
async def test_every_mistake_is_told_at_its_place(
    api: httpx.AsyncClient, wrong: dict[str, Any], places: set[str]
) -> None:
    """All at once, those of the document below /document."""
    answer = await api.post(PATH, json=MONTH | wrong)

    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert {each["pointer"] for each in answer.json()["errors"]} == places


async def test_what_is_no_json_or_too_much_is_refused(api: httpx.AsyncClient) -> None:
    """Each with its own status, and a unit that is not there with 404."""
    kind = {"content-type": "application/json"}
    assert (await api.post(PATH, content=b"{", headers=kind)).status_code == 422
    assert (await api.post(PATH, content=b'{"unit": "*", "unit": "*"}', headers=kind)).status_code == 422
    assert (await api.post(PATH, content=b"[]", headers=kind)).status_code == 422
    assert (await api.post(PATH, content=b" " * 600_000, headers=kind)).status_code == 413
    assert (await api.post(PATH, content=b"{}", headers={"content-type": "text/plain"})).status_code == 415
    assert (await api.post(PATH, json={**MONTH, "unit": "nowhere", "document": gentle()})).status_code == 404


async def test_before_anything_was_known_there_are_no_cases(api: httpx.AsyncClient) -> None:
    """As known at a moment: nobody belonged anywhere."""
    answer = await api.post(PATH, json={**MONTH, "document": gentle(), "known_at": "2020-01-01T00:00:00Z"})

    assert (answer.status_code, answer.json()["cases"]) == (200, 0)
    assert answer.json()["by_unit"] == {}
