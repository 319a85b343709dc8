"""
`kinerja up`: a whole instance on one machine, in the foreground until it is told to stop.

Nothing of it outlives this process, and everything it keeps is in one folder.
"""

import asyncio
import logging
import os
import shlex
import signal
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path

from services.kit.errors import UserError
from services.kit.kafka_address import MECHANISM, servers_of, user_of
from services.local import instance, programs
from services.local.addresses import Addresses, as_json, remove, write_private
from services.local.child import LOG_LIMIT_BYTES, Child, Command, last_lines
from services.local.console import say
from services.local.credentials import ensure_sealed_key, load_or_create, write_access_file
from services.local.embedded import role_dsns, start_servers
from services.local.environment import KNOBS, print_ignored, read_knobs
from services.local.folders import data_folder
from services.local.programs import Surroundings
from services.local.supervisor import Program, Supervisor

TOOLS = "tools.env"
"""While an instance runs: what `kinerja rebuild`, `verify` and `ledger` need to know of it, for its owner only."""

Follow = Callable[[Addresses], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Parts:
    """
    What an instance is made of besides its servers; tests put in simpler ones.

    *follow* runs once everything is ready, and is cancelled at the stop.
    """

    services: Callable[[Surroundings], tuple[Program, ...]] = programs.services
    migration: Callable[[Surroundings, str], Command] | None = programs.migration
    follow: Follow | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """How `kinerja up` was called."""

    data: Path | None = None
    ready_file: Path | None = None
    port_base: int | None = None


def run(options: Options, parts: Parts) -> None:
    """
    Run an instance until SIGINT, SIGTERM or SIGHUP.

    Raises:
        UserError: it cannot be started; everything that was started has been stopped.
    """
    os.umask(0o077)
    folder = data_folder(options.data)
    held = instance.lock(folder, say)
    print_ignored(os.environ, folder / KNOBS, say)
    _log_to(folder / "logs" / "kinerja.log")
    ready_file = options.ready_file.absolute() if options.ready_file else None
    if ready_file:
        remove(ready_file)
    running = Instance(folder, ready_file, instance.choose_ports(folder, options.port_base), parts, held)
    failure = asyncio.run(_until_stopped(running))
    if failure:
        raise failure


def _log_to(path: Path) -> None:
    """Keep what libraries report, which is for whoever looks for the cause of something, out of the terminal."""
    path.parent.mkdir(exist_ok=True)
    handler = RotatingFileHandler(path, maxBytes=LOG_LIMIT_BYTES, backupCount=1, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


async def _until_stopped(running: "Instance") -> UserError | None:
    """Run the instance in a task that the signals cancel; return what kept it from running, if anything did."""
    work = asyncio.create_task(running.run())
    _stop_on_signals(work, running.supervisor)
    try:
        await work
    except asyncio.CancelledError:
        say("stopped")
    except UserError as exc:
        return exc
    if running.preparing:
        os._exit(0)  # a download goes on in a thread, which nothing can cancel and the interpreter would wait for
    return None


def _stop_on_signals(work: asyncio.Task[None], supervisor: Supervisor) -> None:
    """The first signal stops cleanly, the next one at once."""
    asked = False

    def on_signal() -> None:
        nonlocal asked
        if asked:
            supervisor.kill()
        else:
            asked = True
            say("stopping ... (once more: at once)")
            work.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, on_signal)


class Instance:
    """One run of an instance: start, tell, stay, stop."""

    def __init__(self, folder: Path, ready_file: Path | None, ports: dict[str, int], parts: Parts, held: int) -> None:
        self.supervisor = Supervisor(say, self._tell_again, keep_open=(held,))
        self.preparing = True
        self._folder = folder
        self._ready_file = ready_file
        self._ports = ports
        self._parts = parts
        self._addresses: Addresses | None = None
        self._tools = folder / TOOLS
        self._knobs = read_knobs(folder / KNOBS)

    async def run(self) -> None:
        """Start everything and stay until cancelled; then stop everything."""
        try:
            await self._start()
            await self._stay()
        finally:
            await asyncio.shield(asyncio.create_task(self._stop()))

    async def _start(self) -> None:
        credentials = load_or_create(self._folder)
        write_access_file(self._folder / "access.json", credentials.tokens)
        kafka, dsn = await start_servers(self._folder, self._ports, credentials, self.supervisor)
        self.preparing = False
        dsns = role_dsns(dsn, credentials)
        around = Surroundings(self._folder, self._ports, credentials, kafka, dsns, self._knobs)
        ensure_sealed_key(around.sealed_key)
        if self._parts.migration:
            say("creating roles, tables and topics ...")
            await _once(self._parts.migration(around, dsn))
        await self._start_services(self._parts.services(around))
        self._addresses = _addresses(around, dsn)
        write_private(self._tools, programs.for_tools(around))
        self._tell()
        _print_addresses(self._addresses, self._folder)

    async def _start_services(self, services: tuple[Program, ...]) -> None:
        for stage in sorted({program.stage for program in services}):
            together = [program for program in services if program.stage == stage]
            say(f"starting {', '.join(program.name for program in together)} ...")
            await self.supervisor.start(*together)

    async def _stay(self) -> None:
        assert self._addresses
        if self._parts.follow:
            await self._follow(self._parts.follow, self._addresses)
        await asyncio.Event().wait()

    async def _follow(self, follow: Follow, addresses: Addresses) -> None:
        """Run the demo; whatever goes wrong in it is no reason to stop the instance."""
        try:
            await follow(addresses)
        except UserError as exc:
            say(f"the demo stopped: {exc}")
        except Exception:
            log = self._folder / "logs" / "demo.log"
            with log.open("a") as file:
                traceback.print_exc(file=file)
            say(f"the demo stopped unexpectedly; everything else goes on. What happened: {log}")

    async def _stop(self) -> None:
        if self._ready_file:
            remove(self._ready_file)
        remove(self._tools)
        self._addresses = None
        await self.supervisor.stop()

    def _tell(self) -> None:
        """Write the ready file, once there is something to tell."""
        if self._ready_file and self._addresses:
            write_private(self._ready_file, as_json(self._addresses, self.supervisor.pids))

    def _tell_again(self) -> None:
        try:
            self._tell()
        except UserError as exc:  # no reason to stop a running instance
            say(str(exc))


async def _once(command: Command) -> None:
    """Run a command to its end."""
    child = await Child.start(command)
    try:
        status = await child.wait()
    except asyncio.CancelledError:
        await asyncio.shield(asyncio.create_task(child.stop()))
        raise
    if status:
        raise UserError(f"{command.name} failed with status {status}. {last_lines(command)}")


def _addresses(around: Surroundings, dsn: str) -> Addresses:
    tokens = {holder: around.credentials.tokens[holder] for holder in ("source", "hr")}
    return Addresses(
        around.url("ingest"),
        around.url("scoring"),
        around.url("notifications"),
        servers_of(around.kafka),
        _user(around.kafka),
        dsn,
        str(around.mail),
        tokens,
    )


def _user(kafka: str) -> dict[str, str]:
    user = user_of(kafka)
    return {"mechanism": MECHANISM, "name": user[0], "password": user[1]} if user else {}


def _print_addresses(addresses: Addresses, folder: Path) -> None:
    """Print where everything is; of secrets, only where they are kept."""
    say("ready")
    for name in ("ingest", "scoring", "notifications", "kafka", "mail"):
        say(f"  {name:<14} {getattr(addresses, name)}")
    say(f"  {'postgres':<14} {addresses.postgres.rpartition('@')[2]}")
    say(f"  {'tokens':<14} {folder / 'secrets.json'}")
    say(f"  {'logs':<14} {folder / 'logs'}")
    say(f"  {'for tools':<14} export KINERJA_ENV_FILE={shlex.quote(str(folder / TOOLS))}")
    say("Ctrl-C stops it; the data stays.")
