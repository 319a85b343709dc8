"""Work that ends although it should go on for ever takes its process with it."""

import ast
import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import services
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


AWAITED = {
    "ingest/inbound/consumer.py": "_settle",
    "ingest/partition_writer.py": "add",
    "ingest/log.py": "_leave",
    "kit/keyed_tasks.py": "start",
    "scoring/reading/lab.py": "_reading",
    "scoring/reading/simulations.py": "_decided",
}
"""Where a task is begun that somebody waits for, or that tells whoever waits how it ended."""


def _begun(path: Path) -> Iterator[tuple[str, bool]]:
    """The functions that begin a task, and whether they say that the process ends with it."""
    for function in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            inside = [node for part in function.body for node in _own(part)]
            called = {ast.unparse(node.func) for node in inside if isinstance(node, ast.Call)}
            if "asyncio.create_task" in called:
                yield function.name, "end_with" in called


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """What stands in a function itself, not in those defined inside it."""
    yield node
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        for child in ast.iter_child_nodes(node):
            yield from _own(child)


def test_every_task_beside_answering_ends_its_process_or_is_waited_for() -> None:
    """In every service: one that was forgotten would be missed by nobody."""
    root = Path(services.__file__).parent
    loose = {
        str(path.relative_to(root)): name
        for folder in ("kit", "ingest", "scoring", "notifications")
        for path in sorted((root / folder).rglob("*.py"))
        for name, ends in _begun(path)
        if not ends
    }

    assert loose == AWAITED
