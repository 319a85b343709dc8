"""Events come over kinerja.inbound as they come over HTTP, and what cannot be taken never holds up the rest."""

import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord
from aiokafka.errors import KafkaError

from schemas.topics import INBOUND
from services.ingest.main import create_app
from services.ingest.rejections import LONGEST_BODY
from services.kit.access_format import Access
from services.kit.errors import UserError
from services.kit.kafka_address import client_options
from services.local.servers import Servers
from tests.support.inbound import TYPED, Headers, Upstream, joined
from tests.support.ingest import STRUCTURED, Ingest, Json, Log, Source, access_file, running, settings_for


def _binary(event: Json, **more: str) -> Headers:
    attributes = {f"ce_{name}": value for name, value in event.items() if name != "data"} | more
    return {name: value.encode() for name, value in attributes.items()} | {"content-type": b"application/json"}


async def test_every_mode_is_the_same_event(both_doors: Ingest, sender: Upstream, log: Log, source: Source) -> None:
    """Structured, binary and without headers; over HTTP afterwards it is a duplicate, and equal on the log."""
    employee = source.own("E1")
    punch = source.punch(f"employee:{employee}")
    body = json.dumps(punch).encode()
    await sender.put_event(source.person(employee, source.own("T/1"), name="Rahasia"))
    await log.until(lambda: len(log.of(source)) == 1)
    await sender.put(body)
    await sender.put(body, {})
    await sender.put(body, {"content-type": b"Application/CloudEvents+JSON; charset=UTF-8", "ce_id": b"other"})
    await sender.put(json.dumps(punch["data"]).encode(), _binary(punch))
    await log.until(lambda: len(log.of(source)) == 5)
    assert await both_doors.take(punch) == ["accepted"]
    await log.until(lambda: len(log.of(source)) == 6)

    assert log.of(source)[0]["data"] == {"effective_from": "2026-01-01"}
    assert log.of(source)[1:] == [punch | {"datacontenttype": "application/json"}] * 5
    assert await both_doors.dead_letters() == []
    await both_doors.until(sender.all_committed)


WIDE: Json = {
    "id": "470/123/XI/2026",
    "source": "//kecamatan.example:8080/loket%201?nomor=7#antrean",
    "time": "2026-11-24T07:31+07:00",
    "comexampletracingparentspan": "00-1",
    "datacontenttype": "Application/Vnd.Example+JSON; charset=UTF-8",
    "data": {"at": "2026-11-24T07:30:40.1234567+07:00", "direction": "in"},
}
"""An event with everything that CloudEvents 1.0 allows and narrow readers refuse; .NET writes seven digits."""


async def test_what_cloudevents_allows_is_taken_at_every_door_in_every_mode(
    both_doors: Ingest, sender: Upstream, log: Log, source: Source
) -> None:
    """Structured, with base64, in a batch and binary, over HTTP and over Kafka, and replayed: one event each time."""
    employee = source.own("E1")
    await both_doors.take(source.person(employee))
    punch = source.punch(f"employee:{employee}") | WIDE
    head = {name: value for name, value in punch.items() if name not in ("data", "datacontenttype")}
    data = json.dumps(punch["data"]).encode()
    packed = {**head, "datacontenttype": punch["datacontenttype"], "data_base64": b64encode(data).decode()}

    unreadable = json.dumps(punch | {"data": "here"}).replace('"here"', "NaN").encode()
    assert (await both_doors.raw(unreadable, **{"content-type": STRUCTURED})).status_code == 422
    (letter,) = await both_doors.dead_letters()
    for one in (punch, packed, [punch], [packed]):
        assert await both_doors.take(one) == ["accepted"]
    named = {f"ce-{name}": quote(value, safe="/:?=#+") for name, value in head.items()}
    kind = {"content-type": punch["datacontenttype"]}
    assert (await both_doors.raw(data, **named, **kind)).status_code == 202
    replayed = await both_doors.raw(
        json.dumps(punch).encode(), path=f"/v1/dead-letters/{letter['id']}/replay", **{"content-type": STRUCTURED}
    )
    assert replayed.status_code == 202
    await sender.put_event(punch)
    await sender.put_event(packed)
    await sender.put(data, {**_binary(head), "content-type": punch["datacontenttype"].encode()})
    await both_doors.until(sender.all_committed)

    assert await both_doors.dead_letters(state="open") == []
    await log.until(lambda: len(_punches(log, employee)) == 9)
    assert len({json.dumps(event) for event in _punches(log, employee)}) == 1
    (once, *_) = _punches(log, employee)
    assert (once["id"], once["source"], once["comexampletracingparentspan"]) == (WIDE["id"], WIDE["source"], "00-1")
    assert datetime.fromisoformat(once["time"]) == datetime(2026, 11, 24, 0, 31, tzinfo=UTC)
    assert datetime.fromisoformat(once["data"]["at"]).microsecond == 123_456


