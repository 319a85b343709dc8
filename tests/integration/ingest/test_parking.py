"""Events wait for what they need, are released by themselves, and go the same way when they are sent again."""

import asyncio
from collections import Counter

import asyncpg

from services.ingest.release import STEP
from services.local.servers import Servers
from tests.support.ingest import Ingest, Json, Log, Source, running, settings_for

ROUNDS = 40


async def test_an_event_is_released_when_the_last_thing_it_needs_is_registered(
    ingest: Ingest, log: Log, source: Source
) -> None:
    """One need after the other is shown as what it waits for."""
    employee, unit, badge = source.own("E1"), source.own("U1"), source.own("T7/1")
    moments = {"started_at": "2026-11-24T09:00:00+07:00", "completed_at": "2026-11-24T09:05:00+07:00"}
    data = {"case": "c", "service": "ktp", "employee": f"badge:{badge}", "sla_minutes": 60, **moments}
    waiting = source.event("service.completed.v1", f"unit:{unit}", data)

    assert await ingest.take(waiting) == ["parked"]
    assert await ingest.parked() == {"1": f"badge:{badge}"}
    await ingest.take(source.person(employee, badge))

    async def waits_for_the_unit() -> bool:
        return await ingest.parked() == {"1": f"unit:{unit}"}

    await ingest.until(waits_for_the_unit)
    assert await ingest.take(waiting) == ["parked"]
    await ingest.take(source.unit(unit))
    await log.until(lambda: len(log.of(source)) == 3)
    (released,) = [event for event in log.of(source) if event["id"] == "1"]
    assert (released["subject"], released["data"]["employee"]) == (f"unit:{unit}", employee)
    assert await ingest.parked() == {}
    assert await ingest.take(waiting) == ["accepted"]


async def test_an_event_before_its_registration_in_one_request_waits_only_for_the_commit(
    ingest: Ingest, log: Log, source: Source
) -> None:
    """It was not known when its turn came; the registration behind it releases it."""
    employee = source.own("E1")
    assert await ingest.take([source.punch(f"employee:{employee}"), source.person(employee)]) == ["parked", "accepted"]
    await log.until(lambda: len(log.of(source)) == 2)


async def test_many_more_events_than_one_step_are_all_released(ingest: Ingest, log: Log, source: Source) -> None:
    """The registration itself does not take longer for it."""
    employee, badge, count = source.own("E1"), source.own("T7/1"), STEP * 2 + 100
    statuses = await ingest.take([source.punch(f"badge:{badge}") for _ in range(count)])
    early = [source.punch(f"badge:{badge}", time="2025-01-01T08:00:00+07:00") for _ in range(3)]
    assert Counter(statuses + await ingest.take(early)) == {"parked": count + 3}
    await ingest.take(source.person(employee, badge))
    await log.until(lambda: len(log.of(source)) == count + 1)

    async def only_the_early_wait() -> bool:
        return set(await ingest.parked()) == {event["id"] for event in early}

    await ingest.until(only_the_early_wait)


async def test_a_retry_goes_the_way_of_its_first_try(ingest: Ingest, log: Log, source: Source) -> None:
    """The badge has changed hands meanwhile, with effect before the event; a new event goes to the new holder."""
    first, second, badge = source.own("E1"), source.own("E2"), source.own("T7/1")
    await ingest.take(source.person(first, badge))
    punch = source.punch(f"badge:{badge}")
    assert await ingest.take(punch) == ["accepted"]
    await ingest.take(source.person(second, badge, since="2026-06-01"))
    assert await ingest.take([punch, source.punch(f"badge:{badge}", id="new")]) == ["accepted", "accepted"]

    await log.until(lambda: len(log.of(source)) == 5)
    holders = Counter((event["id"], event["subject"]) for event in log.of(source) if "punched" in event["type"])
    assert holders == {(punch["id"], f"employee:{first}"): 2, ("new", f"employee:{second}"): 1}


