"""A process under a shim, as the supervisor and the tests see it."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from services.kit.errors import UserError

SHIM = Path(__file__).with_name("shim.py")
LOG_LIMIT_BYTES = 16 * 1024 * 1024
SHIM_SLACK_S = 3.0
"""What the shim may need beyond the grace period to reap everyone and say so."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The user that a process runs as when that is not the user who starts it."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Command:
    """
    How to start and stop one process.

    Secrets belong into *env*: every user of the machine can read *argv*. After *grace_s* a stopping process is killed
    with all that descends from it. The log is turned when it has *log_limit_bytes*; the one before it is kept.
    """

    name: str
    argv: tuple[str, ...]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    owner: Owner | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace_s: float = 10.0
    log_limit_bytes: int = LOG_LIMIT_BYTES


class CannotStart(UserError):
    """The program is not there, or this user may not run it."""


class Child:
    """One run of a command: from start to exit, never restarted."""

    def __init__(self, command: Command, shim: asyncio.subprocess.Process, pid: int) -> None:
        self.command = command
        self.pid = pid
        self._shim = shim
        self._exit = asyncio.create_task(self._read_exit())

    @classmethod
    async def start(cls, command: Command, keep_open: tuple[int, ...] = ()) -> "Child":
        """
        Start the command; its output is appended to its log.

        The shim (not the command) keeps the descriptors *keep_open* until everything is gone.
        """
        shim = await _start_shim(command, keep_open)
        assert shim.stdout
        word, _, pid = (await shim.stdout.readline()).decode().strip().partition(" ")
        if word != "pid":
            raise CannotStart(f"{command.name} cannot be started. {last_lines(command)}")
        return cls(command, shim, int(pid))

    async def wait(self) -> int:
        """Wait until the process and its descendants are gone; return the exit status, negative for a signal."""
        return await asyncio.shield(self._exit)

    @property
    def running(self) -> bool:
        return not self._exit.done()

    def kill(self) -> None:
        """End the process at once, as a crash would."""
        if self.running:
            os.kill(self.pid, signal.SIGKILL)

    async def stop(self) -> int:
        """Ask the process to stop, and end it when it does not within its grace period."""
        assert self._shim.stdin
        self._shim.stdin.close()
        try:
            async with asyncio.timeout(self.command.grace_s + SHIM_SLACK_S):
                return await self.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._shim.kill()  # the kernel then kills the process as well
            return await self.wait()

    async def _read_exit(self) -> int:
        assert self._shim.stdout
        word, _, status = (await self._shim.stdout.readline()).decode().strip().partition(" ")
        await self._shim.wait()
        if self._shim.stdin:
            self._shim.stdin.close()
        return int(status) if word == "exit" else -signal.SIGKILL


async def _start_shim(command: Command, keep_open: tuple[int, ...]) -> asyncio.subprocess.Process:
    owner = command.owner or Owner(-1, -1)
    limits = (int(command.stop_signal), command.grace_s, owner.uid, owner.gid)
    written_to = (str(command.log.absolute()), str(command.log_limit_bytes))
    with _open_log(command.log) as log:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(SHIM), *map(str, limits), *written_to, *command.argv),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env=dict(command.env),
            cwd=command.cwd,
            start_new_session=True,
            pass_fds=keep_open,
        )


def _open_log(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb")


def last_lines(command: Command, lines: int = 5) -> str:
    """Where the command's log is and how it ends, for a message to the user; stack traces stay in the log."""
    try:
        written = command.log.read_text(errors="replace").splitlines()
    except OSError:
        written = []
    found = [line for line in written if line.strip() and not line.startswith((" ", "\t", "Traceback"))][-lines:]
    return f"Its log is {command.log}" + (", which ends:\n" + "\n".join(found) if found else ".")
