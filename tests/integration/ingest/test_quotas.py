"""Nobody fills the house: what lies here of one client is bounded, told, and goes with its age."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from prometheus_client import REGISTRY

from services.local.servers import Servers
from tests.support.inbound import Upstream, joined
from tests.support.ingest import Ingest, Log, Source, running, settings_for

COUNTS = """
SELECT client, parked, dead_letters FROM held
EXCEPT
SELECT client, coalesce(p.n, 0), coalesce(d.n, 0)
FROM (SELECT client, count(*) AS n FROM parked GROUP BY client) AS p
FULL JOIN (SELECT client, count(*) AS n FROM dead_letter GROUP BY client) AS d USING (client)
"""


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to ingest's database, at whose end what was counted is what lies there."""
    connection = await asyncpg.connect(dsn)
    yield connection
    wrong = [row for row in await connection.fetch(COUNTS) if row["parked"] or row["dead_letters"]]
    assert wrong == []
    await connection.close()


@pytest.fixture
def bounded(servers: Servers, topics: None, dsn: str) -> Any:
    """Ingest with limits of the test's own."""

    @asynccontextmanager
    async def start(**knobs: Any) -> AsyncIterator[Ingest]:
        async with running(settings_for(dsn, servers.kafka.address, **knobs)) as instance:
            yield instance

    return start


def over_quota(what: str) -> float:
    """How many items the metric says were refused because their sender has too much here."""
    return REGISTRY.get_sample_value("kinerja_ingest_over_quota_total", {"what": what}) or 0.0


def _told(answer: Any) -> list[tuple[str, int | None]]:
    return [(each["status"], each.get("problem", {}).get("status")) for each in answer.json()["results"]]


async def test_only_so_many_events_of_a_client_wait(bounded: Any, database: asyncpg.Connection, source: Source) -> None:
    """Those beyond get 507 and keep no identity; others, and other clients, are taken; once released there is room."""
    known, unknown = source.own("E1"), source.own("E2")
    async with bounded(ingest_parked_limit=3) as ingest:
        await ingest.take(source.person(known))
        waiting = [source.punch(f"employee:{unknown}") for _ in range(5)]
        before = over_quota("parked")
        answer = await ingest.post([*waiting, source.punch(f"employee:{known}")])
        assert _told(answer) == [("parked", None)] * 3 + [("rejected", 507)] * 2 + [("accepted", None)]
        assert over_quota("parked") == before + 2
        assert "3 of this sender do already" in answer.json()["results"][3]["problem"]["detail"]
        assert await ingest.dead_letters() == []

        assert _told(await ingest.post(waiting[:3])) == [("parked", None)] * 3
        whole = await ingest.post(waiting[4])
        assert (whole.status_code, whole.headers["content-type"]) == (507, "application/problem+json")
        assert _told(await ingest.post(waiting[4], token="terminal")) == [("parked", None)]
        await ingest.take(source.person(unknown))

        async def released() -> bool:
            return not await ingest.parked()

        await ingest.until(released)
        other = source.own("E3")
        assert _told(await ingest.post([source.punch(f"employee:{other}") for _ in range(4)])) == [
            *[("parked", None)] * 3,
            ("rejected", 507),
        ]


async def test_only_so_many_dead_letters_of_a_client_are_kept(
    bounded: Any, database: asyncpg.Connection, source: Source
) -> None:
    """Beyond that the answer still says what is wrong, and that it was not kept; the same again needs no room."""
    async with bounded(ingest_dead_letter_limit=2) as ingest:
        wrong = [source.punch("employee:") for _ in range(4)]
        before = over_quota("dead_letters")
        answer = await ingest.post([wrong[0], wrong[0], *wrong[1:]])
        assert [status for _, status in _told(answer)] == [422, 422, 422, 507, 507]
        assert over_quota("dead_letters") == before + 2
        problem = answer.json()["results"][3]["problem"]
        assert (problem["errors"][0]["pointer"], "was not kept" in problem["detail"]) == ("/subject", True)
        assert answer.status_code == 422
        assert (await ingest.post(wrong[3])).status_code == 507
        assert (await ingest.post(wrong[1])).status_code == 422
        assert (await ingest.post(wrong[3], token="terminal")).status_code == 422
        assert [each["client"] for each in await ingest.dead_letters()] == ["all", "all", "terminal"]


async def test_one_body_of_small_wrong_items_does_not_fill_the_table(
    bounded: Any, database: asyncpg.Connection
) -> None:
    """Ten thousand different numbers in one batch leave as many letters as the limit says."""
    async with bounded(ingest_dead_letter_limit=50) as ingest:
        answer = await ingest.post(list(range(10_000)))
        assert [status for _, status in _told(answer)] == [422] * 50 + [507] * 9_950
        assert await database.fetchval("SELECT count(*) FROM dead_letter") == 50


