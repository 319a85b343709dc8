"""Records that break the worker: each is set aside alone, with its position, and the rest flows."""

from base64 import b64decode
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from schemas.topics import DEAD_LETTERS, DIRECTORY, EVENTS
from services.local.servers import Servers
from tests.support.canonical_log import Raw, ends, read_on, record_of, write
from tests.support.deployment import Deployment, deployment
from tests.support.histories import TOWN, VILLAGE, as_let_in, random_history
from tests.support.oracle import Event
from tests.support.verdict import check_deployment

ATTEMPTS = 'scoring_fold_seconds_count{topic="kinerja.events"}'
PARTITIONS = 8

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def workers(servers: Servers, tmp_path: Path) -> AsyncIterator[Deployment]:
    """A database and a log, and no worker yet."""
    async with deployment(servers, tmp_path) as made:
        yield made


def _poison(like: Event, number: int) -> Event:
    """A valid event that the odd worker trips over."""
    return like | {"id": f"poison-{number}", "source": "poison"}


def _among(events: Sequence[Event], poison: Sequence[Event | Raw]) -> list[Event | Raw]:
    """The events in their order with the poison spread among them."""
    mixed: list[Event | Raw] = list(events)
    for number, each in enumerate(poison):
        mixed.insert((number + 1) * len(mixed) // (len(poison) + 1), each)
    return mixed


async def _flow(workers: Deployment, events: Sequence[Event], poison: Sequence[Event | Raw]) -> list[str]:
    """Write all mixed; everything is folded but the poison, which becomes dead letters; return their reasons."""
    kafka = workers.around.kafka
    since = await ends(kafka, [DEAD_LETTERS])
    mixed = _among(events, poison)
    places = await write(kafka, mixed)
    await workers.settled()
    written = {
        place: (each if isinstance(each, tuple) else record_of(each))[2]
        for place, each in zip(places, mixed, strict=True)
        if any(each is one for one in poison)
    }
    letters = await read_on(kafka, DEAD_LETTERS, since, len(poison))
    told = {
        (letter["origin"]["topic"], letter["origin"]["partition"], letter["origin"]["offset"]): b64decode(
            letter["payload_base64"]
        )
        for letter in letters
    }
    assert told == written
    assert sum((await ends(kafka, [DEAD_LETTERS])).values()) == sum(since.values()) + len(poison)
    return [letter["reason"] for letter in letters]


async def test_what_breaks_the_decoder_is_set_aside_alone(workers: Deployment) -> None:
    """Bytes, nothing, JSON that is no event, and events that meet a bug in the decoder, on both topics."""
    history = random_history(3, 300, VILLAGE)
    facts = [event for event in history if event["type"] == "attendance.punched.v1"]
    units = [event for event in history if event["type"] == "unit.registered.v1"]
    no_events = (b"\xff not json", b"", b"[]", b'{"specversion":"1.0"}')
    poison: list[Event | Raw] = [(topic, b"E1", value) for topic in (EVENTS, DIRECTORY) for value in no_events]
    poison += [_poison(like, number) for number, like in enumerate((facts[0], units[0], facts[1]))]
    await workers.start_worker("w1", odd_decoder="poison-", ready="/health/live")
    reasons = await _flow(workers, history, poison)

    assert [reason for reason in reasons if "bug" in reason] == ["RuntimeError: a bug in the decoder"] * 3
    assert await workers.running["w1"].metric("scoring_records_set_aside_total") == 3
    await check_deployment(workers, history)


async def test_what_breaks_the_fold_is_found_in_a_large_batch_by_halving(workers: Deployment) -> None:
    """Among thousands in one batch each culprit costs a logarithm of attempts; its neighbours count."""
    history = as_let_in(random_history(6, 1_500, TOWN))
    facts = [event for event in history if event["type"] == "attendance.punched.v1"]
    units = [event for event in history if event["type"] == "unit.registered.v1"]
    poison = [_poison(like, number) for number, like in enumerate((facts[0], units[0], facts[-1], facts[5]))]
    await workers.start_worker("w1", odd_break="poison-", ready="/health/live")
    worker = workers.running["w1"]
    reasons = await _flow(workers, history, poison)

    assert reasons == ["RuntimeError: a bug in the fold that this event ? meets"] * len(poison)
    assert await worker.metric("scoring_records_set_aside_total") == len(poison)
    culprits, largest = 3, 1_500
    assert await worker.metric(ATTEMPTS) <= 30 + culprits * (PARTITIONS + 2 * largest.bit_length())
    await check_deployment(workers, history)
