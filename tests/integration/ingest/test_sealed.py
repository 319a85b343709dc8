"""Answers of peers and subordinates are sealed: taken, told to nobody, released as levels of the many, destroyed."""

import asyncio
import json
from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.local.servers import Servers
from tests.support.feedback import PERIOD, Office, folded, folding
from tests.support.inbound import Upstream
from tests.support.ingest import Ingest, Json, Log, Source


@pytest.fixture
def office(source: Source) -> Office:
    """People of this test's own."""
    return Office(source)


@pytest.fixture
async def sealing(servers: Servers, topics: None, dsn: str, office: Office) -> AsyncIterator[Ingest]:
    """An ingest that folds the directory, in which the office stands."""
    async with folding(dsn, servers.kafka.address, office.source.name) as ingest:
        await _take(ingest, dsn, office.directory())
        yield ingest


async def _take(ingest: Ingest, dsn: str, events: list[Json] | Json) -> None:
    """Send events of the directory and wait until ingest has folded them."""
    answer = await ingest.post(events)
    assert {result["status"] for result in answer.json()["results"]} == {"accepted"}, answer.text
    await folded(ingest, dsn, answer.json()["position"])


async def _rows(migrated: str, table: str = "answer") -> int:
    connection = await asyncpg.connect(migrated)
    try:
        found: int = await connection.fetchval(f"SELECT count(*) FROM ingest_sealed.{table}")
    finally:
        await connection.close()
    return found


def _groups(event: Json) -> Json:
    return {group["relation"]: {k: v for k, v in group.items() if k != "relation"} for group in event["data"]["groups"]}


async def _whole_database(dsn: str, schema: str) -> str:
    """Everything in a schema's tables, as text."""
    connection = await asyncpg.connect(dsn)
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = $1", schema)
        texts = []
        for (table,) in tables:
            texts += [row[0] for row in await connection.fetch(f'SELECT t::text FROM "{schema}"."{table}" t')]
    finally:
        await connection.close()
    return "\n".join(texts)


async def test_a_sealed_answer_is_nowhere(
    sealing: Ingest, office: Office, log: Log, migrated: str, dsn: str, source: Source
) -> None:
    """Answered like one that waits; not on the log, in no list, letter or metric, unreadable in the database."""
    ratee, rater, *_ = office.people
    await log.quiet()
    before, metrics = len(log.records), _counts((await sealing.get("/metrics")).text)
    sent = office.rating(ratee, rater, result="below", behaviours={"loyal": "below"}, id="sehelai-surat")
    answer = (await sealing.post(sent)).json()
    assert answer["results"] == [{"source": source.name, "id": sent["id"], "status": "parked"}]
    assert answer["position"] == {}
    assert await sealing.take(office.void(sent)) == ["parked"]
    assert await sealing.take(office.rating(ratee, rater, id="surat-lain")) == ["parked"]

    assert (await sealing.parked(), await sealing.dead_letters()) == ({}, [])
    assert _counts((await sealing.get("/metrics")).text) == metrics
    await log.quiet()
    assert log.records[before:] == []
    known = await _whole_database(migrated, "ingest")
    assert rater in known  # the directory
    assert not any(word in known for word in ("surat", "below", "loyal", "keliru"))
    kept = await _whole_database(migrated, "ingest_sealed")
    words = ["surat", "below", "loyal", "keliru", source.name, ratee, rater]
    assert not any(word in kept or word.encode().hex() in kept for word in words)
    connection = await asyncpg.connect(dsn)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.fetch("SELECT * FROM ingest_sealed.answer")
    await connection.close()


def _counts(metrics: str) -> list[str]:
    """What ingest counts of events."""
    names = ("kinerja_ingest_items", "kinerja_ingest_group_items", "kinerja_ingest_dead", "kinerja_ingest_released")
    return [line for line in metrics.splitlines() if line.startswith(names) and "_created" not in line]


