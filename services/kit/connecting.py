"""Connecting to Kafka without leaving connections behind."""

import asyncio
from collections.abc import Coroutine
from typing import Any

LONGEST_S = 2.0
"""How long somebody who no longer wants a connection waits for it to come about."""


async def unbroken(connecting: Coroutine[Any, Any, None]) -> None:
    """
    Wait until a client has connected; cancelled meanwhile, let it come to its end first, if that takes not too long.

    A client that is cancelled while it waits for its first answer forgets the connection, open: nobody can close it.
    """
    task = asyncio.ensure_future(connecting)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=LONGEST_S)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise
