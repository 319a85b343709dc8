"""Waiting for the fold: one looks for all, nobody waits for ever, and no more wait than can be borne."""

import asyncio
from collections.abc import Collection

import pytest

from services.kit.errors import Refused, Unavailable
from services.scoring.domain.record import DIRECTORY_PARTITION
from services.scoring.reading import waiting
from services.scoring.reading.waiting import Progress, Waiters

AHEAD = {0: 10}


class Fold:
    """How far a fold is, as it says when it is asked; counts how often, and for which partitions."""

    def __init__(self, position: int = 0) -> None:
        self.progress = Progress({0: position, 1: 5, DIRECTORY_PARTITION: 3}, frozenset(), None)
        self.asked: list[set[int]] = []

    async def look(self, partitions: Collection[int]) -> Progress:
        self.asked.append(set(partitions))
        return self.progress

    async def times(self, count: int) -> None:
        """Wait until it was asked so often."""
        async with asyncio.timeout(5):
            while len(self.asked) < count:
                await asyncio.sleep(0)


async def test_however_many_wait_one_looks_for_all() -> None:
    """Eight hundred ask no more often than one does, for the partitions of all, and all go on at once."""
    fold = Fold()
    waiters = Waiters(fold.look, 1_000)
    waits = [asyncio.create_task(waiters.wait_for({number % 2: 10})) for number in range(800)]
    await fold.times(5)
    assert len(fold.asked) == 5
    assert all(asked == {0, 1} for asked in fold.asked)
    fold.progress = Progress({0: 10, 1: 10}, frozenset(), None)
    await asyncio.wait_for(asyncio.gather(*waits), 5)
    assert len(fold.asked) <= 7


async def test_nobody_looks_when_nobody_waits() -> None:
    """What is reached is answered with a single look; afterwards the database has its rest."""
    fold = Fold(position=10)
    waiters = Waiters(fold.look, 10)
    await waiters.wait_for(AHEAD)
    assert len(fold.asked) == 1
    await asyncio.sleep(3 * waiting._POLL_S)
    assert len(fold.asked) == 1


async def test_too_many_are_told_at_once_to_come_again() -> None:
    """Beyond the limit nobody waits, and who gives up makes room."""
    fold = Fold()
    waiters = Waiters(fold.look, 2)
    first, second = (asyncio.create_task(waiters.wait_for(AHEAD)) for _ in range(2))
    await fold.times(1)
    with pytest.raises(Unavailable, match="Too many"):
        await waiters.wait_for(AHEAD)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    third = asyncio.create_task(waiters.wait_for(AHEAD))
    fold.progress = Progress({0: 10}, frozenset(), None)
    await asyncio.wait_for(asyncio.gather(second, third), 5)


async def test_a_wait_ends_in_time_and_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not reached, no such partition, a log that lost what was folded, a database that is away: each is told apart."""
    monkeypatch.setattr(waiting, "LONGEST_S", 0.1)
    fold = Fold()
    fold.progress = Progress({0: 1, 1: 5}, frozenset({1}), None)
    waiters = Waiters(fold.look, 10)
    with pytest.raises(Unavailable, match="has not reached at_least"):
        await waiters.wait_for(AHEAD)
    with pytest.raises(Refused, match="no partition 7"):
        await waiters.wait_for({7: 1})
    with pytest.raises(Unavailable, match="has lost records of events/1"):
        await waiters.wait_for({1: 5})

    async def away(_: Collection[int]) -> Progress:
        raise Unavailable("The database does not answer; try again.")

    with pytest.raises(Unavailable, match="database"):
        await Waiters(away, 10).wait_for(AHEAD)


async def test_what_a_directory_event_moved_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its position is reached when nothing before it is left to recompute; later work is nobody's concern."""
    monkeypatch.setattr(waiting, "LONGEST_S", 0.1)
    fold = Fold()
    waiters = Waiters(fold.look, 10)
    fold.progress = Progress({DIRECTORY_PARTITION: 3}, frozenset(), 2)
    with pytest.raises(Unavailable):
        await waiters.wait_for({DIRECTORY_PARTITION: 3})
    fold.progress = Progress({DIRECTORY_PARTITION: 3}, frozenset(), 3)
    await waiters.wait_for({DIRECTORY_PARTITION: 3})
