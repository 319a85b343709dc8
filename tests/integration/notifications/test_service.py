"""The whole service: from the log to alerts over HTTP, mail, `kinerja.alerts` and actions at ingest."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest

from schemas.topics import DIRECTORY
from services.local.servers import Servers
from services.setup.database import prepare_database
from services.setup.topics import create_topics
from tests.support.event_builders import event
from tests.support.notifications import PASSWORD, dropped, head, quiet, unit, unit_day, working_days
from tests.support.notifications_service import CAMAT, READER, STRANGER, Service, bearer, notifications_service

DAYS = working_days(65)
GOOD, BAD = DAYS[:60], DAYS[60:]
pytestmark = pytest.mark.timeout(90)


@pytest.fixture(scope="module")
async def service(
    servers: Servers, module_database: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Service]:
    """Notifications and ingest on real servers, shared by the tests of this module."""
    parts = urlsplit(module_database)
    dsns = {
        role: urlunsplit(parts._replace(netloc=f"{role}:{PASSWORD}@{parts.hostname}:{parts.port}"))
        for role in ("ingest", "notifications")
    }
    await prepare_database(module_database, dsns)
    await create_topics(servers.kafka.address)
    folder: Path = tmp_path_factory.mktemp("notifications")
    async with notifications_service(servers.kafka.address, dsns, folder) as running:
        yield running


def person(employee: str) -> dict[str, Any]:
    """A registration as a source sends it."""
    return event("employee.registered.v1", f"employee:{employee}", {"name": "Siti", "effective_from": "2026-01-01"})


async def raised(service: Service, code: str, employee: str) -> str:
    """Let a drop happen in a new unit led by *employee*; the id of its alert."""
    await service.register(unit(code), person(employee), head(employee, code))
    body = {"preferences": [{"employee": employee, "email": f"{employee.lower()}@example.test"}]}
    assert (await service.hr.put("/v1/preferences", json=body)).status_code == 200
    await service.publish([*quiet(code, GOOD), *dropped(code, BAD)])
    return str((await service.alert_of(code))["id"])


async def test_a_drop_on_the_log_is_listed_mailed_and_published(service: Service) -> None:
    """The alert shows unit, figures, leader and history; its head has a mail; its step is on the topic."""
    identity = await raised(service, "A1", "E11")
    alert = (await service.hr.get(f"/v1/alerts/{identity}")).json()
    assert alert["unit"] == {"code": "A1", "name": "Kelurahan A1"}
    assert (alert["indicator"], alert["state"], alert["n"], alert["failures"]) == ("attendance", "raised", 50, "25")
    assert (alert["value"], alert["since"], alert["chance_years"]) == ("0.5000", BAD[0].isoformat(), "4")
    assert alert["leader"] == {"employee": "E11", "unit": "A1", "acting": False}
    assert [step["step"] for step in alert["history"]] == ["raised"]
    (mail,) = await service.mails_to("e11@example.test", 1)
    assert "Kelurahan A1" in mail["Subject"]
    (step,) = await service.steps_on_the_topic(identity, 1)
    assert (step["kind"], step["unit"], step["value"]) == ("raised", "A1", alert["history"][0]["detail"]["value"])
    sent = (await service.hr.get("/v1/deliveries")).json()["deliveries"]
    assert [(each["recipient"], each["state"]) for each in sent if each["alert"] == identity] == [("E11", "sent")]


async def test_acknowledging_is_noted_once_with_who_did_it(service: Service) -> None:
    """A second acknowledgement changes nothing; an alert that was withdrawn cannot be acknowledged."""
    identity = await raised(service, "A2", "E12")
    first = (await service.hr.post(f"/v1/alerts/{identity}/acknowledge")).json()
    again = (await service.hr.post(f"/v1/alerts/{identity}/acknowledge")).json()
    assert (first["state"], first["acknowledged_by"], again["acknowledged_at"]) == (
        "acknowledged",
        "hr",
        first["acknowledged_at"],
    )
    assert [(step["step"], step["by"]) for step in again["history"]] == [("raised", None), ("acknowledged", "hr")]
    await service.publish([unit_day("A2", day, revision=2) for day in BAD])
    await service.mails_to("e12@example.test", 2)
    refused = await service.hr.post(f"/v1/alerts/{identity}/acknowledge")
    assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")


async def test_an_action_goes_to_ingest_once_and_stays_with_the_alert(service: Service) -> None:
    """The same action sent twice is one event on the log and one step of the alert."""
    identity = await raised(service, "A3", "E13")
    action = {"kind": "dialogue", "owner": "E13", "due": "2026-05-01", "note": "Bicara dengan tim"}
    answers = [await service.hr.post(f"/v1/alerts/{identity}/actions", json=action) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    alert = answers[1].json()
    assert (alert["state"], len(alert["actions"])) == ("action_recorded", 1)
    assert (alert["actions"][0]["kind"], alert["actions"][0]["state"]) == ("dialogue", "recorded")
    (event,) = await service.actions_on_the_log(identity, 1)
    assert (event["type"], event["subject"], event["data"]["owner"]) == ("action.recorded.v1", "unit:A3", "E13")
    kinds = [step["kind"] for step in await service.steps_on_the_topic(identity, 2)]
    assert kinds == ["raised", "action_recorded"]


async def test_what_an_older_version_kept_for_later_is_taken_in_without_anybody(service: Service) -> None:
    """The version that knows the type looks by itself, as it starts and from time to time."""
    pool = service.app.state.pool
    kept = json.dumps(unit("A9")).encode()
    await pool.execute(
        "INSERT INTO set_aside VALUES ($1, 99, 0, 'unknown type', $2, now(), true, now())", DIRECTORY, kept
    )
    async with asyncio.timeout(30):
        while not await pool.fetchval("SELECT count(*) FROM unit_version WHERE unit = 'A9'"):
            await asyncio.sleep(0.1)

    assert await pool.fetchval("SELECT count(*) FROM set_aside WHERE partition = 99") == 0


async def test_lists_are_paged_newest_first_without_gap_or_repeat(service: Service) -> None:
    """Following `next` shows every alert once."""
    for number in (4, 5, 6):
        await raised(service, f"A{number}", f"E1{number}")
    everything = [alert["id"] for alert in (await service.hr.get("/v1/alerts")).json()["alerts"]]
    seen: list[str] = []
    after: int | None = None
    while True:
        params = {"limit": 2} if after is None else {"limit": 2, "after": after}
        page = (await service.hr.get("/v1/alerts", params=params)).json()
        seen += [alert["id"] for alert in page["alerts"]]
        after = page["next"]
        if after is None:
            break
    assert seen == everything
    assert len(seen) >= 3


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/v1/alerts/none", None, 404),
        ("GET", "/v1/alerts?state=lost", None, 422),
        ("GET", "/v1/alerts?limit=0", None, 422),
        ("POST", "/v1/alerts/none/acknowledge", None, 404),
        ("POST", "/v1/alerts/none/actions", {"kind": "dialogue", "owner": "E1"}, 404),
        ("POST", "/v1/alerts/none/actions", {"kind": "punish", "owner": "E1"}, 422),
        ("PUT", "/v1/preferences", {"preferences": [{"employee": "E1", "email": "not an address"}]}, 422),
        ("PUT", "/v1/preferences", {"preferences": [{"employee": "E1"}, {"employee": "E1"}]}, 422),
        ("PUT", "/v1/preferences", {"preferences": [{"employee": "E1", "mute": True}]}, 422),
        ("GET", "/v1/nothing", None, 404),
    ],
)
async def test_bad_requests_are_told_what_is_wrong(
    service: Service, method: str, path: str, body: dict[str, object] | None, status: int
) -> None:
    """Every error is problem+json with a sentence."""
    answer = await service.hr.request(method, path, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["detail"]


async def test_only_readers_may_look(service: Service) -> None:
    """Without a token 401, with one that has no right 403; health and metrics are open."""
    transport = httpx.ASGITransport(service.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://notifications") as anyone:
        assert (await anyone.get("/v1/alerts")).status_code == 401
        assert (await anyone.get("/v1/alerts", headers=bearer(STRANGER))).status_code == 403
        assert (await anyone.put("/v1/preferences", headers=bearer(STRANGER), json={})).status_code == 403
        assert (await anyone.get("/health/live")).status_code == 200
        assert (await anyone.get("/health/ready")).status_code == 200
        assert "kinerja_notifications_folded_total" in (await anyone.get("/metrics")).text


async def test_reading_gives_no_right_to_change_anything(service: Service) -> None:
    """A reader sees the alert and is told which right is missing; nothing was noted, and no preference set."""
    identity = await raised(service, "A8", "E18")
    reader, path = bearer(READER), f"/v1/alerts/{identity}"
    assert (await service.hr.get(path, headers=reader)).status_code == 200
    tries = (
        ("POST", f"{path}/acknowledge", None, "alerts:acknowledge"),
        ("POST", f"{path}/actions", {"kind": "coaching", "owner": "E18"}, "alerts:act"),
        ("PUT", "/v1/preferences", {"preferences": [{"employee": "E18", "muted": True}]}, "preferences:set"),
    )
    for method, where, body, right in tries:
        answer = await service.hr.request(method, where, headers=reader, json=body)
        assert (answer.status_code, right in answer.json()["detail"]) == (403, True)
    alert = (await service.hr.get(path)).json()
    assert (alert["state"], alert["acknowledged_by"], alert["actions"]) == ("raised", None, [])
    preferences = (await service.hr.get("/v1/preferences")).json()["preferences"]
    assert [each["muted"] for each in preferences if each["employee"] == "E18"] == [False]


async def test_who_sees_some_units_and_people_sees_no_others(service: Service) -> None:
    """Alerts, messages and preferences of others are not there; what is seen may still not be acted upon."""
    led = (
        ("camat-1", "staf-1"),
        ("camat-2", "staf-2"),
        ("lurah-1", "warga-1"),
    )  # the log has other modules' units, too
    seen, _, other = [await raised(service, code, employee) for code, employee in led]
    for _, employee in led:
        assert await service.mails_to(f"{employee}@example.test", 1)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(service.app), base_url="http://notifications", headers=bearer(CAMAT)
    ) as camat:
        page = (await camat.get("/v1/alerts", params={"limit": 1})).json()
        rest = (await camat.get("/v1/alerts", params={"after": page["next"]})).json()
        sent = (await camat.get("/v1/deliveries")).json()["deliveries"]
        known = (await camat.get("/v1/preferences")).json()["preferences"]
        answers = [
            await camat.get(f"/v1/alerts/{other}"),
            await camat.get("/v1/alerts/none"),
            await camat.post(f"/v1/alerts/{other}/acknowledge"),
            await camat.post(f"/v1/alerts/{seen}/acknowledge"),
            await camat.post(f"/v1/alerts/{rest['alerts'][0]['id']}/acknowledge"),
            await camat.post(f"/v1/alerts/{page['alerts'][0]['id']}/acknowledge"),
            await camat.put("/v1/preferences", json={"preferences": [{"employee": "staf-1"}]}),
            await camat.put("/v1/preferences", json={"preferences": [{"employee": "staf-1"}, {"employee": "warga-1"}]}),
        ]

    assert [alert["unit"]["code"] for alert in page["alerts"] + rest["alerts"]] == ["camat-2", "camat-1"]
    assert {each["recipient"] for each in sent} == {"staf-1", "staf-2"}
    assert {each["employee"] for each in known} == {"staf-1", "staf-2"}
    assert [answer.status_code for answer in answers] == [404, 404, 404, 200, 200, 403, 200, 403]
    assert answers[0].json()["detail"].replace(other, "none") == answers[1].json()["detail"]
    assert "preferences of warga-1" in answers[7].json()["detail"]


async def test_the_service_goes_on_by_itself_after_kafka_and_postgres_were_killed(
    service: Service, servers: Servers
) -> None:
    """Both servers die at once and come back: what is published afterwards becomes an alert and a mail."""
    await servers.postgres.kill()
    await servers.kafka.kill()
    answer = await service.hr.get("/v1/alerts")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    await servers.postgres.start()
    await servers.kafka.start()
    await raised(service, "A9", "E19")
    assert await service.mails_to("e19@example.test", 1)
