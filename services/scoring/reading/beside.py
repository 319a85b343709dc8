"""What is long is worked out beside the event loop, so that everybody else keeps their turn."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LONG = 100
"""Days of units, or of one person, beyond which a thread is worth its while: some 5 ms of work."""


async def worked_out(days: int, work: Callable[[], T]) -> T:
    """Return what *work* returns, which looks at so many days and touches nothing that others change meanwhile."""
    return await asyncio.to_thread(work) if days > LONG else work()
