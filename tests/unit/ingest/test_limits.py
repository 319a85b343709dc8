"""How much may be in memory at once."""

import asyncio

import pytest

from services.ingest.limits import InFlight, Turns
from services.kit.problems import Problem


def test_bodies_beyond_the_limit_are_told_to_come_again() -> None:
    """What the first holds counts until it is answered, and no longer."""
    in_flight = InFlight(10)
    with in_flight.account() as first:
        first.take(8)
        with in_flight.account() as second, pytest.raises(Problem) as caught:
            second.take(3)
        assert (caught.value.status, caught.value.headers["Retry-After"]) == (503, "1")
        first.take(2)
    with in_flight.account() as third:
        third.take(10)


async def test_turns_are_given_in_order_and_within_the_limit() -> None:
    """A small body does not overtake a large one that waits, lest large ones never get a turn."""
    turns, done, release = Turns(10), list[str](), asyncio.Event()

    async def work(name: str, size: int) -> None:
        async with turns.turn(size):
            done.append(name)
            await release.wait()

    async with asyncio.TaskGroup() as group:
        for name, size in (("a", 6), ("b", 6), ("c", 1)):
            group.create_task(work(name, size))
            await asyncio.sleep(0)
        assert done == ["a"]
        release.set()
    assert done == ["a", "b", "c"]


async def test_a_body_longer_than_the_limit_gets_a_turn_alone() -> None:
    """It would otherwise wait for ever."""
    async with asyncio.timeout(1), Turns(10).turn(1000):
        pass


async def test_whoever_gives_up_waiting_holds_up_nobody() -> None:
    """A cancelled wait leaves the queue, and its bytes are nobody's."""
    turns = Turns(10)
    async with turns.turn(10):
        waiting = asyncio.create_task(turns.turn(5).__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(1), turns.turn(10):
        pass
