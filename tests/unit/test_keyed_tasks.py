"""Keyed tasks: side by side where keys differ, in order where they do not."""

import asyncio
import random
from functools import partial

import pytest

from services.kit.keyed_tasks import KeyedTasks

KEYS = range(5)


class Works:
    """Work that notes its begin and its end, and ends when it is told to."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.ended: list[int] = []
        self._may_end: dict[int, asyncio.Event] = {}

    async def do(self, number: int) -> None:
        """Begin, wait to be told, end."""
        self.begun.append(number)
        await self._may_end.setdefault(number, asyncio.Event()).wait()
        self.ended.append(number)

    def end(self, number: int) -> None:
        """Let it end, now or as soon as it has begun."""
        self._may_end.setdefault(number, asyncio.Event()).set()


async def _turns() -> None:
    for _ in range(200):
        await asyncio.sleep(0)


@pytest.mark.parametrize("seed", range(20))
async def test_what_shares_a_key_begins_only_after_what_came_before_has_ended(seed: int) -> None:
    """In whatever order work is told to end; and all that shares nothing with work in hand has begun at once."""
    dice, tasks, works = random.Random(seed), KeyedTasks(4), Works()
    keys = [dice.sample(KEYS, dice.randint(1, 3)) for _ in range(30)]
    waiting = list(range(len(keys)))
    for number, some in enumerate(keys):
        tasks.start(some, partial(works.do, number))
    while waiting:
        await _turns()
        held = {
            n for n in range(len(keys)) if any(set(keys[n]) & set(keys[m]) for m in range(n) if m not in works.ended)
        }
        assert set(works.begun) == set(range(len(keys))) - held
        works.end(waiting.pop(dice.randrange(len(waiting))))
    await tasks.settled(KEYS)
    assert sorted(works.ended) == list(range(len(keys)))
    assert not tasks.busy


async def test_there_is_room_when_one_of_as_many_as_there_are_lanes_has_ended() -> None:
    """Work may be started beyond that; who asks for room waits."""
    tasks, works = KeyedTasks(2), Works()
    for number in range(3):
        tasks.start([number], partial(works.do, number))
    asking = asyncio.create_task(tasks.room())
    for number, room in ((2, False), (0, True)):
        works.end(number)
        await _turns()
        assert asking.done() is room


async def test_work_waits_for_what_it_is_told_to_follow() -> None:
    """A topic's partitions may have to wait for those of another."""
    tasks, works = KeyedTasks(4), Works()
    first = tasks.start(["directory"], partial(works.do, 1))
    tasks.start(["events"], partial(works.do, 2), [first])
    await _turns()
    assert works.begun == [1]
    works.end(1)
    await _turns()
    assert works.begun == [1, 2]


async def test_stopping_lets_work_end_and_cancels_what_does_not() -> None:
    """Also what only waits for it."""
    tasks, works = KeyedTasks(2), Works()
    for number, key in enumerate("aab"):
        tasks.start([key], partial(works.do, number))
    works.end(2)
    await tasks.stop(0.05)
    assert (works.begun, works.ended, tasks.busy) == ([0, 2], [2], False)
