"""Whatever dies in the middle, what was answered is on the log, and a retry makes it count once."""

import asyncio
import json
import signal
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from services.ingest.admission import admit
from services.ingest.intake import Intake
from services.ingest.quotas import Quotas
from services.ingest.registered import RegisteredSubjects
from services.ingest.submission import Submission
from services.kit.access_format import Access
from services.local.servers import Servers
from tests.support.ingest import Ingest, Json, Log, Source, access_file
from tests.support.ingest_process import client, process

LATEST = datetime(2199, 1, 1, tzinfo=UTC)
QUOTAS = Quotas(parked=1_000, dead_letters=1_000, identities_a_day=1_000_000)
NOW = datetime(2026, 11, 24, tzinfo=UTC)
KILLS, CLIENTS, EACH = 3, 6, 150


async def _store_and_crash(ingest: Ingest, events: list[Json]) -> None:
    """Commit events and stop just before they are written to the log, as a crash between the two would."""
    assert ingest.app
    token = Access.model_validate(access_file()).holder("all", NOW)
    assert token
    admitted = [admit(json.loads(json.dumps(event)), token, LATEST) for event in events]
    submission = Submission("all", "http", admitted, lambda _: b"", [(None, None, None)] * len(events))
    state = ingest.app.state
    await Intake(state.pool, state.door.log, RegisteredSubjects(), QUOTAS, state.store).store([submission])


async def test_a_retry_after_a_crash_between_claim_and_log_is_written(ingest: Ingest, log: Log, source: Source) -> None:
    """The claim of the lost try does not stand in its way, and it goes the same way although the badge moved on."""
    first, second, badge = source.own("E1"), source.own("E2"), source.own("T7/1")
    await ingest.take(source.person(first, badge))
    punch = source.punch(f"badge:{badge}")
    await _store_and_crash(ingest, [punch])
    await ingest.take(source.person(second, badge, since="2026-06-01"))

    assert await ingest.take(punch) == ["accepted"]
    await log.until(lambda: len(log.of(source)) == 3)
    assert [event["subject"] for event in log.of(source) if event["id"] == punch["id"]] == [f"employee:{first}"]


async def test_a_registration_others_rely_on_reaches_the_log_without_a_retry(
    ingest: Ingest, dsn: str, log: Log, source: Source
) -> None:
    """Parked events were released on its strength; the outbox brings it after its request died."""
    employee = source.own("E1")
    await ingest.take(source.punch(f"employee:{employee}"))
    await _store_and_crash(ingest, [source.person(employee)])
    await log.until(lambda: len(log.of(source)) == 1)
    connection = await asyncpg.connect(dsn)
    try:
        assert await connection.execute("UPDATE outbox SET due = now()") == "UPDATE 1"
    finally:
        await connection.close()
    await log.until(lambda: len(log.of(source)) == 2)
    assert {event["type"] for event in log.of(source)} == {"employee.registered.v1", "attendance.punched.v1"}


async def test_a_producer_that_can_never_work_again_is_replaced(ingest: Ingest, log: Log, source: Source) -> None:
    """After a gap in its sequence numbers the broker refuses all it sends; one request is told to retry."""
    employee = source.own("E1")
    await ingest.take([source.person(employee), source.punch(f"employee:{employee}")])
    assert ingest.app
    numbers = ingest.app.state.door.log._producer._txn_manager._sequence_numbers
    for partition in numbers:
        numbers[partition] += 1_000
    answer = await ingest.post(source.punch(f"employee:{employee}"))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert await ingest.take(source.punch(f"employee:{employee}")) == ["accepted"]


async def test_a_submission_that_breaks_the_shared_transaction_breaks_only_itself(
    ingest: Ingest, source: Source
) -> None:
    """The others of its group are stored without it."""
    assert ingest.app
    token = Access.model_validate(access_file()).holder("all", NOW)
    assert token

    def broken(_: int) -> bytes:
        raise RuntimeError("a bug")

    names: list[tuple[None, None, None]] = [(None, None, None)]
    fine = [
        Submission("all", "http", [admit(source.punch("employee:E"), token, LATEST)], lambda _: b"", names)
        for _ in range(9)
    ]
    bad = Submission("all", "http", [admit(7, token, LATEST)], broken, names)
    groups = ingest.app.state.groups
    outcomes = await asyncio.gather(*(groups.take(each) for each in [*fine, bad, *fine]), return_exceptions=True)
    assert [type(outcome).__name__ for outcome in outcomes] == ["list"] * 9 + ["RuntimeError"] + ["list"] * 9


@pytest.mark.timeout(180)
async def test_kill_9_in_mid_load_loses_nothing(
    servers: Servers, topics: None, dsn: str, log: Log, source: Source, tmp_path: Path
) -> None:
    """Clients that retry until they are answered find every event on the log, with one content each, none parked."""
    people = [source.own(f"E{number}") for number in range(CLIENTS)]
    sent: list[Json] = []

    async def send(ingest: Ingest, employee: str) -> None:
        for number in range(EACH):
            batch = [source.punch(f"employee:{employee}"), source.punch(f"badge:{source.own(f'T/{employee}')}")]
            if number == EACH // 2:
                batch.append(source.person(employee, source.own(f"T/{employee}")))
            sent.extend(batch)
            assert "rejected" not in await ingest.take(batch)

    async with process(tmp_path, dsn, servers.kafka.address) as ingest_process, client(ingest_process) as ingest:
        await ingest_process.start()
        load = asyncio.gather(*(send(ingest, employee) for employee in people))
        for _ in range(KILLS):
            await asyncio.sleep(0.5)
            assert not load.done()
            assert await ingest_process.end(signal.SIGKILL) == -signal.SIGKILL
            await ingest_process.start(until="/health/live")
        await load
        identities = {event["id"] for event in sent}
        await log.until(lambda: {event["id"] for event in log.of(source)} == identities, within_s=60)

        async def nothing_waits() -> bool:
            return await ingest.parked() == {}

        await ingest.until(nothing_waits)
        await log.quiet()
    contents = Counter(event["id"] for event in {json.dumps(event): event for event in log.of(source)}.values())
    assert contents == dict.fromkeys(identities, 1)