def _punches(log: Log, employee: str) -> list[Json]:
    values = [json.loads(record.value) for record in log.records]
    return [value for value in values if value.get("subject") == f"employee:{employee}" and "punched" in value["type"]]


async def test_what_cannot_be_placed_yet_is_parked_and_committed(
    both_doors: Ingest, sender: Upstream, log: Log, source: Source
) -> None:
    """A badge nobody holds waits in ingest, not on the topic; the registration over HTTP releases it."""
    badge, employee = source.own("T7/1"), source.own("E1")
    punch = source.punch(f"badge:{badge}")
    await sender.put_event(punch)
    await both_doors.until(sender.all_committed)
    assert await both_doors.parked() == {punch["id"]: f"badge:{badge}"}

    await both_doors.take(source.person(employee, badge))
    await log.until(lambda: len(log.of(source)) == 2)
    assert {event["subject"] for event in log.of(source)} == {f"employee:{employee}"}


UNUSABLE: list[tuple[bytes | None, Headers, str, str | None]] = [
    (None, TYPED, "not valid JSON", None),
    (b"", {}, "not valid JSON", None),
    (b"nonsense", TYPED, "not valid JSON", None),
    (b'{"id": "\\ud800"}', TYPED, "not JSON text", None),
    (b"\xff\xfe", TYPED, "not valid JSON", None),
    (b"[" * 100_000, TYPED, "not valid JSON", None),
    (b"[]", TYPED, "an event is a JSON object", ""),
    (b'{"a":' + b"[" * 900 + b"]" * 900 + b"}", TYPED, "levels deep", ""),
    (b"[{}]", {"content-type": b"application/cloudevents-batch+json"}, "one event a record", None),
    (b"{}", {"content-type": b"application/json"}, "one event a record", None),
    (b"{}", {"content-type": b"\xff"}, "content-type is not UTF-8", None),
    (b"{}", {"content-type": b"application/cloudevents+json; charset=latin-1"}, "UTF-8", None),
    (b"{}", {"ce_id": b"\xff"}, "ce_id is not UTF-8", None),
    (b"{}", {"ce_id": b"1", "CE_ID": b"2"}, "given twice", None),
    (b"{}", {"ce_id": b"1", "ce_data": b"{}"}, "is no attribute", None),
    (b"x", {"ce_id": b"1", "content-type": b"text/plain"}, "not text/plain", None),
    (b"{}", {"ce_id": None, "ce_source": b"\x00"}, "1 to 128 printable ASCII", "/specversion"),
    (b"x" * (LONGEST_BODY + 1), TYPED, "not valid JSON", None),
]


