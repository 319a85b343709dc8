"""Rejected items are listed with the reason, mended and replayed."""

import json
from collections.abc import AsyncIterator

import pytest

from schemas.messages import ItemRejected
from schemas.topics import DEAD_LETTERS
from services.ingest.rejections import LONGEST_BODY
from services.local.servers import Servers
from tests.support.inbound import Upstream, joined
from tests.support.ingest import (
    GRANTS,
    SENT,
    STRUCTURED,
    Ingest,
    Log,
    Source,
    running,
    settings_for,
    token_entry,
)


async def _replay(ingest: Ingest, number: int, body: bytes = b"", token: str = "all") -> tuple[int, dict[str, object]]:
    headers = {"content-type": STRUCTURED} if body else {}
    answer = await ingest.raw(body, token, f"/v1/dead-letters/{number}/replay", **headers)
    return answer.status_code, answer.json()


async def test_a_letter_shows_what_was_sent_and_what_is_wrong(ingest: Ingest, source: Source) -> None:
    """The list has the reason and the pointer, the single letter also the body, byte for byte."""
    body = json.dumps(source.punch("employee:E1") | {"data": {"at": "yesterday", "direction": "in"}}, indent=3)
    await ingest.raw(body.encode(), **{"content-type": STRUCTURED})
    (listed,) = await ingest.dead_letters()

    assert listed["event"] == {"source": source.name, "id": "1", "type": "attendance.punched.v1"}
    assert (listed["pointer"], listed["client"], listed["state"]) == ("/data/at", "all", "open")
    assert "RFC 3339" in listed["reason"]
    shown = (await ingest.get(f"/v1/dead-letters/{listed['id']}")).json()
    assert shown == listed | {"body": body}


async def test_the_note_on_the_log_is_as_the_contract_says(ingest: Ingest, log: Log, source: Source) -> None:
    """kinerja.dead-letters tells of the rejection, without the body."""
    await ingest.post(source.punch("employee:"))
    await log.until(lambda: bool(log.of(source, DEAD_LETTERS)))
    (told,) = log.of(source, DEAD_LETTERS)

    assert ItemRejected.model_validate(told).type == "attendance.punched.v1"
    assert set(told) == set(ItemRejected.model_fields)


async def test_the_same_again_adds_no_letter(ingest: Ingest, source: Source) -> None:
    """A source that retries for ever fills nothing; the same bytes of another client are another letter."""
    wrong = source.punch("employee:")
    await ingest.post([wrong, wrong])
    await ingest.post(wrong)
    await ingest.post(wrong, token="terminal")
    assert [each["client"] for each in await ingest.dead_letters()] == ["all", "terminal"]


async def test_a_replay_with_a_corrected_body_is_taken_like_any_event(ingest: Ingest, log: Log, source: Source) -> None:
    """The letter is then replayed; one that is rejected again stays open, and is no further letter."""
    employee = source.own("E1")
    right = source.punch(f"employee:{employee}")
    await ingest.post([source.person(employee), right | {"data": {}}])
    (letter,) = await ingest.dead_letters(state="open")

    assert (await _replay(ingest, letter["id"]))[0] == 422
    assert (await _replay(ingest, letter["id"], b"nonsense"))[0] == 400
    assert len(await ingest.dead_letters(state="open")) == 1
    status, answer = await _replay(ingest, letter["id"], json.dumps(right).encode())
    assert (status, answer["results"]) == (202, [{"source": source.name, "id": right["id"], "status": "accepted"}])
    await log.until(lambda: len(log.of(source)) == 2)
    assert await ingest.dead_letters(state="open") == []
    assert [each["id"] for each in await ingest.dead_letters(state="replayed")] == [letter["id"]]
    assert (await _replay(ingest, letter["id"], json.dumps(right).encode()))[0] == 202


async def test_a_letter_is_replayed_by_whom_it_is_of_or_by_right(ingest: Ingest, source: Source) -> None:
    """Who may read it is told that a right is missing; to anybody else it is as if there were none."""
    employee = source.own("E1")
    right = source.punch(f"employee:{employee}")
    await ingest.take(source.person(employee))
    await ingest.post(source.person(employee, since="never"))
    await ingest.post(source.punch("employee:"), token="terminal")
    letter, own = await ingest.dead_letters()
    body = json.dumps(right).encode()

    assert (await _replay(ingest, letter["id"], body, token="auditor"))[0] == 403
    hidden = await _replay(ingest, letter["id"], body, token="terminal")
    nothing = await _replay(ingest, 999_999, body, token="terminal")
    assert hidden[0] == nothing[0] == 404
    assert str(hidden[1]).replace(f"letter {letter['id']};", "") == str(nothing[1]).replace("letter 999999;", "")
    assert len(await ingest.dead_letters(state="open")) == 2
    assert (await _replay(ingest, own["id"], token="terminal"))[0] == 422, "one's own is judged"
    assert (await _replay(ingest, own["id"]))[0] == 422, "and another's, by right"


COUNTER = {"source": "terminal-*", "type": "service.*", "subject": "unit:A"}
WRITERS = GRANTS | {
    "counter": {"write": [COUNTER, {"source": "counter-9", "type": "*"}]},
    "stranger": {"write": []},
}


@pytest.fixture
async def shared(servers: Servers, topics: None, sender: Upstream, dsn: str) -> AsyncIterator[Ingest]:
    """An ingest with both doors, and tokens of which most may only write."""
    knobs = {"ingest_inbound": True, "ingest_inbound_group": sender.group}
    access = {"tokens": [token_entry(name, grant) for name, grant in WRITERS.items()]}
    async with running(settings_for(dsn, servers.kafka.address, **knobs), access) as instance:
        await joined(instance)
        yield instance


