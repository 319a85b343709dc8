"""How much may be in memory at once."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.limits import SHORT_BODY, InFlight, Turns
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


LONG, SHORT = SHORT_BODY + 1, SHORT_BODY
ROOM = 4 * (2 * LONG)
"""Room for two long bodies, or for a little more than two short ones."""


async def test_turns_are_given_in_order_and_within_the_limit() -> None:
    """What one sender brings is taken in its order, as much at once as there is room for."""
    turns, done, release = Turns(ROOM), list[str](), asyncio.Event()

    async def work(name: str, size: int) -> None:
        async with turns.turn("one", size):
            done.append(name)
            await release.wait()

    async with asyncio.TaskGroup() as group:
        for name, size in (("a", 4 * LONG), ("b", 4 * LONG), ("c", LONG)):
            group.create_task(work(name, size))
            await asyncio.sleep(0)
        assert done == ["a"]
        release.set()
    assert done == ["a", "b", "c"]


async def test_senders_have_their_turn_one_after_the_other() -> None:
    """However many bodies one of them has waiting, another's is the next but one."""
    turns, done = Turns(1), list[str]()

    async def work(sender: str) -> None:
        async with turns.turn(sender, LONG):
            done.append(sender)

    async with asyncio.TaskGroup() as group, turns.turn("first", LONG):
        for sender in ("a", "a", "a", "b", "c"):
            group.create_task(work(sender))
            await asyncio.sleep(0)
    assert done == ["a", "b", "c", "a", "a"]


async def test_short_bodies_never_wait_for_long_ones() -> None:
    """Single events pass while somebody's batch is worked on and others wait."""
    turns = Turns(ROOM)
    async with turns.turn("batches", 10 * ROOM):
        waiting = asyncio.create_task(turns.turn("batches", 10 * ROOM).__aenter__())
        await asyncio.sleep(0)
        async with asyncio.timeout(1), turns.turn("single", SHORT):
            pass
        assert not waiting.done()
        waiting.cancel()


async def test_a_body_longer_than_the_limit_gets_a_turn_alone() -> None:
    """It would otherwise wait for ever."""
    async with asyncio.timeout(1), Turns(10).turn("one", 10 * LONG):
        pass


@given(steps=st.lists(st.tuples(st.integers(1, 3), st.booleans(), st.integers(0, 3)), min_size=1, max_size=40))
async def test_whoever_gives_up_at_any_moment_holds_up_nobody(steps: list[tuple[int, bool, int]]) -> None:
    """Cancelled while waiting, while being admitted or while working: no turn is lost, and none breaks the others."""
    turns, begun = Turns(4 * LONG), 0

    async def work(size: int) -> None:
        nonlocal begun
        async with turns.turn(f"sender {size}", size * LONG):
            begun += 1
            await asyncio.sleep(0)

    tasks = []
    for size, gives_up, pause in steps:
        tasks.append(asyncio.create_task(work(size)))
        for _ in range(pause):
            await asyncio.sleep(0)
        if gives_up:
            tasks[len(tasks) // 2].cancel()
    ended = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
    assert {type(end) for end in ended} <= {type(None), asyncio.CancelledError}
    assert begun >= sum(end is None for end in ended)
    async with asyncio.timeout(1), turns.turn("all of it", 10 * LONG):
        pass