async def test_poison_goes_to_the_dead_letters_with_its_origin_and_the_rest_flows(
    both_doors: Ingest, sender: Upstream, log: Log, source: Source
) -> None:
    """Whatever a record holds, it is kept with the reason and where it stood, and those behind it are taken."""
    employee = source.own("E1")
    await both_doors.take(source.person(employee))
    origins = []
    for number, (value, headers, _, _) in enumerate(UNUSABLE):
        origins.append(await sender.put(value, headers, partition=number % 3))
        await sender.put_event(source.punch(f"employee:{employee}"), partition=number % 3)
    invalid = source.punch(f"employee:{employee}") | {"data": {"at": "yesterday", "direction": "in"}}
    origins.append(await sender.put_event(invalid))
    await both_doors.until(sender.all_committed)
    await log.until(lambda: len(log.of(source)) == len(UNUSABLE) + 1)

    letters = {letter["origin"]: letter for letter in await both_doors.dead_letters()}
    assert set(letters) == set(origins)
    for origin, (_, _, reason, pointer) in zip(origins, UNUSABLE, strict=False):
        assert reason in letters[origin]["reason"]
        assert (letters[origin]["client"], letters[origin]["pointer"]) == (INBOUND, pointer)
    assert letters[origins[-1]]["event"] == {"source": source.name, "id": invalid["id"], "type": invalid["type"]}
    assert letters[origins[-1]]["pointer"] == "/data/at"
    shown = (await both_doors.get(f"/v1/dead-letters/{letters[origins[-1]]['id']}")).json()
    assert json.loads(shown["body"]) == invalid


async def test_a_letter_from_the_topic_is_mended_and_replayed_over_http(
    both_doors: Ingest, sender: Upstream, log: Log, source: Source
) -> None:
    """A record in binary mode is kept as the event it stands for; other content under its identity is a conflict."""
    employee = source.own("E1")
    await both_doors.take(source.person(employee))
    right = source.punch(f"employee:{employee}")
    origin = await sender.put(b'{"at": "yesterday", "direction": "in"}', _binary(right))
    await both_doors.until(sender.all_committed)
    (letter,) = await both_doors.dead_letters()
    body = (await both_doors.get(f"/v1/dead-letters/{letter['id']}")).json()["body"]
    mended = body.replace("yesterday", right["data"]["at"])
    answer = await both_doors.raw(mended.encode(), path=f"/v1/dead-letters/{letter['id']}/replay")
    assert (letter["origin"], answer.status_code) == (origin, 202)
    await log.until(lambda: len(log.of(source)) == 2)

    other = await sender.put_event(right | {"time": "2026-11-24T09:00:00+07:00"})
    await both_doors.until(sender.all_committed)
    (conflict,) = await both_doors.dead_letters(state="open")
    assert (conflict["origin"], "other content" in conflict["reason"]) == (other, True)


async def test_the_access_file_limits_what_may_come_over_the_topic(
    servers: Servers, sender: Upstream, dsn: str, log: Log, source: Source
) -> None:
    """What may not is kept too, for nobody else hears of it: also a void of what the topic may not send."""
    limits = [{"source": "terminal-*", "type": kind} for kind in ("attendance.*", "event.voided.v1")]
    settings = settings_for(dsn, servers.kafka.address, ingest_inbound=True, ingest_inbound_group=sender.group)
    access = access_file() | {"topics": {INBOUND: limits}}
    voided = {"type": "day.closed.v1", "source": source.name, "id": "1"}
    async with running(settings, access) as ingest:
        await joined(ingest)
        employee = source.own("E1")
        await ingest.take(source.person(employee))
        await sender.put_event(source.event("day.closed.v1", "unit:*", {"date": "2026-11-24"}))
        await sender.put_event(source.punch(f"employee:{employee}") | {"source": "loket"})
        await sender.put_event(source.event("event.voided.v1", "unit:*", {"voided": voided, "reason": "wrong"}))
        await sender.put_event(source.punch(f"employee:{employee}"))
        await log.until(lambda: len(log.of(source)) == 2)
        await ingest.until(sender.all_committed)
        letters = await ingest.dead_letters()
    assert len(letters) == 3
    assert all("may not" in letter["reason"] for letter in letters)


