"""One sender's large requests hold up another's small ones by a transaction at most."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from services.ingest.admission import admit
from services.ingest.domain.candidate import Rejection
from services.ingest.groups import Groups
from services.ingest.intake import Intake, Stored
from services.ingest.log import Position
from services.ingest.quotas import Quotas
from services.ingest.registered import RegisteredSubjects
from services.ingest.submission import Parked, Submission
from services.kit.access_format import Access
from services.local.servers import Servers
from tests.support.ingest import Ingest, Source, access_file, running, settings_for

GROUP = 100
NOW = datetime(2026, 11, 25, tzinfo=UTC)
QUOTAS = Quotas(parked=100_000, dead_letters=100_000, identities_a_day=1_000_000)


class Counting(Intake):
    """Intake that notes, for each transaction, whose items it has and how many."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.transactions: list[dict[str, int]] = []

    async def store(self, group: Sequence[Submission]) -> Stored:
        """Note and store."""
        noted = dict.fromkeys((submission.client for submission in group), 0)
        for submission in group:
            noted[submission.client] += len(submission.items)
        self.transactions.append(noted)
        return await super().store(group)


def submission(client: str, events: Sequence[Any]) -> Submission:
    """Events as they come through the door."""
    token = Access.model_validate(access_file()).holder("all", NOW)
    assert token
    names = [(None, None, None)] * len(events)
    return Submission(
        client, "http", [admit(event, token, NOW) for event in events], lambda index: b"%d" % index, names
    )


def punches(source: Source) -> Submission:
    """A request of ten groups' size."""
    return submission("bulk", [source.punch("employee:E") for _ in range(10 * GROUP)])


@pytest.fixture
async def intake(ingest: Ingest) -> Counting:
    """Intake on the servers of a running ingest."""
    assert ingest.app
    state = ingest.app.state
    return Counting(state.pool, state.door.log, RegisteredSubjects(), QUOTAS, state.store)


@pytest.fixture
async def groups(ingest: Ingest, intake: Counting) -> AsyncIterator[Groups]:
    """Groups with one writer, not started: what waits when it starts is known."""
    assert ingest.app
    made = Groups(intake, ingest.app.state.release, writers=1, most=GROUP)
    yield made
    await made.stop()


async def test_single_events_share_the_next_transaction_beside_a_part_of_a_large_request(
    groups: Groups, intake: Counting, source: Source
) -> None:
    """Three thousand of another sender came before; they have half of the transaction, and all of the others."""
    large = [punches(source) for _ in range(3)]
    async with asyncio.TaskGroup() as tasks:
        for each in large:
            tasks.create_task(groups.take(each))
        await asyncio.sleep(0)
        for number in range(30):
            tasks.create_task(groups.take(submission(f"desk-{number}", [source.punch("employee:E")])))
        await asyncio.sleep(0)
        groups.start()

    assert intake.transactions[0] == {"bulk": GROUP // 2} | {f"desk-{number}": 1 for number in range(30)}
    assert sum(noted.get("bulk", 0) for noted in intake.transactions) == 30 * GROUP


async def test_single_events_that_come_while_a_large_request_is_under_way_wait_for_one_part(
    groups: Groups, intake: Counting, source: Source
) -> None:
    """Not for its end."""
    groups.start()
    bulk = asyncio.create_task(groups.take(punches(source)))
    while len(intake.transactions) < 3:
        await asyncio.sleep(0)
    await groups.take(submission("desk", [source.punch("employee:E")]))
    (at,) = [at for at, noted in enumerate(intake.transactions) if "desk" in noted]

    assert at <= 4
    assert not bulk.done()
    assert len(await bulk) == 10 * GROUP


async def test_a_request_in_parts_is_answered_in_its_order(groups: Groups, source: Source) -> None:
    """A registration counts for the parts after it and not for those before; so do duplicates and conflicts."""
    employee = f"employee:{source.own('E')}"
    before, after = source.punch(employee), source.punch(employee)
    unit = source.unit(source.own("U"))
    registration = source.person(source.own("E"))
    filling = [unit] * (3 * GROUP)
    other = {**after, "data": {**after["data"], "direction": "out"}}
    events: list[Any] = [before, *filling, registration, *filling, after, *filling, after, other, 7]
    groups.start()
    outcomes = await groups.take(submission("bulk", events))

    kinds = [type(outcome) for outcome in outcomes]
    assert kinds == [Parked, *[Position] * (9 * GROUP + 3), Rejection, Rejection]
    assert isinstance(outcomes[-2], Rejection)
    assert outcomes[-2].status == 409


async def test_a_request_given_up_between_two_parts_is_not_gone_on_with(
    groups: Groups, intake: Counting, source: Source
) -> None:
    """Its sender has been told to send it again."""
    groups.start()
    bulk = asyncio.create_task(groups.take(punches(source)))
    while len(intake.transactions) < 3:
        await asyncio.sleep(0)
    bulk.cancel()
    await asyncio.gather(bulk, return_exceptions=True)
    await groups.take(submission("desk", [source.punch("employee:E")]))

    assert sum(noted.get("bulk", 0) for noted in intake.transactions) < 5 * GROUP


async def test_more_than_can_be_done_in_time_is_told_to_come_again(
    servers: Servers, topics: None, dsn: str, source: Source
) -> None:
    """503 with Retry-After for what runs out of time while it waits, in whatever moment; never 500."""
    knobs = {"ingest_working_bytes": 200_000, "ingest_answer_within_s": 0.3}
    async with running(settings_for(dsn, servers.kafka.address, **knobs)) as ingest:
        batches = [[source.punch("employee:E") for _ in range(500)] for _ in range(40)]
        answers = await asyncio.gather(*(ingest.post(batch) for batch in batches))
        late = [answer for answer in answers if answer.status_code != 202]
        assert late
        assert {(answer.status_code, answer.headers["retry-after"]) for answer in late} == {(503, "2")}
        assert await ingest.take(source.punch("employee:E")) == ["parked"]
