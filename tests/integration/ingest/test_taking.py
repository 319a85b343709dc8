"""Events come in over HTTP and stand on the log, each once in effect, or are answered with what is wrong."""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.topics import DEAD_LETTERS
from services.local.servers import Servers
from tests.support.inbound import Upstream
from tests.support.ingest import BATCH, PUNCHED, SENT, STRUCTURED, Ingest, Log, Source, running, settings_for


async def test_a_batch_is_on_the_log_where_the_position_says(ingest: Ingest, log: Log, source: Source) -> None:
    """202 comes after Kafka's acknowledgement; a registration counts for what follows it in the request."""
    employee = source.own("E1")
    answer = await ingest.post([source.person(employee), source.punch(f"employee:{employee}", traceparent="00-1")])

    assert answer.status_code == 202
    assert [(each["source"], each["id"], each["status"]) for each in answer.json()["results"]] == [
        (source.name, "1", "accepted"),
        (source.name, "2", "accepted"),
    ]
    await log.until(lambda: len(log.of(source)) == 2)
    registered, punched = sorted(log.at(answer.json()["position"]), key=lambda event: str(event["id"]))
    assert registered["data"] == {"effective_from": "2026-01-01"}
    assert punched == {
        "specversion": "1.0",
        "id": "2",
        "source": source.name,
        "type": "attendance.punched.v1",
        "subject": f"employee:{employee}",
        "time": SENT,
        "datacontenttype": "application/json",
        "traceparent": "00-1",
        "data": {"at": PUNCHED, "direction": "in"},
    }
    assert {record.key for record in log.records if source.name.encode() in record.value} == {employee.encode()}


async def test_one_event_in_structured_and_in_binary_mode_is_the_same(ingest: Ingest, log: Log, source: Source) -> None:
    """The second is a duplicate of the first: accepted, with a position that covers it, and changes nothing."""
    employee = source.own("E1")
    await ingest.post(source.person(employee))
    punch = source.punch(f"employee:{employee}")
    structured = await ingest.post(punch, **{"content-type": f"{STRUCTURED}; charset=UTF-8"})
    attributes = {f"ce-{name}": value for name, value in punch.items() if name != "data"}
    binary = await ingest.raw(json.dumps(punch["data"]).encode(), **attributes, **{"content-type": "application/json"})

    assert [structured.status_code, binary.status_code] == [202, 202]
    assert binary.json()["results"] == [{"source": source.name, "id": punch["id"], "status": "accepted"}]
    await log.until(lambda: len(log.of(source)) == 3)
    assert log.at(structured.json()["position"]) == log.at(binary.json()["position"]) != []


async def test_other_content_under_a_taken_identity_is_a_conflict(ingest: Ingest, log: Log, source: Source) -> None:
    """It is rejected and kept, whether the first came long before or in the same batch."""
    employee = source.own("E1")
    punch = source.punch(f"employee:{employee}")
    other = punch | {"time": "2026-11-24T07:32:00+07:00"}
    answer = await ingest.post([source.person(employee), punch, other, dict(reversed(punch.items()))])
    later = await ingest.post(other)

    statuses = [each["status"] for each in answer.json()["results"]]
    assert statuses == ["accepted", "accepted", "rejected", "accepted"]
    assert answer.json()["results"][2]["problem"]["status"] == 409
    assert later.status_code == 422
    assert [each["event"]["id"] for each in await ingest.dead_letters()] == [punch["id"]]
    await log.quiet()
    assert len({json.dumps(event) for event in log.of(source)}) == 2


async def test_rejected_items_do_not_hold_up_the_others(ingest: Ingest, log: Log, source: Source) -> None:
    """Each problem names the field; the letters are kept, and noted on the log without what was sent."""
    employee = source.own("E1")
    wrong = source.person(employee, name="Rahasia") | {"type": "employee.registered.v9"}
    answer = await ingest.post([source.person(employee), wrong, 7, source.punch(f"employee:{employee}")])

    assert answer.status_code == 202
    accepted, problem, number, punched = answer.json()["results"]
    assert (accepted["status"], punched["status"]) == ("accepted", "accepted")
    assert problem["problem"]["errors"][0]["pointer"] == "/type"
    assert (number["source"], number["id"], number["problem"]["status"]) == (None, None, 422)
    await log.until(lambda: len(log.of(source, DEAD_LETTERS)) == 1)
    note = log.of(source, DEAD_LETTERS)[0]
    assert (note["type"], note["problems"][0]["pointer"]) == ("employee.registered.v9", "/type")
    assert not [record for record in log.records if b"Rahasia" in record.value]


async def test_nothing_taken_is_a_problem_with_the_same_results(ingest: Ingest, source: Source) -> None:
    """A client that reads only problem+json sees the detail, one that reads results sees each item."""
    answer = await ingest.post([source.punch("employee:"), {}])
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [each["status"] for each in answer.json()["results"]] == ["rejected", "rejected"]
    assert answer.json()["position"] == {}


