"""Waiting for a condition of the outside world, with an end and words for when it does not come."""

import asyncio
from collections.abc import Awaitable, Callable

from services.kit.errors import UserError

LOOK_EVERY_S = 0.05


async def until(condition: Callable[[], Awaitable[bool]], within_s: float, otherwise: str) -> None:
    """
    Wait until *condition* holds.

    Raises:
        UserError: it does not hold in time; its text is *otherwise*.
    """
    try:
        async with asyncio.timeout(within_s):
            while not await condition():  # noqa: ASYNC110 (the outside world sets no event)
                await asyncio.sleep(LOOK_EVERY_S)
    except TimeoutError:
        raise UserError(otherwise) from None


async def serves(ready: Callable[[], Awaitable[bool]]) -> bool:
    """Ask a server that may be starting or dying: clients fail in many ways, and all but a UserError mean: not yet."""
    try:
        return await ready()
    except UserError:
        raise
    except Exception:
        return False
