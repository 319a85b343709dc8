"""A client that nobody wants any more while it connects comes to its end first, so that it can be closed."""

import asyncio

import pytest

from services.kit import connecting
from services.kit.connecting import unbroken


async def test_a_client_that_is_cancelled_while_it_connects_is_let_connect() -> None:
    """Whoever waited ends as cancelled, and not before."""
    answered, connected = asyncio.Event(), asyncio.Event()

    async def connect() -> None:
        await answered.wait()
        connected.set()

    waiting = asyncio.create_task(unbroken(connect()))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.sleep(0)
    assert not waiting.done()
    answered.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert connected.is_set()


async def test_a_client_that_never_connects_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while, and not left running."""
    monkeypatch.setattr(connecting, "LONGEST_S", 0)
    ended = asyncio.Event()

    async def connect() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    waiting = asyncio.create_task(unbroken(connect()))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended.is_set()


async def test_what_goes_wrong_while_connecting_is_told() -> None:
    """As without it."""

    async def connect() -> None:
        raise OSError("refused")

    with pytest.raises(OSError, match="refused"):
        await unbroken(connect())
