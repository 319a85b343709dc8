"""A receipt that was given: kept once, and asked later whether it would come out otherwise now."""

import json
import random
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest

from services.local.servers import Servers
from services.scoring.reading.answers import Answers, Unknown
from services.scoring.reading.given_receipts import GivenReceipts, ReceiptBook
from tests.integration.conftest import role_dsn
from tests.support.databases import fresh_database
from tests.support.event_builders import calendar, closed, punch, void
from tests.support.folding import Scoring, as_log, recorded_at
from tests.support.oracle import Event
from tests.support.scorecards import WORKED, card, fold_all, receipt

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
    book = ReceiptBook(scoring.pool)
    await book.keep_signed(await receipt(scoring, subject, period, **asked))
    return str(await scoring.pool.fetchval("SELECT encode(sha256, 'hex') FROM receipt_given ORDER BY given_at DESC"))


async def answer(scoring: Scoring, sha256: str) -> dict[str, Any]:
    """What is said of it now."""
    return await GivenReceipts(Answers(scoring.pool)).answer(await ReceiptBook(scoring.pool).found(sha256))


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
        await ReceiptBook(scoring.pool).found("0" * 64)


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


DAYS = [f"2026-11-{day:02d}" for day in (9, 17, 24, 25)] + ["2026-12-01", "2026-12-02"]
PUNCHES = [e for e in BEFORE if e["type"] == "attendance.punched.v1" and e["data"]["at"][:10] in DAYS]


def some_events(chosen: random.Random) -> list[Event]:
    """Punches of several people on some days, and voids of old and of new ones, some of them twice."""
    later: list[Event] = []
    for _ in range(chosen.randint(1, 8)):
        if chosen.random() < 0.5:
            later.append(void(chosen.choice(PUNCHES + [e for e in later if e["type"] == "attendance.punched.v1"])))
        else:
            later.append(punch(chosen.choice(["E1001", "E1002", "E2000"]), f"{chosen.choice(DAYS)}T07:20:00+07:00"))
    return later


def named(later: Sequence[Event], counts: Callable[[str, str], bool]) -> set[str]:
    """The ids of those in November that count by person and day, worked out the long way."""
    events = [*BEFORE, *later]
    voids: dict[str, str] = {}
    for each in events:
        if each["type"] == "event.voided.v1":
            voids.setdefault(each["data"]["voided"]["id"], each["id"])
    new, found = {each["id"] for each in later}, set()
    for each in events:
        if each["type"] != "attendance.punched.v1":
            continue
        if each["data"]["at"] < "2026-12" and counts(each["subject"], each["data"]["at"][:10]):
            void_id = voids.get(each["id"])
            if each["id"] in new and void_id is None:
                found.add(each["id"])
            if each["id"] not in new and void_id is not None:
                found.add(void_id)
    return found


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_comes_later_is_named_exactly_as_far_as_it_counts(scoring: Scoring, seed: int) -> None:
    """Of a person against a look at all events; of their unit the same of whoever belonged there that day."""
    later = some_events(random.Random(seed))
    kept = {PERSON: await given(scoring, PERSON), UNIT: await given(scoring, UNIT)}
    before = await card(scoring, UNIT, PERIOD)
    places = dict(zip([each["id"] for each in later], await then(scoring, *later), strict=True))
    own = {places[each] for each in named(later, lambda person, _: person == PERSON)}
    found = await answer(scoring, kept[PERSON])
    assert (set(found["because"]), found["stale"]) == (own, bool(own))

    tree = {places[each] for each in named(later, belonged)}
    found = await answer(scoring, kept[UNIT])
    assert found["because"] == [] if not found["stale"] else set(found["because"]) == tree
    after = await card(scoring, UNIT, PERIOD)
    assert found["stale"] or before["indicators"] == after["indicators"]
    assert tree or not found["stale"]


def belonged(person: str, day: str) -> bool:
    """Whether somebody was with padangsari on a day: E1002 until the 15th, E1003 from the 26th."""
    if person == "employee:E1002":
        return day < "2026-11-16"
    return person in ("employee:E1000", PERSON) or (person == "employee:E1003" and day >= "2026-11-26")


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
