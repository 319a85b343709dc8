"""How much may be in memory at once, and whose turn it is."""

import asyncio
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.limits import SMALL_BYTES, InFlight, Turns
from services.kit.problems import Problem

LARGE = SMALL_BYTES + 1


def test_bodies_beyond_the_limit_are_told_to_come_again() -> None:
    """What the first holds counts until it is answered, and no longer."""
    in_flight = InFlight(10, 3)
    with in_flight.account("a") as first, in_flight.account("b") as other:
        first.take(5)
        other.take(3)
        with in_flight.account("c") as second, pytest.raises(Problem) as caught:
            second.take(3)
        assert (caught.value.status, caught.value.headers["Retry-After"]) == (503, "1")
        other.take(2)
    with in_flight.account("a") as third, in_flight.account("b") as fourth:
        third.take(5)
        fourth.take(5)


def test_no_client_has_more_than_half_of_what_may_be_in_flight() -> None:
    """Whoever sends much leaves room for the others."""
    in_flight = InFlight(10, 3)
    with in_flight.account("bulk") as bulk, in_flight.account("desk") as desk:
        bulk.take(5)
        with in_flight.account("bulk") as more, pytest.raises(Problem):
            more.take(1)
        desk.take(5)


async def _order(most: int, wanted: list[tuple[str, int]]) -> list[str]:
    """Who works after whom when all ask at once and each holds its turn until the next moment."""
    turns, done = Turns(most), list[str]()

    async def work(client: str, size: int) -> None:
        async with turns.turn(client, size):
            done.append(client)
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        for client, size in wanted:
            group.create_task(work(client, size))
    return done


async def test_turns_go_from_client_to_client() -> None:
    """Two large bodies of others wait for two of the one who sent eight."""
    order = await _order(LARGE, [("bulk", LARGE)] * 8 + [("desk", LARGE), ("counter", LARGE)])

    assert order == ["bulk", "bulk", "desk", "counter", *["bulk"] * 6]


async def test_small_bodies_do_not_wait_for_large_ones() -> None:
    """They have a share of their own."""
    order = await _order(LARGE, [("bulk", LARGE)] * 8 + [("desk", 300)] * 3)

    assert order[:4] == ["bulk", "desk", "desk", "desk"]


async def test_turns_of_one_client_are_given_in_order_and_within_the_limit() -> None:
    """A shorter body does not overtake a longer one that waits, lest long ones never get a turn."""
    turns, done, release = Turns(2 * LARGE), list[str](), asyncio.Event()

    async def work(name: str, size: int) -> None:
        async with turns.turn("a", size):
            done.append(name)
            await release.wait()

    async with asyncio.TaskGroup() as group:
        for name, size in (("a", LARGE + 2), ("b", LARGE), ("c", LARGE - 2)):
            group.create_task(work(name, size + 2))
            await asyncio.sleep(0)
        assert done == ["a"]
        release.set()
    assert done == ["a", "b", "c"]


async def test_a_body_longer_than_the_limit_gets_a_turn_alone() -> None:
    """It would otherwise wait for ever."""
    async with asyncio.timeout(1), Turns(10).turn("a", 10 * LARGE):
        pass


async def test_whoever_gives_up_in_the_moment_of_its_turn_holds_up_nobody() -> None:
    """A cancelled wait is no turn, and its bytes are nobody's."""
    turns = Turns(10)
    async with asyncio.timeout(1):
        async with turns.turn("a", 10):
            waiting = [asyncio.create_task(turns.turn("b", 5).__aenter__()) for _ in range(3)]
            await asyncio.sleep(0)
            waiting[0].cancel()
        waiting[1].cancel()  # its turn has been given, and it has not heard of it
        await asyncio.gather(*waiting[:2], return_exceptions=True)
        await waiting[2]


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32))
def test_whatever_is_cancelled_and_when_everybody_else_gets_a_turn(seed: int) -> None:
    """Turns never hold more than the limit, and in the end nothing is held."""
    asyncio.run(asyncio.wait_for(_cancelled_at_random(random.Random(seed)), 5))


async def _cancelled_at_random(dice: random.Random) -> None:
    most = 4 * LARGE
    turns, held, worked = Turns(most), Counter[str](), set[int]()

    async def work(number: int) -> None:
        size = dice.choice((10, SMALL_BYTES, LARGE, 2 * LARGE, 5 * LARGE))
        kind = "small" if size <= SMALL_BYTES else "large"
        async with turns.turn(f"client {number % 3}", size):
            held[kind] += size
            assert held[kind] <= (most if kind == "large" else most // 4) or held[kind] == size
            try:
                for _ in range(dice.randrange(3)):
                    await asyncio.sleep(0)
            finally:
                held[kind] -= size
        worked.add(number)

    tasks = [asyncio.create_task(work(number)) for number in range(30)]
    gone = set[int]()
    for _ in range(20):
        for _ in range(dice.randrange(3)):
            number = dice.randrange(30)
            if tasks[number].cancel():
                gone.add(number)
        await asyncio.sleep(0)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(result is None or isinstance(result, asyncio.CancelledError) for result in results)
    assert worked | gone == set(range(30))
    async with turns.turn("last", most), turns.turn("last", SMALL_BYTES):
        pass
