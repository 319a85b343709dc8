"""
The processes of one cell: the real services, forked from a server that has imported them once.

A fork in which nothing has run yet is as good as a new interpreter and costs a tenth of it, and a matrix starts
hundreds. Each is a process of its own, with its own environment, connections and log, and dies like any other.
"""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

from services.local.programs import Surroundings, services
from tests.faults.armed import Armed, Launch, launch

NAMES = ("ingest", "scoring", "scoring_worker", "notifications")
IMPORTED = ("services.cli", "services.ingest.main", "services.scoring.main", "services.notifications.main")
QUICK = {
    "KINERJA_INGEST_INBOUND": "false",  # nobody writes to that door here, and its group would outlive the cell
    "KINERJA_INGEST_RELEASE_POLL_S": "0.2",
    "KINERJA_DETECTION_SETTLE_S": "0.2",
}


def fork_server() -> ForkServerContext:
    """Start the server that forks are made from, once per process."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.armed", *IMPORTED, *({"pytest"} & sys.modules.keys())])
    return context


class Processes:
    """The services of one installation, by the names that `kinerja up` gives them."""

    def __init__(self, around: Surroundings, mail_port: int) -> None:
        self.context = fork_server()
        mail = {"KINERJA_SMTP_HOST": "127.0.0.1", "KINERJA_SMTP_PORT": str(mail_port)}
        commands = {program.command.name: program.command for program in services(around)}
        self._launches = {
            name: Launch(
                commands[name].argv[commands[name].argv.index("services.cli") + 1 :],
                {**commands[name].env, **mail, **QUICK},
                around.folder / f"{name}.log",
            )
            for name in NAMES
        }
        self._running: dict[str, ForkServerProcess] = {}

    def start(self, name: str, armed: Armed | None = None) -> None:
        """Start a service, armed or as in production."""
        plain = self._launches[name]
        process = self.context.Process(
            target=launch, args=(Launch(plain.argv, plain.environment, plain.log, armed),), daemon=True
        )
        process.start()
        self._running[name] = process

    async def ended(self, name: str) -> int:
        """Wait until a service has ended; return its exit code, negative for a signal."""
        process, done = self._running[name], asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(process.sentinel, done.set)
        try:
            await done.wait()
        finally:
            loop.remove_reader(process.sentinel)
        process.join()
        assert process.exitcode is not None
        return process.exitcode

    def kill(self) -> None:
        """End everything at once."""
        for process in self._running.values():
            if process.exitcode is None:
                assert process.pid
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
        for process in self._running.values():
            process.join()

    def logs(self) -> list[Path]:
        """Where the services wrote what they did."""
        return [launch.log for launch in self._launches.values()]