async def test_only_so_many_new_events_of_a_client_come_in_a_day(
    bounded: Any, database: asyncpg.Connection, source: Source
) -> None:
    """Those beyond get 429 and the time to wait; duplicates are taken; nobody relies on a refused registration."""
    employee, late = source.own("E1"), source.own("E2")
    async with bounded(ingest_identities_a_day=3) as ingest:
        batch = [source.person(employee), *(source.punch(f"employee:{employee}") for _ in range(4))]
        before = over_quota("identities")
        assert _told(await ingest.post(batch)) == [("accepted", None)] * 3 + [("rejected", 429)] * 2
        assert over_quota("identities") == before + 2
        assert _told(await ingest.post(batch[:3])) == [("accepted", None)] * 3
        refused = await ingest.post([source.person(late), source.punch(f"employee:{late}")])
        assert (refused.status_code, _told(refused)) == (429, [("rejected", 429)] * 2)
        assert 0 < int(refused.headers["retry-after"]) <= 86_400
        assert await database.fetchval("SELECT count(*) FROM known WHERE subject = $1", f"employee:{late}") == 0
        assert await ingest.dead_letters() == []
        assert await database.fetchval("SELECT count(*) FROM claim") == 3
    async with bounded(ingest_identities_a_day=5) as ingest:
        again = [source.punch(f"employee:{employee}") for _ in range(3)]
        assert ("rejected", 429) in _told(await ingest.post(again)), "another process counts on"


async def test_dead_letters_go_with_their_age(bounded: Any, database: asyncpg.Connection, source: Source) -> None:
    """Replayed or open; younger ones stay, and there is room again."""
    async with bounded(ingest_dead_letter_limit=2, ingest_dead_letter_days=30) as ingest:
        await ingest.post([source.punch("employee:") for _ in range(2)])
        old, young = await ingest.dead_letters()
        await database.execute(
            "UPDATE dead_letter SET received_at = now() - interval '31 days' WHERE id = $1", old["id"]
        )
        await ingest.app.state.expiry.step()
        assert [each["id"] for each in await ingest.dead_letters()] == [young["id"]]
        assert (await ingest.post(source.punch("employee:"))).status_code == 422


async def test_a_running_service_looks_at_ages_by_itself(
    bounded: Any, database: asyncpg.Connection, source: Source
) -> None:
    """As it starts, and from time to time."""
    async with bounded() as ingest:
        await ingest.post(source.punch("employee:"))
    await database.execute("UPDATE dead_letter SET received_at = now() - interval '31 days'")
    async with bounded(ingest_dead_letter_days=30) as ingest:

        async def gone() -> bool:
            return not await ingest.dead_letters()

        await ingest.until(gone)


async def test_what_waited_too_long_becomes_a_dead_letter(
    bounded: Any, database: asyncpg.Connection, log: Log, source: Source
) -> None:
    """Nothing accepted is lost: the letter says what it waited for, without an alias, and can be replayed."""
    employee, badge = source.own("E1"), source.own("T7/1")
    async with bounded(ingest_parked_days=30) as ingest:
        waiting = [source.punch(f"employee:{employee}"), source.punch(f"badge:{badge}"), source.punch("employee:E9")]
        assert _told(await ingest.post(waiting)) == [("parked", None)] * 3
        await database.execute(
            "UPDATE parked SET parked_at = now() - interval '31 days' WHERE waits_for <> 'employee:E9'"
        )
        await ingest.app.state.expiry.step()
        assert list(await ingest.parked()) == [waiting[2]["id"]]
        letters = await ingest.dead_letters()
        assert sorted(each["reason"].partition(", which")[0] for each in letters) == [
            f"It waited 30 days for employee:{employee}",
            "It waited 30 days for the holder of its alias",
        ]
        await ingest.take(source.person(employee, badge))
        for letter in letters:
            answer = await ingest.raw(b"", "all", f"/v1/dead-letters/{letter['id']}/replay")
            assert _told(answer) == [("accepted", None)]
        await log.until(lambda: len(log.of(source)) == 3)


async def test_a_topic_waits_for_room_and_loses_nothing(
    servers: Servers, topics: None, sender: Upstream, dsn: str, log: Log, source: Source
) -> None:
    """Its partition stands still, shown as not ready, while another one goes on; with room it goes on by itself."""
    employee, unknown = source.own("E1"), source.own("E2")
    knobs = {"ingest_inbound": True, "ingest_inbound_group": sender.group, "ingest_parked_limit": 1}
    async with running(settings_for(dsn, servers.kafka.address, **knobs)) as ingest:
        await joined(ingest)
        await ingest.take(source.person(employee))
        held_up = [source.punch(f"employee:{unknown}"), source.punch(f"employee:{unknown}")]
        behind = [source.punch(f"employee:{employee}") for _ in range(3)]
        for event in (*held_up, *behind):
            await sender.put_event(event, partition=0)

        async def shown() -> bool:
            ready = (await ingest.get("/health/ready")).json()
            return bool(ready["shown"]["inbound"])

        async def stands_still() -> bool:
            return not await shown()

        await ingest.until(stands_still)
        free = source.punch(f"employee:{employee}")
        await sender.put_event(free, partition=1)
        await log.until(lambda: free["id"] in {event["id"] for event in log.of(source)})
        assert not await shown()
        await ingest.take(source.person(unknown))
        await ingest.until(sender.all_committed, within_s=30)
        await ingest.until(shown)
        assert await ingest.dead_letters() == []
        ids = {event["id"] for event in (*held_up, *behind, free)}
        await log.until(lambda: ids <= {event["id"] for event in log.of(source)})
