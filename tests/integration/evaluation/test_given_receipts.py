"""A receipt that was given: kept once, and asked later whether it would come out otherwise now."""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from services.local.servers import Servers
from services.scoring.reading.answers import Answers, Unknown
from services.scoring.reading.given_receipts import GivenReceipts, Register
from tests.integration.conftest import role_dsn
from tests.support.databases import fresh_database
from tests.support.event_builders import calendar, closed, punch, void
from tests.support.folding import Scoring, as_log, recorded_at
from tests.support.oracle import Event
from tests.support.scorecards import WORKED, fold_all, receipt

BEFORE: Sequence[Event] = WORKED["events"]
PERIOD = "2026-11"
PERSON, UNIT = "employee:E1001", "unit:padangsari"


@pytest.fixture
async def scoring(servers: Servers, template: str) -> AsyncIterator[Scoring]:
    """A scoring database with the worked events folded."""
    async with fresh_database(servers.postgres.address, template) as admin:
        opened = await Scoring.open(role_dsn(admin, "scoring"))
        await fold_all(opened, BEFORE)
        yield opened
        await opened.pool.close()


async def given(scoring: Scoring, subject: str, period: str = PERIOD, **asked: Any) -> str:
    """Give a receipt as the door does; return what it is known by."""
    register = Register(scoring.pool)
    await register.keep_signed(await receipt(scoring, subject, period, **asked))
    return str(await scoring.pool.fetchval("SELECT encode(sha256, 'hex') FROM receipt_given ORDER BY given_at DESC"))


async def answer(scoring: Scoring, sha256: str) -> dict[str, Any]:
    """What is said of it now."""
    return await GivenReceipts(Answers(scoring.pool)).answer(await Register(scoring.pool).found(sha256))


FRESH = {"stale": False, "because": []}


async def then(scoring: Scoring, *later: Event, after: Sequence[Event] = ()) -> list[str]:
    """Let these events come after the worked ones, and after those of *after*; where they stand."""
    before, log = [*BEFORE, *after], as_log([*BEFORE, *after, *later], scoring.partitions)
    ends = {partition: len(records) for partition, records in as_log(before, scoring.partitions).items()}
    new = {partition: records[ends.get(partition, 0) :] for partition, records in log.items()}
    await scoring.fold({partition: records for partition, records in new.items() if records}, [2_500])
    places = {
        json.loads(record.payload or b"")["id"]: f"{name_of(partition)}:{record.offset}"
        for partition, records in new.items()
        for record in records
    }
    return [places[event["id"]] for event in later]


def name_of(partition: int) -> str:
    """A partition as answers name it."""
    return "directory/0" if partition < 0 else f"events/{partition}"


LATE = next(e for e in BEFORE if e["id"] == "p-E1001-2026-11-17")
"""The punch that E1001 contests."""


@pytest.mark.parametrize("subject", [PERSON, UNIT])
async def test_what_came_not_again_is_as_it_was(scoring: Scoring, subject: str) -> None:
    """Right after it was given, of a month and of the year."""
    for period in (PERIOD, "2026"):
        assert await answer(scoring, await given(scoring, subject, period)) == FRESH


async def test_giving_the_same_receipt_again_keeps_one_row(scoring: Scoring) -> None:
    """At one position it has the same bytes, and is known by the same."""
    assert await given(scoring, PERSON) == await given(scoring, PERSON)
    assert await scoring.pool.fetchval("SELECT count(*) FROM receipt_given") == 1


async def test_a_receipt_nobody_was_given_is_unknown(scoring: Scoring) -> None:
    """Whatever its hash."""
    with pytest.raises(Unknown):
        await Register(scoring.pool).found("0" * 64)


@pytest.mark.parametrize("subject", [PERSON, UNIT])
async def test_a_new_punch_makes_it_stale_because_of_itself(scoring: Scoring, subject: str) -> None:
    """On a day of the period on which the person was absent."""
    kept = await given(scoring, subject)
    (position,) = await then(scoring, punch("E1001", "2026-11-24T07:10:00+07:00"))

    assert await answer(scoring, kept) == {"stale": True, "because": [position]}


@pytest.mark.parametrize("subject", [PERSON, UNIT])
async def test_a_late_void_makes_it_stale_because_of_the_void(scoring: Scoring, subject: str) -> None:
    """The event that ceased to count stands behind it."""
    kept = await given(scoring, subject)
    (position,) = await then(scoring, void(LATE))

    assert await answer(scoring, kept) == {"stale": True, "because": [position]}


@pytest.mark.parametrize("subject", [PERSON, UNIT])
async def test_what_is_about_others_or_other_days_leaves_it_as_it_was(scoring: Scoring, subject: str) -> None:
    """A person of another unit, a day after the period, a closing of such a day, an event taken back unseen."""
    kept = await given(scoring, subject)
    unseen = punch("E1001", "2026-11-24T07:10:00+07:00")
    await then(
        scoring,
        punch("E2000", "2026-11-24T07:10:00+07:00"),
        punch("E1001", "2026-12-24T07:10:00+07:00"),
        closed("*", "2026-12-24"),
        unseen,
        void(unseen),
    )

    assert await answer(scoring, kept) == FRESH


async def test_a_result_reported_anew_and_a_schedule_moved_are_named(scoring: Scoring) -> None:
    """Events of results by themselves, and of the directory where the days' contexts differ."""
    kept = await given(scoring, PERSON)
    report = next(e for e in BEFORE if e["type"] == "result.reported.v1" and e["data"]["indicator"] == "surat")
    again = report | {"id": "surat-again", "data": report["data"] | {"realised": 38, "as_at": "2026-12-01T00:00:00Z"}}
    moved = calendar("*", "2026-11-24", "holiday")
    first, second = await then(scoring, again, moved)

    assert (await answer(scoring, kept))["because"] == sorted([first, second])


async def test_as_known_at_a_moment_what_came_after_it_counts_as_since(scoring: Scoring) -> None:
    """Though it lay on the log already when the receipt was given."""
    kept = await given(scoring, PERSON, known_at=recorded_at(BEFORE.index(LATE) - 1))
    found = await answer(scoring, kept)

    assert found["stale"]
    assert found["because"]


async def test_an_act_of_the_cycle_counts_only_as_far_as_the_outcome_differs(scoring: Scoring) -> None:
    """A document leaves the figures; another predikat does not."""
    kept = await given(scoring, PERSON)
    predikat = next(e for e in BEFORE if e["type"] == "predikat.set.v1" and e["subject"] == PERSON)
    document = {
        "specversion": "1.0",
        "type": "document.issued.v1",
        "source": predikat["source"],
        "id": "document-1",
        "subject": PERSON,
        "time": "2026-12-04T02:00:00Z",
        "data": {
            "period": PERIOD,
            "of": {"type": predikat["type"], "source": predikat["source"], "id": predikat["id"]},
            "receipt": "0" * 64,
        },
    }
    await then(scoring, document)
    assert await answer(scoring, kept) == FRESH
    (position,) = await then(scoring, void(predikat), after=[document])
    assert position in (await answer(scoring, kept))["because"]