def test_limits_of_an_unknown_topic_are_a_mistake() -> None:
    """A misspelt name must not mean: everything is allowed."""
    access = Access.model_validate(access_file() | {"topics": {"kinerja.inbond": []}})
    with pytest.raises(UserError, match=r"kinerja\.inbond"):
        create_app(settings_for("postgresql://ingest@nowhere/x", "localhost:1"), access)


async def test_a_record_that_breaks_our_own_code_is_set_aside(
    both_doors: Ingest, sender: Upstream, source: Source
) -> None:
    """A bug must not stop the topic: the record is kept, its bytes and its origin, to be replayed after the fix."""
    assert both_doors.app
    body = json.dumps(source.punch("employee:E1")).encode()
    headers: Any = 7  # what no broker delivers
    record = ConsumerRecord(INBOUND, 3, 2**40, 0, 0, None, body, None, 0, len(body), headers)
    assert await both_doors.app.state.inbound._take_record(record)
    (letter,) = await both_doors.dead_letters()
    assert (letter["origin"], letter["complete"]) == (f"{INBOUND}/3/{2**40}", True)
    assert "our side" in letter["reason"]


async def test_trouble_of_our_own_sets_no_record_aside(
    both_doors: Ingest, sender: Upstream, log: Log, source: Source, dsn: str
) -> None:
    """An error that nobody foresaw keeps the records where they are, and says so, until it is mended."""
    assert both_doors.app
    employee = source.own("E1")
    await both_doors.take(source.person(employee))
    before = await both_doors.dead_letters()
    database = await asyncpg.connect(dsn)
    await database.execute("ALTER TABLE claim ADD CONSTRAINT ours CHECK (false) NOT VALID")
    events = [source.punch(f"employee:{employee}") for _ in range(3)]
    for event in events:
        await sender.put_event(event)

    async def stopped() -> bool:
        assert both_doors.app
        return not both_doors.app.state.inbound.flows

    await both_doors.until(stopped)
    assert (await both_doors.http.get("/health/ready")).json()["shown"] == {"inbound": False}
    assert not await sender.all_committed()
    await database.execute("ALTER TABLE claim DROP CONSTRAINT ours")
    await database.close()
    await both_doors.until(sender.all_committed)
    await log.until(lambda: {event["id"] for event in events} <= {event["id"] for event in log.of(source)})
    assert await both_doors.dead_letters() == before


async def test_a_record_that_the_client_library_cannot_read_is_set_aside(
    both_doors: Ingest, sender: Upstream, log: Log, source: Source
) -> None:
    """Not even its bytes can be had: the letter says where it stands, and those around it are taken once each."""
    employee = source.own("E1")
    await both_doors.take(source.person(employee))
    origins = []
    for _ in range(2):
        for _ in range(20):
            await sender.put_event(source.punch(f"employee:{employee}"))
        origins += [await sender.put_unreadable(), await sender.put_unreadable(partition=2)]
        await sender.put_event(source.punch(f"employee:{employee}"), partition=2)
    await sender.put_event(source.punch(f"employee:{employee}"))
    await both_doors.until(sender.all_committed)
    await log.until(lambda: len(log.of(source)) >= 44)
    await log.quiet()
    assert len(log.of(source)) == 44

    letters = {letter["origin"]: letter for letter in await both_doors.dead_letters()}
    assert set(letters) == set(origins)
    assert all("cannot be read" in letter["reason"] for letter in letters.values())


async def test_records_are_measured_uncompressed(servers: Servers, topics: None) -> None:
    """Sixteen thousand bytes that unfold to sixteen million are refused by the broker, and never reach ingest."""
    producer = AIOKafkaProducer(
        **client_options(servers.kafka.address), compression_type="gzip", max_request_size=64_000_000
    )
    await producer.start()
    try:
        with pytest.raises(KafkaError):
            await producer.send_and_wait(INBOUND, b" " * 16_000_000)
    finally:
        await producer.stop()