async def test_levels_of_the_many_are_released_once_and_the_answers_destroyed(
    sealing: Ingest, office: Office, log: Log, migrated: str, dsn: str
) -> None:
    """After the last day has passed; a second closing, and later answers, change nothing."""
    ratee = office.people[0]
    assert await sealing.take(office.answers(ratee, ["above", "above", "below"])) == ["parked"] * 3
    about_head = [
        office.rating(office.head, rater, "subordinate", None, behaviours={"loyal": "above", "adaptif": level})
        for rater, level in zip(office.people[:3], ("above", "meets", "below"), strict=True)
    ]
    assert await sealing.take(about_head) == ["parked"] * 3
    await _take(sealing, dsn, office.closed("2026-11-09"))
    await log.quiet()
    assert office.released(log) == []

    await _take(sealing, dsn, office.closed())
    await log.until(lambda: len(office.released(log)) == 2)
    found = {event["subject"]: event for event in office.released(log)}
    event = found[f"employee:{ratee}"]
    assert (event["id"], event["time"]) == (f"{ratee}:{PERIOD}", "2026-11-11T00:00:00+07:00")
    assert _groups(event) == {"peer": {"n": 3, "result": "above", "behaviours": {}}}
    assert _groups(found[f"employee:{office.head}"]) == {
        "subordinate": {"n": 3, "behaviours": {"adaptif": "meets", "loyal": "above"}}
    }
    assert await _rows(migrated) == 0

    late = await sealing.post(office.rating(ratee, office.people[4]))
    assert late.status_code == 422
    assert "closed" in late.json()["results"][0]["problem"]["detail"]
    await _take(sealing, dsn, office.closed("2026-11-11"))
    await log.quiet()
    assert len(office.released(log)) == 2
    assert await sealing.dead_letters() == []


async def test_what_was_released_is_never_released_again(
    sealing: Ingest, office: Office, log: Log, migrated: str, dsn: str
) -> None:
    """Not even if the closing is taken back, and others answer before it comes anew."""
    ratee, closing = office.people[0], office.closed()
    await sealing.take(office.answers(ratee, ["above", "above", "above"]))
    await _take(sealing, dsn, closing)
    await log.until(lambda: len(office.released(log)) == 1)
    await _take(sealing, dsn, office.void(closing))
    assert await sealing.take(office.answers(ratee, ["below", "below", "below"])) == ["parked"] * 3
    await _take(sealing, dsn, office.closed("2026-11-12"))

    async def destroyed() -> bool:
        return await _rows(migrated) == 0

    await sealing.until(destroyed)
    await log.quiet()
    (released,) = [json.loads(record.value) for record in log.records if b"kinerja-feedback" in record.value]
    assert _groups(released)["peer"]["result"] == "above"


async def test_too_few_answers_are_nowhere(sealing: Ingest, office: Office, log: Log, migrated: str, dsn: str) -> None:
    """Two of a group, or three of whom one was not there long enough: destroyed, and nothing is sent."""
    ratee, newcomer = office.people[0], office.source.own("N")
    await _take(sealing, dsn, [office.source.person(newcomer), office.assignment(newcomer, "2026-10-13")])
    answers = office.answers(ratee, ["above", "above"])
    assert await sealing.take([*answers, office.rating(ratee, newcomer, result="above")]) == ["parked"] * 3
    other = office.rating(office.people[1], office.source.own("stranger"))
    assert await sealing.take([other, office.rating(ratee, ratee)]) == ["parked"] * 2
    assert await _rows(migrated) == 5
    await _take(sealing, dsn, office.closed())

    async def destroyed() -> bool:
        return await _rows(migrated) == 0

    await sealing.until(destroyed)
    await log.quiet()
    assert office.released(log) == []


async def test_who_was_there_for_twenty_days_counts(sealing: Ingest, office: Office, log: Log, dsn: str) -> None:
    """From the 12th of October on: twenty days by the shipped policy."""
    ratee, newcomer = office.people[0], office.source.own("N")
    await _take(sealing, dsn, [office.source.person(newcomer), office.assignment(newcomer, "2026-10-12")])
    await sealing.take([*office.answers(ratee, ["above", "above"]), office.rating(ratee, newcomer, result="above")])
    await _take(sealing, dsn, office.closed())
    await log.until(lambda: len(office.released(log)) == 1)
    assert _groups(office.released(log)[0])["peer"]["n"] == 3


