"""Whatever is killed in the middle of a load, the figures end equal to the oracle's."""

import asyncio
import json
import random
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest

from tests.support.histories import as_sent, random_arrivals, random_history
from tests.support.instance import Instance, read, send
from tests.support.oracle import Oracle

FIRST, LAST = date(2026, 2, 26), date(2026, 3, 20)
VICTIMS = ("ingest", "scoring_worker", "scoring", "notifications", "closer", "mailbox", "kafka", "postgres")

pytestmark = pytest.mark.timeout(300)


async def _load(instance: Instance, batches: Sequence[Sequence[dict[str, Any]]], begun: asyncio.Event) -> None:
    for batch in batches:
        answer = await send(instance, batch)
        rejected = [result for result in answer["results"] if result["status"] == "rejected"]
        assert not rejected, rejected[:3]
        begun.set()


async def _load_and_kill(instance: Instance, batches: Sequence[Sequence[dict[str, Any]]], name: str) -> None:
    """Two clients share the batches; as soon as the first is answered the process is killed."""
    begun = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_load(instance, batches[::2], begun))
        tasks.create_task(_load(instance, batches[1::2], begun))
        await begun.wait()
        pid = await instance.kill(name)
        await instance.replaced(name, pid)


def _batches(events: Sequence[dict[str, Any]], seed: int) -> list[Sequence[dict[str, Any]]]:
    chooser, batches, start = random.Random(seed), [], 0
    while start < len(events):
        size = chooser.randint(1, 12)
        batches.append(events[start : start + size])
        start += size
    return batches


async def _all_folded(instance: Instance, history: Sequence[dict[str, Any]]) -> list[tuple[dict[str, Any], datetime]]:
    """What the journal has of this history, once it has all of it; other tests have events in it, too."""
    own = {(event["source"], event["id"]) for event in history}
    async with asyncio.timeout(90):
        while len(rows := await _journaled(instance, own)) < len(history):
            await asyncio.sleep(0.1)
    assert len(rows) == len(history)
    return rows


async def _journaled(instance: Instance, own: set[tuple[str, str]]) -> list[tuple[dict[str, Any], datetime]]:
    rows = [(json.loads(row["payload"]), row["recorded_at"]) for row in await instance.journal()]
    return [(event, moment) for event, moment in rows if (event["source"], event["id"]) in own]


def _shown(answer: dict[str, Any]) -> dict[str, Any]:
    coverage = {source: datetime.fromisoformat(c["up_to"]) for source, c in answer["coverage"].items()}
    known_at = answer["known_at"] and datetime.fromisoformat(answer["known_at"])
    rest = {key: value for key, value in answer.items() if key != "position"}
    return {**rest, "coverage": coverage, "known_at": known_at}


async def _compare(instance: Instance, oracle: Oracle, **params: str) -> None:
    span = {"from": FIRST.isoformat(), "to": LAST.isoformat(), "granularity": "day", **params}
    for subject in sorted(oracle.ever_registered):
        kind, _, code = subject.partition(":")
        answer = await read(instance, f"/v1/{kind}s/{code}/measures", **span)
        assert _shown(oracle.response(subject, FIRST, LAST, True)) == _shown(answer)


async def test_kills_in_the_middle_of_a_load_change_nothing(instance: Instance) -> None:
    """Each process is killed while two clients send a shuffled history with duplicates; nothing is lost or doubled."""
    history = random_history(7, 2_000)
    arrivals = [as_sent(event) for event in random_arrivals(7, history, 400)]
    batches = _batches(arrivals, 1)
    for turn, name in enumerate(VICTIMS):
        await _load_and_kill(instance, batches[turn :: len(VICTIMS)], name)

    recorded = await _all_folded(instance, history)
    position = (await read(instance, "/v1/units/" + _a_unit(history) + "/measures", **_today()))["position"]
    await _compare(instance, Oracle(history), at_least=_at_least(position))
    moments = sorted(moment for _, moment in recorded)
    for moment in (moments[len(moments) // 3], moments[-1]):
        past = Oracle.known_at(recorded, moment)
        await _compare(instance, past, known_at=moment.isoformat())


def _a_unit(history: Sequence[dict[str, Any]]) -> str:
    return next(str(e["subject"]).partition(":")[2] for e in history if e["type"] == "unit.registered.v1")


def _today() -> dict[str, str]:
    return {"from": FIRST.isoformat(), "to": FIRST.isoformat()}


def _at_least(position: dict[str, int]) -> str:
    return ",".join(f"{place}:{offset}" for place, offset in position.items())
