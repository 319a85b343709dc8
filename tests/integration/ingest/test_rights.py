"""What can only be judged inside: whose alias it is, and whom an alias stands for."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from services.ingest.main import create_app
from services.ingest.store.queries import QUERIES
from services.kit.access_file import AccessFile
from services.local.servers import Servers
from tests.support.ingest import Ingest, Json, Log, Source, access_file, running, settings_for, token_entry


@pytest.fixture
async def limited(servers: Servers, topics: None, dsn: str, source: Source) -> AsyncIterator[Ingest]:
    """Ingest, with `clerk`, who may write everything but take no alias, and `unit`, who may write about own people."""
    own = {"source": "*", "type": "*", "subject": f"employee:own-{source.name}*"}
    access = access_file()
    access["tokens"] += [
        token_entry("clerk", {"write": [{"source": "*", "type": "*"}]}),
        token_entry("unit", {"write": [own]}),
        token_entry("names", {"read": [{"service": "people", "subject": own["subject"]}]}),
    ]
    async with running(settings_for(dsn, servers.kafka.address), access) as instance:
        yield instance


async def test_names_are_shown_of_those_in_the_scope_alone(limited: Ingest, source: Source) -> None:
    """Others are left out like people who are not there."""
    own, other = f"own-{source.name}-1", source.own("E1")
    await limited.take([source.person(own, name="Siti"), source.person(other, name="Budi")])
    answer = await limited.get("/v1/people", token="names", ids=f"{own},{other}")

    assert answer.json() == {"people": [{"id": own, "name": "Siti"}]}


async def _results(ingest: Ingest, events: Any, token: str) -> list[tuple[str, int | None]]:
    answer = await ingest.post(events if isinstance(events, list) else [events], token=token)
    return [(each["status"], each.get("problem", {}).get("status")) for each in answer.json()["results"]]


async def test_nobody_takes_over_a_badge_without_the_right(limited: Ingest, log: Log, source: Source) -> None:
    """The badge stays whose it is, for whatever day; the identity is free for the registration as it should be."""
    holder, thief, badge = source.own("E1"), source.own("E2"), source.own("T7/1")
    await limited.take(source.person(holder, badge))
    taken = source.person(thief, badge, since="2026-06-01")
    earlier = source.person(thief, badge, since="2020-01-01")
    answer = await limited.post([taken, earlier], token="clerk")
    assert answer.status_code == 403
    assert "held by another employee" in answer.json()["results"][0]["problem"]["detail"]
    assert holder not in answer.text

    assert await limited.take(source.punch(f"badge:{badge}")) == ["accepted"]
    mended = source.person(thief, source.own("T7/2"), id=taken["id"])
    assert await _results(limited, mended, "clerk") == [("accepted", None)]
    await log.until(lambda: len(log.of(source)) == 3)
    assert [event["subject"] for event in log.of(source) if "punched" in event["type"]] == [f"employee:{holder}"]


async def test_who_may_hand_badges_over_does(limited: Ingest, source: Source) -> None:
    """And a retry of the holder before goes the way of its first try, whoever sends it."""
    first, second, badge = source.own("E1"), source.own("E2"), source.own("T7/1")
    before = source.person(first, badge)
    assert await _results(limited, before, "clerk") == [("accepted", None)]
    assert await _results(limited, source.person(second, badge, since="2026-06-01"), "all") == [("accepted", None)]
    assert await _results(limited, before, "clerk") == [("accepted", None)]
    again = source.person(first, badge, since="2026-07-01")
    assert await _results(limited, again, "clerk") == [("rejected", 403)]


async def test_within_one_request_the_first_holds_the_badge(limited: Ingest, source: Source) -> None:
    """What follows relies on the one that was accepted; the same employee again takes nothing over."""
    first, second, badge = source.own("E1"), source.own("E2"), source.own("T7/1")
    batch = [
        source.person(first, badge),
        source.person(second, badge),
        source.person(first, badge, since="2026-02-01"),
        source.punch(f"employee:{second}"),
        source.punch(f"badge:{badge}"),
    ]
    assert [status for status, _ in await _results(limited, batch, "clerk")] == [
        "accepted",
        "rejected",
        "accepted",
        "parked",
        "accepted",
    ]


async def test_an_alias_is_judged_by_who_holds_it(limited: Ingest, log: Log, source: Source) -> None:
    """Known or registered afterwards: about others it is refused, and what waited becomes a dead letter."""
    mine, other = f"own-{source.name}", source.own("E2")
    badges = [source.own(f"T7/{number}") for number in range(4)]
    await limited.take([source.person(mine, badges[0]), source.person(other, badges[1])])
    punches = [source.punch(f"badge:{badge}") for badge in badges]
    assert await _results(limited, punches, "unit") == [
        ("accepted", None),
        ("rejected", 403),
        ("parked", None),
        ("parked", None),
    ]
    await limited.take([source.person(mine + "2", badges[2]), source.person(other + "2", badges[3])])

    async def refused() -> bool:
        return bool(await limited.dead_letters())

    await limited.until(refused)
    (letter,) = await limited.dead_letters()
    assert (letter["event"]["id"], letter["client"], letter["origin"]) == (punches[3]["id"], "unit", "parked")
    assert other not in letter["reason"]
    assert await limited.parked() == {}
    await log.until(lambda: len([event for event in log.of(source) if "punched" in event["type"]]) == 2)
    assert await _results(limited, punches[3], "unit") == [("rejected", 403)], "its identity is free again"


async def test_a_running_service_follows_its_access_file(
    servers: Servers, topics: None, dsn: str, source: Source, tmp_path: Path
) -> None:
    """A holder who is added may send, one who is taken out may not, and an ended token is told since when."""
    path = tmp_path / "access.json"

    def hold(*names: str, **more: Any) -> None:
        grant = {"write": [{"source": "*", "type": "*"}], **more}
        path.write_text(json.dumps({"tokens": [token_entry(name, grant) for name in names]}))

    hold("before")
    app = create_app(settings_for(dsn, servers.kafka.address), AccessFile(path, look_every_s=0))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    client = httpx.AsyncClient(transport=transport, base_url="http://ingest")
    async with app.router.lifespan_context(app), client as http:
        await app.state.door.log.wait_until_up(10)
        ingest = Ingest(http, app)
        unit = source.unit(source.own("U1"))
        assert [(await ingest.post(unit, token=token)).status_code for token in ("before", "after")] == [202, 401]
        hold("after")
        assert [(await ingest.post(unit, token=token)).status_code for token in ("before", "after")] == [401, 202]
        hold("after", expires_at="2026-11-24T08:00:00+07:00")
        ended = await ingest.post(unit, token="after")
        assert (ended.status_code, "2026-11-24T08:00:00+07:00" in ended.json()["detail"]) == (401, True)


async def test_looking_for_another_holder_costs_the_same_after_years_of_registrations(dsn: str) -> None:
    """A personnel system that sends everybody every night: of five thousand rows not three are read."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(
            "INSERT INTO alias SELECT 'badge:T7/1', '2020-01-01'::date + n, now(), 's', n::text, 'E1' "
            "FROM generate_series(1, 5000) AS n"
        )
        await connection.execute("ANALYZE alias")
        asked = f"EXPLAIN (ANALYZE, FORMAT json) {QUERIES.others_aliases.sql}"
        plan = json.loads(await connection.fetchval(asked, ["0" * 32], ["E1"], ["badge:T7/1"]))
        assert len(scans := list(_scans(plan[0]["Plan"], "alias"))) > 0
        assert sum(scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0) for scan in scans) < 3
    finally:
        await connection.close()


def _scans(plan: Json, table: str) -> Iterator[Json]:
    if plan.get("Relation Name") == table:
        yield plan
    for child in plan.get("Plans", []):
        yield from _scans(child, table)