async def test_the_same_again_changes_nothing_and_the_last_to_arrive_stands(
    sealing: Ingest, office: Office, log: Log, dsn: str, migrated: str
) -> None:
    """One identity counts once whatever it says then; another answer by the same person takes its place."""
    ratee = office.people[0]
    first, *others = office.answers(ratee, ["below", "below", "above"])
    await sealing.take([first, *others])
    again = first | {"data": first["data"] | {"result": "above"}}
    assert await sealing.take([first, again, again | {"time": "2026-11-01T08:00:00+07:00"}]) == ["parked"] * 3
    opened = again | {"data": again["data"] | {"relation": "self"}}
    assert await sealing.take(opened) == ["parked"]
    replaced = office.rating(ratee, office.people[2], result="above")
    assert await sealing.take(replaced) == ["parked"]
    assert await _rows(migrated) == 3
    await _take(sealing, dsn, office.closed())
    await log.until(lambda: len(office.released(log)) == 1)
    assert _groups(office.released(log)[0])["peer"]["result"] == "above"
    await log.quiet()
    assert [event["type"] for event in log.of(office.source) if event["type"].startswith("rating")] == []


async def test_a_sender_takes_an_answer_back(sealing: Ingest, office: Office, migrated: str) -> None:
    """Before or after it comes; of somebody else's subject, or replaced meanwhile, it has no effect."""
    ratee, rater = office.people[:2]
    first = office.rating(ratee, rater)
    assert await sealing.take([first, office.void(first, f"employee:{rater}")]) == ["parked", "parked"]
    assert await _rows(migrated) == 1
    assert await sealing.take(office.void(first)) == ["parked"]
    assert await _rows(migrated) == 0
    early = office.rating(ratee, rater)
    assert await sealing.take([office.void(early), early]) == ["parked", "parked"]
    assert await _rows(migrated) == 0
    old, new = office.rating(ratee, rater), office.rating(ratee, rater)
    assert await sealing.take([old, new, office.void(old)]) == ["parked"] * 3
    assert await _rows(migrated) == 1


async def test_a_void_waits_for_a_rating_in_the_open(sealing: Ingest, office: Office, log: Log, migrated: str) -> None:
    """Until one of self or supervisor with that identity comes; then it goes to the log, as a later one does."""
    employee = office.people[0]
    waited, known = (office.rating(employee, employee, "self") for _ in range(2))
    void, later = office.void(waited), office.void(known)
    assert await sealing.take([void, known]) == ["parked", "accepted"]
    await log.quiet()
    assert void["id"] not in {event["id"] for event in log.of(office.source)}
    assert await sealing.parked() == {}

    assert await sealing.take([later, waited]) == ["accepted", "accepted"]
    ids = {event["id"] for event in (void, later, waited, known)}
    await log.until(lambda: ids <= {event["id"] for event in log.of(office.source)})
    assert await _rows(migrated, "waiting") == 0
    assert await sealing.take(void) == ["parked"]


async def test_an_alias_that_nobody_holds_waits_under_seal(
    sealing: Ingest, office: Office, log: Log, dsn: str, migrated: str
) -> None:
    """In no list; once somebody is registered with it, the answer stands."""
    badge, person = office.source.own("T/1"), office.source.own("B")
    ratee = office.people[0]
    answers = office.answers(ratee, ["above", "above"])
    waiting = office.rating(ratee, f"badge:{badge}", result="above")
    assert await sealing.take([*answers, waiting]) == ["parked"] * 3
    assert await sealing.parked() == {}
    assert (await _rows(migrated), await _rows(migrated, "waiting")) == (2, 1)
    await _take(sealing, dsn, [office.source.person(person, badge), office.assignment(person)])

    async def settled() -> bool:
        return (await _rows(migrated), await _rows(migrated, "waiting")) == (3, 0)

    await sealing.until(settled)
    await _take(sealing, dsn, office.closed())
    await log.until(lambda: len(office.released(log)) == 1)
    assert _groups(office.released(log)[0])["peer"] == {"n": 3, "result": "above", "behaviours": {}}


REFUSED = [
    {"note": "kata-kata"},
    {"period": "2026-13"},
    {"result": "excellent"},
    {"relation": "teman"},
    {"unknown": "sesuatu"},
]


@pytest.mark.parametrize("changes", REFUSED, ids=str)
async def test_what_is_refused_leaves_nothing(ingest: Ingest, office: Office, changes: Json, log: Log) -> None:
    """Its sender is told where it is wrong; no dead letter, no record of one."""
    answer = office.rating("E1", "E2")
    answer["data"] |= changes
    told = await ingest.post(answer)
    assert told.status_code == 422
    (result,) = told.json()["results"]
    assert [each["pointer"] for each in result["problem"]["errors"]] == [f"/data/{name}" for name in changes]
    assert await ingest.dead_letters() == []
    await log.quiet()
    assert log.records == []


