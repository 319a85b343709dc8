"""Work that ends although it should go on for ever takes its process with it."""

import asyncio
import sys

from services.kit.supervision import STUCK

PROGRAM = """
import asyncio
from services.kit.supervision import end_with, keep

async def work():
    raise {error}

async def main():
    end_with(asyncio.create_task({started}))
    await asyncio.sleep(3)
    print("went on")

asyncio.run(main())
"""


async def _ended(started: str, error: str) -> tuple[int | None, str]:
    program = PROGRAM.format(started=started, error=error)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def test_work_that_fails_ends_the_process() -> None:
    """Alive and idle it would be missed by nobody; whoever started it starts it again."""
    status, said = await _ended("work()", "RuntimeError('a bug')")
    assert status == STUCK
    assert "went on" not in said


async def test_kept_work_goes_on_after_any_failure() -> None:
    """What is tried again takes nobody with it: it is logged, counted and paused for."""
    status, said = await _ended("keep('work', work)", "RuntimeError('a bug')")
    assert status == 0
    assert "work.failed" in said
    assert "went on" in said
