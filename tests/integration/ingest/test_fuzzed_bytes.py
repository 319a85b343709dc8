"""Bytes that no well-behaved client sends: each has its answer, the next request is served, and memory stays flat."""

import asyncio
import json
import random
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from schemas.topics import EVENTS
from services.local.servers import Servers
from tests.support.inbound import TYPED, Upstream, joined
from tests.support.ingest import BATCH, STRUCTURED, Ingest, Json, Log, Source
from tests.support.ingest_process import IngestProcess, client, process

LIMIT = 8_388_608
MOST = 10_000
DRIPPING = 60
ROUNDS, CORRUPTED = 4, 25
GROWTH = 24 * 1024 * 1024
"""Bytes by which the process may have grown for good after two more rounds; four leaked bodies would be more."""
KNOBS = {
    "ingest_body_timeout_s": "1.5",
    "ingest_answer_within_s": "30",  # the machine of the tests may be busy
    "ingest_store_timeout_s": "20",
    "ingest_ack_timeout_s": "20",
    "ingest_inbound": "true",
}
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def started(
    servers: Servers, sender: Upstream, dsn: str, tmp_path: Path
) -> AsyncIterator[tuple[IngestProcess, Ingest]]:
    """A process with both doors open, and its client."""
    knobs = KNOBS | {"ingest_inbound_group": sender.group}
    async with process(tmp_path, dsn, servers.kafka.address, **knobs) as made, client(made) as ingest:
        await made.start()
        await joined(ingest)
        yield made, ingest


async def _status(ingest: Ingest, body: bytes, kind: str = STRUCTURED, **headers: str) -> int:
    answer = await ingest.raw(body, **{"content-type": kind, **headers})
    assert answer.json()["status" if answer.status_code != 202 else "results"], answer.text
    return answer.status_code


async def test_the_longest_body_is_taken_and_one_byte_more_is_not(
    started: tuple[IngestProcess, Ingest], source: Source
) -> None:
    """8 MiB to the byte, with its length declared or not; as one event, as a batch, as data."""
    _, ingest = started

    async def streamed(body: bytes) -> AsyncIterator[bytes]:
        for start in range(0, len(body), 1_000_000):
            yield body[start : start + 1_000_000]

    punch = json.dumps(source.punch("employee:E1")).encode()
    longest = punch + b" " * (LIMIT - len(punch))
    headers = {"authorization": "Bearer all", "content-type": STRUCTURED}
    assert await _status(ingest, longest) == 202
    assert (await ingest.http.post("/v1/events", content=streamed(longest), headers=headers)).status_code == 202
    assert await _status(ingest, longest + b" ") == 413
    assert (await ingest.http.post("/v1/events", content=streamed(longest + b" "), headers=headers)).status_code == 413
    batch = b"[" + punch + b"," + punch + b" " * (LIMIT - 2 * len(punch) - 3) + b"]"
    assert (len(batch), await _status(ingest, batch, BATCH)) == (LIMIT, 202)
    refused = await ingest.raw(batch + b" ", **{"content-type": BATCH})
    assert (refused.status_code, "8,388,608 bytes" in refused.json()["detail"]) == (413, True)


async def test_a_body_full_of_the_longest_events_is_written(
    started: tuple[IngestProcess, Ingest], source: Source, log: Log
) -> None:
    """They cannot be compressed, and all go to one partition: no batch of them is refused for its size."""
    _, ingest = started
    await ingest.take([source.person(source.own("E"))])
    events = [source.punch(f"employee:{source.own('E')}", x=_incompressible()) for _ in range(10)]

    assert await ingest.take(events) == ["accepted"] * len(events)
    await log.until(lambda: len(log.of(source, EVENTS)) == len(events))
    assert log.of(source, EVENTS)[0]["x"] == events[0]["x"]


def _incompressible() -> str:
    """As many characters as an extension may have, four bytes each."""
    return "".join(chr(0x10000 + number) for number in random.choices(range(0xFFFFF), k=65_535))