async def test_a_token_sends_only_what_it_may(ingest: Ingest, source: Source) -> None:
    """403 when nothing may be sent, else per item; and what may not be sent is not kept."""
    foreign = source.punch("employee:E1") | {"source": "loket"}
    closing = source.event("day.closed.v1", "unit:*", {"date": "2026-11-24"})
    mixed = await ingest.post([source.punch(f"employee:{source.own('E1')}"), foreign, closing], token="terminal")

    assert mixed.status_code == 202
    assert [each["status"] for each in mixed.json()["results"]] == ["parked", "rejected", "rejected"]
    assert (await ingest.post([foreign, closing], token="terminal")).status_code == 403
    assert (await ingest.post(foreign, token="auditor")).status_code == 403
    assert await ingest.dead_letters() == []


@pytest.mark.parametrize("token", ["", "wrong", "al"])
async def test_without_a_valid_token_nothing_is_read(ingest: Ingest, token: str) -> None:
    """Not even the body is looked at."""
    answer = await ingest.raw(b"nonsense", token=token)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"nonsense", STRUCTURED, 400),
        (b"[]", BATCH, 400),
        (b'[{"a": NaN}]', BATCH, 422),
        (b'{"id": "\\ud800"}', STRUCTURED, 422),
        (b'{"id": "\xff"}', STRUCTURED, 422),
        (b'[{"id": 1}', BATCH, 400),
        (b"[" * 3000 + b"]" * 3000, BATCH, 400),
        (b"[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]", BATCH, 422),
        (b'{"id": "\\u0000", "source": "\\u0000", "type": "\\u0000x", "\\u0000": 1}', STRUCTURED, 422),
        (b'{"id": 99999999999999999999999999, "source": {}, "type": []}', STRUCTURED, 422),
        (b"null", STRUCTURED, 422),
        (b"{}", "text/plain", 415),
        (b"{}", "application/json", 415),
    ],
)
async def test_malformed_bodies_have_their_answer(ingest: Ingest, body: bytes, kind: str, status: int) -> None:
    """Never a 500; and what is not JSON at all is not kept."""
    answer = await ingest.raw(body, **{"content-type": kind})
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert len(await ingest.dead_letters()) == (1 if status == 422 else 0)


async def test_compressed_bodies_are_refused(ingest: Ingest) -> None:
    """Rather than taken for broken JSON."""
    answer = await ingest.raw(b"\x1f\x8b", **{"content-type": STRUCTURED, "content-encoding": "gzip"})
    assert answer.status_code == 415


async def test_names_are_shown_to_whom_may_see_them(ingest: Ingest, source: Source) -> None:
    """The name in force today; unknown ids are left out."""
    known, coming = source.own("E1"), source.own("E2")
    future = {"since": "2199-01-01"}
    people: list[Any] = [
        source.person(known, name="Dulu", since="2020-01-01"),
        source.person(known, name="Kini"),
        source.person(known, name="Nanti", **future),
        source.person(coming, name="Baru", **future),
    ]
    await ingest.post(people)
    answer = await ingest.get("/v1/people", ids=f"{known}, {coming},nobody")
    assert answer.json() == {"people": [{"id": known, "name": "Kini"}, {"id": coming, "name": "Baru"}]}
    assert (await ingest.get("/v1/people", token="auditor", ids=known)).status_code == 403
    assert (await ingest.get("/v1/people", ids=" , ")).status_code == 422
    assert (await ingest.get("/v1/people", ids="\x00")).status_code == 422


@pytest.mark.parametrize("depth", [300, 1000])
async def test_an_item_nested_too_deeply_does_not_hold_up_the_others(
    ingest: Ingest, source: Source, depth: int
) -> None:
    """It is rejected and kept as it was sent; the events beside it are taken."""
    good = json.dumps(source.person(source.own("E1"))).encode()
    deep = b'{"id":' + b"[" * depth + b"]" * depth + b"}"
    answer = await ingest.raw(b"[" + deep + b"," + good + b"]", **{"content-type": BATCH})

    assert answer.status_code == 202, answer.text
    assert [each["status"] for each in answer.json()["results"]] == ["rejected", "accepted"]
    (letter,) = (await ingest.get("/v1/dead-letters")).json()["dead_letters"]
    assert (await ingest.get(f"/v1/dead-letters/{letter['id']}")).json()["body"] == deep.decode()