async def _seen(ingest: Ingest, token: str) -> list[int]:
    listed = (await ingest.get("/v1/dead-letters", token)).json()["dead_letters"]
    for each in listed:
        shown = (await ingest.get(f"/v1/dead-letters/{each['id']}", token)).json()
        assert shown == each | {"body": shown["body"]}
    return [each["id"] for each in listed]


async def test_a_source_sees_its_own_letters_and_no_others(shared: Ingest, sender: Upstream, source: Source) -> None:
    """Over whichever door they came; not those about people or units that its grants do not let it write about."""
    person, punch = source.person("E1", since="never", name="Siti"), source.punch("employee:")
    for each in (person, punch, source.event("service.completed.v1", "unit:B", {})):
        await shared.post(each)
    await sender.put_event(source.punch("employee:"))
    await shared.until(sender.all_committed)
    await shared.post(punch, token="terminal")
    await shared.post([7], token="terminal")
    await shared.post(source.event("service.completed.v1", "unit:A", {}), token="counter")
    registration, anothers, service, inbound, own, unreadable, counters = (
        each["id"] for each in await shared.dead_letters()
    )

    assert await _seen(shared, "terminal") == [anothers, inbound, own, unreadable]
    assert await _seen(shared, "counter") == [counters]
    for number, token in ((registration, "terminal"), (service, "terminal"), (service, "counter"), (own, "counter")):
        hidden = await shared.get(f"/v1/dead-letters/{number}", token)
        nothing = await shared.get("/v1/dead-letters/999999", token)
        assert (hidden.status_code, hidden.text) == (404, nothing.text.replace("999999", str(number)))
    for path in ("/v1/dead-letters", f"/v1/dead-letters/{own}", "/v1/dead-letters/999999"):
        assert (await shared.get(path, "stranger")).status_code == 403
    assert (await _replay(shared, anothers, token="terminal"))[0] == 403, "seen, and of another client"
    assert (await _replay(shared, own, token="terminal"))[0] == 422


async def test_pages_of_own_letters_skip_those_of_others(ingest: Ingest, source: Source) -> None:
    """They are as full as any, and `next` is null at their end, whatever follows."""
    for _ in range(3):
        await ingest.post(source.person("E1", since="never"))
        await ingest.post(source.punch("employee:"))
    await ingest.post(source.person("E1", since="never"))
    every = [each["id"] for each in await ingest.dead_letters()]

    first = (await ingest.get("/v1/dead-letters", "terminal", limit="2")).json()
    assert ([each["id"] for each in first["dead_letters"]], first["next"]) == ([every[1], every[3]], every[3])
    rest = (await ingest.get("/v1/dead-letters", "terminal", limit="2", after=str(first["next"]))).json()
    assert ([each["id"] for each in rest["dead_letters"]], rest["next"]) == ([every[5]], None)


async def test_a_letter_is_replayed_as_the_event_it_is(ingest: Ingest, source: Source) -> None:
    """Another event does not mark it; what was wrong with its id, or could not be read, may be mended."""
    employee = source.own("E1")
    right = source.punch(f"employee:{employee}")
    await ingest.take(source.person(employee))
    for wrong in ([right | {"data": {}}], [right | {"id": ""}], [7]):
        await ingest.post(wrong)
    wrong_data, wrong_id, unreadable = (each["id"] for each in await ingest.dead_letters())

    other = json.dumps(source.punch(f"employee:{employee}")).encode()
    status, answer = await _replay(ingest, wrong_data, other)
    assert (status, answer["errors"]) == (
        422,
        [{"pointer": "/id", "detail": f"The letter's event has the id {right['id']!r}."}],
    )
    elsewhere = json.dumps(right | {"source": "terminal-x"}).encode()
    assert (await _replay(ingest, wrong_id, elsewhere))[0] == 422
    assert len(await ingest.dead_letters(state="open")) == 3
    mended = json.dumps(right).encode()
    assert [(await _replay(ingest, number, mended))[0] for number in (wrong_data, wrong_id, unreadable)] == [202] * 3
    assert await ingest.dead_letters(state="open") == []


async def test_a_replay_without_a_body_tries_what_was_kept(ingest: Ingest, source: Source) -> None:
    """Here a conflict stays one; a letter too long to keep whole asks for its correction."""
    employee = source.own("E1")
    punch = source.punch(f"employee:{employee}")
    await ingest.post([punch, punch | {"time": "2026-11-24T08:00:00+07:00"}])
    long = source.event("attendance.punched.v1", "employee:E1", {"note": "x" * LONGEST_BODY}, time=SENT)
    await ingest.post(long)
    conflict, too_long = await ingest.dead_letters()

    status, answer = await _replay(ingest, conflict["id"])
    assert (status, "other content" in str(answer["detail"])) == (422, True)
    status, answer = await _replay(ingest, too_long["id"])
    assert (status, too_long["complete"], "corrected" in str(answer["detail"])) == (422, False, True)
    assert (await _replay(ingest, 999_999_999))[0] == 404


async def test_pages_follow_each_other(ingest: Ingest, source: Source) -> None:
    """`next` leads through all, once each, and is null at the end."""
    await ingest.post([source.punch("employee:") for _ in range(5)])
    seen, after = [], 0
    while after is not None:
        page = (await ingest.get("/v1/dead-letters", after=str(after), limit="2")).json()
        seen += [each["id"] for each in page["dead_letters"]]
        after = page["next"]
    assert len(seen) == len(set(seen)) == 5
    assert (await ingest.get("/v1/dead-letters", limit="0")).status_code == 422
    assert (await ingest.get("/v1/dead-letters", token="none")).status_code == 401