async def test_over_kafka_it_is_refused_and_leaves_nothing(
    both_doors: Ingest, sender: Upstream, office: Office, log: Log, migrated: str
) -> None:
    """The record is passed over: no dead letter with what it says; ratings in the open are taken there."""
    employee = office.people[0]
    await both_doors.take(office.source.person(employee))
    await sender.put_event(office.rating(employee, office.people[1]))
    await sender.put(json.dumps(office.rating(employee, office.people[1])).encode()[:-3])
    await sender.put_event(office.rating(employee, employee, "self"))
    await both_doors.until(sender.all_committed)
    await log.until(lambda: len(log.of(office.source)) == 2)
    assert (await both_doors.dead_letters(), await _rows(migrated)) == ([], 0)


async def test_a_letter_is_not_mended_into_a_sealed_answer(ingest: Ingest, office: Office, migrated: str) -> None:
    """It would stand beside the letter; it is sent anew."""
    wrong = office.rating("E1", "E1", "self", result="excellent")
    assert (await ingest.post(wrong)).status_code == 422
    (letter,) = await ingest.dead_letters()
    mended = wrong | {"data": wrong["data"] | {"relation": "peer", "result": "above"}}
    answer = await ingest.raw(
        json.dumps(mended).encode(),
        path=f"/v1/dead-letters/{letter['id']}/replay",
        **{"content-type": "application/cloudevents+json"},
    )
    assert (answer.status_code, await _rows(migrated)) == (422, 0)


async def test_nobody_else_sends_a_release(ingest: Ingest, source: Source) -> None:
    """Whatever rights a sender has."""
    data = {"period": PERIOD, "k": 3, "groups": [{"relation": "peer", "n": 3, "behaviours": {}}]}
    event = source.event("feedback.released.v1", "employee:E1", data, source="kinerja-feedback")
    assert (await ingest.post(event)).status_code == 403


async def test_an_identity_taken_in_the_open_is_a_conflict(ingest: Ingest, office: Office) -> None:
    """Of an answer as of any other event."""
    taken = office.source.person(office.people[0])
    await ingest.take(taken)
    assert (await ingest.post(office.rating("E1", "E2", id=taken["id"]))).status_code == 422
    assert await ingest.dead_letters() == []


async def test_answers_come_side_by_side(sealing: Ingest, office: Office, migrated: str) -> None:
    """Many senders at once, the same again among them: one row for each pair."""
    answers = [answer for ratee in office.people for answer in office.answers(ratee, ["meets"] * 4)]
    outcomes = await asyncio.gather(*(sealing.take(answer) for answer in answers * 2))
    assert {status for (status,) in outcomes} == {"parked"}
    assert await _rows(migrated) == len(answers) == 20


async def test_with_another_key_nothing_is_sealed(
    servers: Servers, topics: None, dsn: str, office: Office, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What could never be read again is not taken; everything else is."""
    async with folding(dsn, servers.kafka.address, office.source.name) as ingest:
        assert await ingest.take(office.rating("E1", "E2")) == ["parked"]
    other = tmp_path_factory.mktemp("key") / "sealed.key"
    other.write_text("A" * 44)
    async with folding(dsn, servers.kafka.address, office.source.own("g"), ingest_sealed_key_file=other) as ingest:
        assert (await ingest.post(office.rating("E1", "E3"))).status_code == 503
        assert await ingest.take(office.source.person(office.people[0])) == ["accepted"]


async def test_the_directory_is_folded_once_however_it_comes(
    sealing: Ingest, office: Office, dsn: str, log: Log
) -> None:
    """The same again, and voids before their targets; what cannot be read is set aside."""
    employee = office.source.own("X")
    gone, kept = office.assignment(employee), office.assignment(employee, "2026-02-01")
    void = office.source.event(
        "event.voided.v1",
        f"employee:{employee}",
        {"voided": {name: gone[name] for name in ("type", "source", "id")}, "reason": "keliru"},
    )
    await _take(sealing, dsn, [office.source.person(employee), void, gone, kept, gone])
    connection = await asyncpg.connect(dsn)
    standing = await connection.fetch(
        "SELECT since FROM assignment a WHERE employee = $1 AND NOT EXISTS (SELECT FROM assignment_void v"
        " WHERE v.identity = a.identity AND v.employee = a.employee)",
        employee,
    )
    assert [row["since"].isoformat() for row in standing] == ["2026-02-01"]
    assert await connection.fetchval("SELECT count(*) FROM directory_set_aside") == 0
    await connection.close()