async def test_every_accepted_registration_counts_in_any_order(ingest: Ingest, log: Log, source: Source) -> None:
    """The greatest one in force on the day holds the badge, also if it came first and was replaced since."""
    greater, lesser, badge = source.own("E1"), source.own("E2"), source.own("T7/1")
    late = source.person(greater, badge, since="2026-06-01", time="2026-06-02T08:00:00+07:00")
    replaced = source.person(greater, since="2026-06-01", time="2026-06-03T08:00:00+07:00")
    early = source.person(lesser, badge, since="2026-06-01", time="2026-06-01T08:00:00+07:00")
    before = source.punch(f"badge:{badge}", time="2026-05-31T23:59:59+07:00")
    await ingest.take([late, replaced, early, source.punch(f"badge:{badge}"), before])
    await log.until(lambda: len(log.of(source)) == 4)
    assert [event["subject"] for event in log.of(source) if "punched" in event["type"]] == [f"employee:{greater}"]
    assert list(await ingest.parked()) == [before["id"]]


async def test_no_event_is_stuck_when_it_parks_while_its_registration_arrives_elsewhere(
    servers: Servers, topics: None, dsn: str, log: Log, source: Source
) -> None:
    """Two processes, one with the punches, one with the registrations, many times at the same moment."""
    settings = settings_for(dsn, servers.kafka.address)
    async with running(settings) as one, running(settings) as other:
        statuses: Counter[str] = Counter()
        for number in range(ROUNDS):
            employee, badge = source.own(f"E{number}"), source.own(f"T7/{number}")
            punches = [source.punch(f"employee:{employee}"), source.punch(f"badge:{badge}")]
            answers = await asyncio.gather(
                one.take(punches[0]), other.take(source.person(employee, badge)), one.take(punches[1])
            )
            statuses.update(answers[0] + answers[2])
        await log.until(lambda: len(log.of(source)) >= 3 * ROUNDS, within_s=30)
        assert await one.parked() == {}
    assert set(statuses) <= {"parked", "accepted"}
    subjects = Counter(event["subject"] for event in log.of(source))
    assert subjects == {f"employee:{source.own(f'E{number}')}": 3 for number in range(ROUNDS)}


async def test_concurrent_duplicates_in_two_processes_agree(
    servers: Servers, topics: None, dsn: str, log: Log, source: Source
) -> None:
    """Of two contents under one identity exactly one wins, everywhere; the same content is accepted everywhere."""
    settings = settings_for(dsn, servers.kafka.address)
    employee = source.own("E1")
    async with running(settings) as one, running(settings) as other:
        await one.take(source.person(employee))
        batch = [source.punch(f"employee:{employee}") for _ in range(50)]
        rival: list[Json] = [event | {"time": "2026-11-24T07:32:00+07:00"} for event in reversed(batch)]
        answers = await asyncio.gather(
            one.take(batch), other.take(batch[::-1]), one.take(rival), other.take(rival[::-1])
        )
        for mine, same, theirs, also in zip(answers[0], answers[1][::-1], answers[2][::-1], answers[3], strict=True):
            assert (mine, theirs) == (same, also)
            assert {mine, theirs} == {"accepted", "rejected"}
        await log.quiet()
    contents = {(event["id"], event["time"]) for event in log.of(source)}
    assert len(contents) == 51


async def test_old_claims_go_but_those_of_parked_events(ingest: Ingest, dsn: str, log: Log, source: Source) -> None:
    """After that an identity is new again for ingest; the journal of the fold still knows it."""
    employee = source.own("E1")
    await ingest.take([source.person(employee), source.punch(f"employee:{employee}"), source.punch("employee:unknown")])
    assert ingest.app
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("UPDATE claim SET claimed_at = now() - interval '91 days'")
        await ingest.app.state.expiry.step()
        assert await connection.fetchval("SELECT count(*) FROM claim") == 1
        assert await connection.fetchval("SELECT count(*) FROM claim JOIN parked USING (identity)") == 1
    finally:
        await connection.close()
