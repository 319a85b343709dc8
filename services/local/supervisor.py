"""
Keeps processes running: starts them, restarts what ends, stops them all in reverse order of their stages.

A process belongs to exactly one keeper task here. What ends by itself, is killed or loses its shim is started again.
"""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from services.kit.errors import UserError
from services.kit.waiting import LOOK_EVERY_S
from services.local.backoff import Backoff
from services.local.child import CannotStart, Child, Command, last_lines
from services.local.console import Say

FIRST_READY_WITHIN_S = 60.0
FIRST_TRIES = 3
"""So often may a process end before it was ever ready; then starting the instance has failed."""


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Program:
    """
    A process to keep running.

    *ready* tells whether it serves; what it raises means no, and is told when that lasts too long. *settle* runs before
    each start, in a thread, and clears away what an earlier run left. Programs of one *stage* start together, after
    those of lower stages are ready, and stop before them.
    """

    command: Command
    ready: Callable[[], Awaitable[bool]]
    stage: int
    settle: Callable[[], None] = _nothing

    @property
    def name(self) -> str:
        return self.command.name


@dataclass(slots=True)
class _Kept:
    program: Program
    first_ready: asyncio.Future[None]
    child: Child | None = None
    ready_since: float | None = None
    keeper: asyncio.Task[None] | None = None
    reason: str = ""
    """Why it is not ready, in the words of the client that asked last."""
    backoff: Backoff = field(default_factory=Backoff)


class Supervisor:
    """
    The processes of one instance.

    *changed* is called whenever a pid is new. The descriptors *keep_open* stay open for as
    long as any process lives.
    """

    def __init__(self, say: Say, changed: Callable[[], None], keep_open: tuple[int, ...] = ()) -> None:
        self._say = say
        self._changed = changed
        self._keep_open = keep_open
        self._kept: dict[str, _Kept] = {}
        self._stopping = False

    @property
    def pids(self) -> dict[str, int]:
        """Pid of each process itself, by name."""
        return {name: kept.child.pid for name, kept in self._kept.items() if kept.child}

    async def start(self, *programs: Program) -> None:
        """
        Start the programs together and wait until all are ready.

        Raises:
            UserError: one is not ready in time, or ends again and again before it was ever ready.
        """
        loop = asyncio.get_running_loop()
        started = [_Kept(program, loop.create_future()) for program in programs]
        for kept in started:
            self._kept[kept.program.name] = kept
            kept.keeper = asyncio.create_task(self._keep(kept), name=f"keep {kept.program.name}")
        await asyncio.gather(*(self._first_ready(kept) for kept in started))

    async def _first_ready(self, kept: _Kept) -> None:
        try:
            async with asyncio.timeout(FIRST_READY_WITHIN_S):
                await asyncio.shield(kept.first_ready)
        except TimeoutError:
            raise UserError(
                f"{kept.program.name} runs but was not ready within {FIRST_READY_WITHIN_S:.0f} s{kept.reason}. "
                f"{last_lines(kept.program.command)}"
            ) from None

    async def _keep(self, kept: _Kept) -> None:
        """Run the program again and again until the supervisor stops."""
        while not self._stopping:
            try:
                how = _ended(await self._run_once(kept))
            except Exception as exc:  # whatever it is, it must not end the watch over this process
                how = f"cannot be started ({exc})" if not isinstance(exc, CannotStart) else "cannot be started"
            if self._stopping or not await self._go_on(kept, how):
                return

    async def _run_once(self, kept: _Kept) -> int:
        kept.ready_since = None
        await asyncio.to_thread(kept.program.settle)
        kept.child = await Child.start(kept.program.command, self._keep_open)
        if self._stopping:
            return await kept.child.stop()
        self._changed()
        watch = asyncio.create_task(self._watch_ready(kept))
        try:
            return await kept.child.wait()
        finally:
            watch.cancel()

    async def _watch_ready(self, kept: _Kept) -> None:
        try:
            while not await _is_ready(kept):  # noqa: ASYNC110 (the outside world sets no event)
                await asyncio.sleep(LOOK_EVERY_S)
        except UserError as exc:
            self._give_up(kept, exc)
            return
        kept.ready_since = time.monotonic()
        if kept.first_ready.done():
            self._say(f"{kept.program.name} is back")
        else:
            kept.first_ready.set_result(None)

    async def _go_on(self, kept: _Kept, how: str) -> bool:
        """Say what happened and wait as long as the back-off wants; False when starting the instance has failed."""
        healthy_s = time.monotonic() - kept.ready_since if kept.ready_since else 0.0
        kept.backoff = kept.backoff.after(healthy_s)
        name, command = kept.program.name, kept.program.command
        if not kept.first_ready.done() and kept.backoff.ends >= FIRST_TRIES:
            self._give_up(kept, UserError(f"{name} {how}, {FIRST_TRIES} times while starting. {last_lines(command)}"))
            return False
        delay_s = kept.backoff.delay_s
        when = f"in {delay_s:g} s" if delay_s else "now"
        self._say(f"{name} {how}; starting it again {when} (its log: {command.log})")
        await asyncio.sleep(delay_s)
        return True

    def _give_up(self, kept: _Kept, reason: UserError) -> None:
        if kept.first_ready.done():
            self._say(str(reason))
        else:
            kept.first_ready.set_exception(reason)
            kept.first_ready.exception()  # so that it counts as seen when another failure is told first

    async def stop(self) -> None:
        """Stop everything, later stages first; what does not stop within its grace period is killed."""
        self._stopping = True
        stages = sorted({kept.program.stage for kept in self._kept.values()}, reverse=True)
        for stage in stages:
            await asyncio.gather(*(self._stop_one(kept) for kept in self._kept.values() if kept.program.stage == stage))

    async def _stop_one(self, kept: _Kept) -> None:
        if kept.child and kept.child.running:
            await kept.child.stop()
        if kept.keeper:
            kept.keeper.cancel()
            await asyncio.wait([kept.keeper])
        if kept.child and kept.child.running:  # started in the very moment of stopping
            await kept.child.stop()

    def kill(self) -> None:
        """End everything at once, for somebody who will not wait."""
        self._stopping = True
        for kept in self._kept.values():
            if kept.child:
                kept.child.kill()


async def _is_ready(kept: _Kept) -> bool:
    try:
        return await kept.program.ready()
    except UserError:
        raise
    except Exception as exc:  # clients of a server that is starting or dying fail in many ways; all mean: not yet
        kept.reason = f" ({type(exc).__name__}: {exc})"
        return False


def _ended(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"was ended by signal {-status}"
