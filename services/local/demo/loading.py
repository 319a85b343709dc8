"""The history into a running instance: directory first, then life, and each day closed only when its facts are in."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice
from typing import Any

import httpx

from services.kit.errors import UserError
from services.local.demo.feed import Feed
from services.local.demo.sending import Positions, Sender, patiently
from services.local.demo.shape import SLOW_COUNTER
from services.local.demo.wire import DAY_S
from services.local.together import told_alone

BATCH = 1500
CONNECTIONS = 3
FOLDED_WITHIN_S = 180.0

Event = dict[str, Any]
Told = Callable[[int, str], None]
"""Told how many events have been sent and the moment of the last one."""


async def load(sender: Sender, scoring: httpx.AsyncClient, feed: Feed, until: int, told: Told) -> None:
    """
    Send the directory and then the facts due up to the second *until*, and wait until they are folded.

    The whole directory comes first, though some of it was late in life: a change of hours or holidays that finds
    months of facts makes the fold count them anew. On a later start the day closer has closed the days since the last
    one already; then they come one after the other, so that never more than one is seen half full.
    """
    for batch in _batches(feed.directory(until)):
        await sender.send(batch)
    if feed.begun == 0:
        await _send_all(sender, feed.facts(until), told)
        await folded(scoring, sender.positions, feed.story.anchor)
        return
    for end in _ends_of_days(feed.begun, until):
        await _send_day(sender, feed.facts(end), told)
        await folded(scoring, sender.positions, feed.story.anchor)


async def close(sender: Sender, scoring: httpx.AsyncClient, feed: Feed, until: int) -> int:
    """
    Send the closings due up to the second *until*, oldest day first, wait until they are folded, return their number.

    To be called once `load` has returned: a day closed before its facts are folded would show everybody as absent.
    """
    sent = 0
    for batch in _batches(feed.closings(until)):
        await sender.send(batch)
        sent += len(batch)
    await folded(scoring, sender.positions, feed.story.anchor)
    return sent


def _batches(events: Iterator[Event]) -> Iterator[list[Event]]:
    while batch := list(islice(events, BATCH)):
        yield batch


def _ends_of_days(begun: int, until: int) -> list[int]:
    """Return the last second of each day from that of *begun* on, and *until* itself."""
    midnights = range(begun - begun % DAY_S + DAY_S, until + 1, DAY_S)
    return [*(midnight - 1 for midnight in midnights), until]


async def _send_day(sender: Sender, facts: Iterator[Event], told: Told) -> None:
    for batch in _batches(facts):
        await sender.send(batch)
        told(sender.accepted, batch[-1]["time"])


async def _send_all(sender: Sender, events: Iterator[Event], told: Told) -> None:
    """Send from several connections at once; the first failure stops all."""
    batches = _batches(events)

    async def send_some() -> None:
        for batch in batches:
            await sender.send(batch)
            told(sender.accepted, batch[-1]["time"])

    with told_alone():
        async with asyncio.TaskGroup() as group:
            for _ in range(CONNECTIONS):
                group.create_task(send_some())


async def folded(scoring: httpx.AsyncClient, positions: Positions, on: date) -> None:
    """
    Wait until scoring has taken everything up to *positions* in; *on* is any day of the story.

    Raises:
        UserError: it has not within FOLDED_WITHIN_S.
    """
    if not positions:
        return
    at_least = ",".join(f"{part}:{position}" for part, position in sorted(positions.items()))
    query = httpx.QueryParams({"from": f"{on}", "to": f"{on}", "at_least": at_least})
    path = f"/v1/units/{SLOW_COUNTER}/measures?{query}"
    answer = await patiently(scoring, "GET", path, within_s=FOLDED_WITHIN_S)
    if answer.status_code != httpx.codes.OK:
        raise UserError(f"scoring has not taken the demo in: {answer.status_code} {answer.text[:300]}")
