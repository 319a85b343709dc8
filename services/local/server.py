"""A server that a test may use, kill, stop and start: our own child process, or one named in the environment."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from services.kit.errors import UserError
from services.kit.waiting import serves, until
from services.local.child import Child, Command, last_lines

READY_WITHIN_S = 60


class Server(Protocol):
    """A server under a test's control; its address stays the same over restarts."""

    @property
    def address(self) -> str: ...

    async def start(self) -> None:
        """Start it, if it does not run, and wait until it serves."""

    async def stop(self) -> None:
        """Stop it cleanly."""

    async def kill(self) -> None:
        """End it as a crash would, and wait until it has gone."""

    async def close(self) -> None:
        """Be done with it: nothing that we started is left."""


class OwnServer:
    """A server that is our own child process."""

    def __init__(
        self, address: str, command: Command, settle: Callable[[], None], ready: Callable[[], Awaitable[bool]]
    ) -> None:
        self.address = address
        self._command = command
        self._settle = settle
        self._ready = ready
        self._child: Child | None = None

    @property
    def pid(self) -> int:
        """Process id of the server itself."""
        assert self._child
        return self._child.pid

    async def start(self) -> None:
        if self._child and self._child.running:
            return
        await asyncio.to_thread(self._settle)
        self._child = await Child.start(self._command)
        otherwise = f"{self._command.name} was not ready within {READY_WITHIN_S} s. Its log: {self._command.log}"
        await until(self._ready_or_dead, READY_WITHIN_S, otherwise)

    async def _ready_or_dead(self) -> bool:
        if self._child and not self._child.running:
            raise UserError(f"{self._command.name} ended while starting. {last_lines(self._command)}")
        return await serves(self._ready)

    async def stop(self) -> None:
        if self._child:
            await self._child.stop()

    async def kill(self) -> None:
        assert self._child
        self._child.kill()
        await self._child.wait()

    async def close(self) -> None:
        await self.stop()


class ForeignServer:
    """A server named in the environment: it may be used, and is not ours to stop."""

    def __init__(self, address: str) -> None:
        self.address = address

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        raise UserError("This test stops its server, so it cannot use the one named in the environment.")

    async def kill(self) -> None:
        await self.stop()

    async def close(self) -> None:
        pass