def _full_batch(source: Source) -> tuple[list[Json], dict[int, str]]:
    """As many events as a batch may have, each thousandth wrong in another field; and where each is wrong."""
    events = [source.punch("employee:E1") for _ in range(MOST)]
    wrong = ("specversion", "type", "subject", "time", "data", "datacontenttype")
    fields = {index: wrong[index // 1000 % len(wrong)] for index in range(999, MOST, 1000)}
    for index, field in fields.items():
        events[index][field] = 7
    return events, {index: f"/{field}" for index, field in fields.items()}


async def test_in_a_batch_of_ten_thousand_each_thousandth_is_bad(
    started: tuple[IngestProcess, Ingest], source: Source
) -> None:
    """Just those are rejected, each with its field; ten are kept; one event more is too many."""
    _, ingest = started
    await ingest.take(source.person("E1"))
    events, wrong = _full_batch(source)
    answer = await ingest.post(events)
    assert answer.status_code == 202
    results = answer.json()["results"]
    rejected = {index: result for index, result in enumerate(results) if result["status"] == "rejected"}
    assert {index: each["problem"]["errors"][0]["pointer"] for index, each in rejected.items()} == wrong
    assert [result["id"] for result in results] == [event["id"] for event in events]
    assert len(await ingest.dead_letters()) == len(wrong)
    assert (await ingest.post([*events, events[0]])).status_code == 413


async def _drip(port: int) -> bytes:
    """Promise a long body and send a byte of it now and then; the beginning of what is answered in the end.

    A bare socket: when the server closes on bytes it has not read, the answer before the reset is still to be received,
    while a stream would throw it away with its connection.
    """
    loop = asyncio.get_running_loop()
    head = f"POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer all\r\nContent-Type: {STRUCTURED}\r\n"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setblocking(False)
        await loop.sock_sendall(connection, f"{head}Content-Length: 1000000\r\n\r\n".encode())
        answered = asyncio.create_task(loop.sock_recv(connection, 4096))
        async with asyncio.timeout(30):
            while not answered.done():
                with suppress(ConnectionError):  # closed between two drops: what was answered before is received
                    await loop.sock_sendall(connection, b" ")
                await asyncio.wait([answered], timeout=0.1)
        return await answered


async def test_dripping_clients_are_told_and_hold_up_nobody(
    started: tuple[IngestProcess, Ingest], source: Source
) -> None:
    """408 for each of many at once, while whoever sends at once is served at once."""
    made, ingest = started
    drips = [asyncio.create_task(_drip(made.port)) for _ in range(DRIPPING)]
    assert await ingest.take([source.person("E1"), source.punch("employee:E1")]) == ["accepted", "accepted"]
    assert not any(drip.done() for drip in drips)
    answers = await asyncio.gather(*drips)
    assert {answer.partition(b"\r\n")[0] for answer in answers} == {b"HTTP/1.1 408 Request Timeout"}


HEAVY: list[tuple[bytes, str, int]] = [
    (b"[" * LIMIT, STRUCTURED, 400),
    (b"[" * LIMIT, BATCH, 400),
    (b'{"a":' * (LIMIT // 5), STRUCTURED, 400),
    (b"[" + b"[]," * (LIMIT // 3 - 2) + b"1]", BATCH, 413),
    (b"[" + b"7," * 4_999 + b"[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]", BATCH, 422),
    (b"1" * LIMIT, STRUCTURED, 400),
    (b"-0." + b"1" * (LIMIT - 3), STRUCTURED, 422),
    (b'"' + b"\\u0041" * (LIMIT // 6 - 1) + b'"', STRUCTURED, 422),
    (b'{"id":"' + b"x" * (LIMIT - 9) + b'"}', STRUCTURED, 422),
    (b"{" + b",".join(b'"k%d":1' % number for number in range(500_000)) + b"}", STRUCTURED, 422),
    (b'{"id":"\\ud800"}', STRUCTURED, 422),
    (b'[{"id":"\\udc00\\ud800"}]', BATCH, 422),
    (b"\0" * LIMIT, STRUCTURED, 400),
    (b"\xff" * LIMIT, BATCH, 400),
]


def _corrupted(body: bytes, dice: random.Random) -> bytes:
    """The body with some bytes changed, lost, doubled or put in."""
    spoiled = bytearray(body)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(spoiled))
        junk = dice.choice(
            [b"\0", b"\xff", b'"', b"\\ud800", b"[" * 40, b"}", b"9" * 400, b"null", b"\\u0000", b"1e400"]
        )
        match dice.randrange(4):
            case 0:
                spoiled[at] = dice.randrange(256)
            case 1:
                del spoiled[at : at + dice.randint(1, 30)]
            case 2:
                spoiled[at:at] = spoiled[at : at + dice.randint(1, 60)]
            case _:
                spoiled[at:at] = junk
        spoiled = spoiled or bytearray(b" ")
    return bytes(spoiled)


async def _round(ingest: Ingest, sender: Upstream, source: Source, seed: int) -> None:
    """Send everything heavy, everything corrupted and a batch, at both doors; each has an answer of its own."""
    for body, kind, status in HEAVY:
        assert await _status(ingest, body, kind) == status, (body[:20], kind)
        await sender.put(body[:1_000_000])
    dice = random.Random(seed)
    for _ in range(CORRUPTED):
        body = _corrupted(json.dumps(source.punch("employee:E1")).encode(), dice)
        assert await _status(ingest, body) in (202, 400, 422)
        assert await _status(ingest, b"[" + body + b"]", BATCH) in (202, 400, 422)
        ce = {"ce-id": "1", "ce-source": source.name, "ce-type": "attendance.punched.v1", "ce-specversion": "1.0"}
        assert await _status(ingest, body, "application/json", **ce) in (202, 400, 422)
        await sender.put(body, TYPED)
    await ingest.post(_full_batch(source)[0][:2_000])
    await ingest.until(sender.all_committed, within_s=60)


async def test_whatever_is_sent_memory_stays_flat(
    started: tuple[IngestProcess, Ingest], sender: Upstream, source: Source
) -> None:
    """Rounds of the heaviest and the most broken bodies leave the process as large as the first one did."""
    made, ingest = started
    assert made.process
    measured = psutil.Process(made.process.pid)
    sizes = []
    for seed in range(ROUNDS):
        await _round(ingest, sender, source, seed)
        sizes.append(measured.memory_info().rss)
    assert min(sizes[2:]) - sizes[1] < GROWTH, [size >> 20 for size in sizes]
    assert "Traceback" not in made.output.read_text()
    assert await ingest.take(source.person("E1")) == ["accepted"]