@pytest.mark.parametrize("garbled", [rb'"\ud800"', b'"\xff"', b"NaN", b"1e999", b'"a\nb"'], ids=repr)
async def test_an_item_that_is_no_json_text_is_rejected_alone(ingest: Ingest, source: Source, garbled: bytes) -> None:
    """It is kept as it was sent, under its own name; what stands before and after it is taken."""
    wrong = json.dumps(source.person(source.own("E0"), name="here")).encode().replace(b'"here"', garbled)
    first, last = (json.dumps(source.person(source.own(code))).encode() for code in ("E1", "E2"))
    answer = await ingest.raw(b"[" + first + b", " + wrong + b"," + last + b"]", **{"content-type": BATCH})
    assert [each["status"] for each in answer.json()["results"]] == ["accepted", "rejected", "accepted"]
    assert answer.json()["results"][1]["id"] == "1"
    (letter,) = await ingest.dead_letters()
    assert (letter["event"]["source"], letter["event"]["id"]) == (source.name, "1")
    kept = (await ingest.get(f"/v1/dead-letters/{letter['id']}")).json()["body"]
    assert kept == wrong.decode("utf-8", "replace")
    alone = await ingest.raw(wrong, **{"content-type": STRUCTURED})
    assert (alone.status_code, alone.json()["results"][0]["id"]) == (422, "1")
    assert (await ingest.raw(b"", path=f"/v1/dead-letters/{letter['id']}/replay")).status_code == 422


async def test_who_may_not_send_leaves_no_dead_letter_of_garbled_items(ingest: Ingest, source: Source) -> None:
    """What can be made out of source and type decides, as for anything else."""
    foreign = json.dumps(source.punch("employee:E1") | {"source": "loket"}).encode().replace(b"terminal", b"\xff")
    answer = await ingest.raw(foreign.replace(b'"in"', rb'"\ud800"'), token="terminal", **{"content-type": STRUCTURED})
    assert answer.status_code == 403
    assert await ingest.dead_letters() == []


async def test_every_mode_of_one_event_is_the_same_event(ingest: Ingest, log: Log, source: Source) -> None:
    """Structured, in base64, with nulls, binary with a charset: one identity, one content."""
    employee = source.own("E1")
    await ingest.take(source.person(employee))
    punch = source.punch(f"employee:{employee}", id="470/123/XI/2026", time="2026-11-24T07:31+07:00")
    punch["data"] = {"at": "2026-11-24T00:30:40.123456789Z", "direction": "in"}
    data = json.dumps(punch["data"]).encode()
    head = {name: value for name, value in punch.items() if name != "data"}
    for packed in (punch, {**head, "data_base64": b64encode(data).decode(), "data": None}, {**punch, "x": None}):
        assert await ingest.take(packed) == ["accepted"]
    assert await ingest.take([{**head, "data_base64": b64encode(data).decode()}]) == ["accepted"]
    attributes = {f"ce-{name}": value for name, value in head.items()}
    for kind in ("application/json; charset=UTF-8", "Application/Vnd.Punch+JSON"):
        answer = await ingest.raw(data, **attributes, **{"content-type": kind})
        assert [each["status"] for each in answer.json()["results"]] == ["accepted"], answer.text
    other = {**head, "data_base64": b64encode(data.replace(b"in", b"out")).decode()}
    assert (await ingest.post(other)).json()["results"][0]["problem"]["status"] == 409
    await log.until(lambda: len(log.of(source)) == 7)
    punches = [event["data"] for event in log.of(source) if event["type"] == punch["type"]]
    assert {data["at"] for data in punches} == {"2026-11-24T00:30:40.123456+00:00"}


async def test_a_time_too_far_ahead_is_refused_at_every_door(
    both_doors: Ingest, sender: Upstream, source: Source
) -> None:
    """Over HTTP, over the topic and as a replay; in a day's reach it is taken."""
    now = datetime.now(UTC)
    far, near = ((now + timedelta(hours=hours)).isoformat() for hours in (25, 23))
    unit = source.unit(source.own("U1"))
    assert await both_doors.take([unit | {"time": near}, source.unit(source.own("U2")) | {"time": far}]) == [
        "accepted",
        "rejected",
    ]
    await sender.put(json.dumps(source.unit(source.own("U3")) | {"time": far}).encode())
    await both_doors.until(sender.all_committed)
    letters = await both_doors.dead_letters()
    assert [letter["pointer"] for letter in letters] == ["/time", "/time"]
    answer = await both_doors.raw(b"", path=f"/v1/dead-letters/{letters[0]['id']}/replay")
    assert answer.status_code == 422


async def test_histories_to_come_are_taken_where_the_setting_allows(servers: Servers, topics: None, dsn: str) -> None:
    """For recomputations and rehearsals that lie ahead."""
    source = Source()
    async with running(settings_for(dsn, servers.kafka.address, ingest_ahead_days=100_000)) as ingest:
        assert await ingest.take(source.unit(source.own("U1")) | {"time": "2199-12-31T00:00:00Z"}) == ["accepted"]
