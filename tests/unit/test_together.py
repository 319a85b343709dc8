"""Work side by side: its failure is told as if it had been done alone."""

import asyncio

import pytest

from services.kit.errors import UserError
from services.local.together import told_alone


async def _fail(error: Exception) -> None:
    raise error


async def test_what_the_user_can_mend_comes_out_of_the_group() -> None:
    """A group of failures would be shown with a stack trace; the first sentence for the user comes out of it."""
    with pytest.raises(UserError, match="mend this"), told_alone():
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_fail(UserError("mend this")))


async def test_a_bug_stays_a_bug() -> None:
    """A group without a sentence for the user is not touched."""
    with pytest.raises(ExceptionGroup), told_alone():
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_fail(ZeroDivisionError()))
