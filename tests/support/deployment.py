"""The processes of an instance on servers that a test commands: each started, frozen, killed and asked alone."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import psutil

from services.local import credentials
from services.local.child import Child, Command
from services.local.ports import LOOPBACK, free_ports
from services.local.programs import Surroundings, services
from services.local.servers import Servers
from services.setup.database import prepare_database
from services.setup.topics import create_topics
from tests.support.canonical_log import begin_at_the_end, folded
from tests.support.databases import fresh_database

PASSWORD = "only-in-tests"  # of every test: roles belong to the whole server
READY_WITHIN_S = 40


async def until(condition: Callable[[], Awaitable[bool]], within_s: float, what: str) -> None:
    """Wait until *condition* holds; fail with *what* was wanted."""
    try:
        async with asyncio.timeout(within_s):
            while not await condition():
                await asyncio.sleep(0.03)
    except TimeoutError:
        raise AssertionError(f"not within {within_s:.0f} s: {what}") from None


class Running:
    """One process: what can be done to it and asked of it."""

    def __init__(self, child: Child, port: int) -> None:
        self.child, self.port = child, port
        self.http = httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}", timeout=15)

    @property
    def output(self) -> str:
        """What it wrote, with everything that had its name before."""
        return self.child.command.log.read_text(errors="replace")

    async def kill(self) -> None:
        """End it as a crash would."""
        self.child.kill()
        await self.child.wait()

    async def stop(self) -> int:
        """Ask it to end; return its exit status."""
        self.thaw()
        return await self.child.stop()

    def freeze(self) -> None:
        """Stop it where it is, as a paused machine would."""
        os.kill(self.child.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        if self.child.running:
            os.kill(self.child.pid, signal.SIGCONT)

    async def frozen(self) -> bool:
        """Whether it is stopped where it is."""
        return psutil.Process(self.child.pid).status() == psutil.STATUS_STOPPED

    async def answers(self, path: str = "/health/ready") -> bool:
        """Whether it answers 200."""
        try:
            return (await self.http.get(path)).status_code == 200
        except httpx.HTTPError:
            return False

    async def metric(self, name: str) -> float:
        """The sum of a metric over its labels."""
        lines = (await self.http.get("/metrics")).text.splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith((f"{name}{{", f"{name} ")))


@dataclass
class Deployment:
    """What runs, by name, and what each was told; *admin* is the superuser's DSN of the database."""

    around: Surroundings
    admin: str
    running: dict[str, Running] = field(default_factory=dict)

    async def start(self, name: str, *, ready: str = "/health/ready", **knobs: str) -> Running:
        """Start a service as `kinerja up` would; *knobs* are settings without their prefix."""
        (program,) = (program for program in services(self.around) if program.command.name == name)
        port = self.around.ports["worker" if name == "scoring_worker" else name]
        return await self._start(program.command, port, ready, knobs)

    async def start_worker(self, name: str, *, ready: str = "/health/ready", **knobs: str) -> Running:
        """Start a scoring worker of this name in this test's own group; see `odd_worker` for what it can be told."""
        (program,) = (program for program in services(self.around) if program.command.name == "scoring_worker")
        (port,) = free_ports(1)
        command = replace(
            program.command,
            name=name,
            argv=(sys.executable, "-P", "-m", "tests.support.odd_worker"),
            log=self.around.log(name),
            cwd=None,
        )
        group = urlsplit(self.admin).path.lstrip("/")
        told = {"worker_name": name, "worker_port": str(port), "odd_group": group} | knobs
        return await self._start(command, port, ready, told)

    async def _start(self, command: Command, port: int, ready: str, knobs: dict[str, str]) -> Running:
        told = {f"KINERJA_{key.upper()}": value for key, value in knobs.items()}
        if before := self.running.get(command.name):
            await before.http.aclose()
        child = await Child.start(replace(command, env={**command.env, **told}))
        running = self.running[command.name] = Running(child, port)

        async def up() -> bool:
            assert child.running, running.output
            return await running.answers(ready)

        if ready:
            await until(up, READY_WITHIN_S, f"{command.name} is ready")
        return running

    async def settled(self, within_s: float = 60) -> None:
        """Wait until everything on the log is folded and nothing it moved is left to recompute."""
        dsn = self.around.dsns["scoring"]
        await until(lambda: folded(self.around.kafka, dsn), within_s, "all is folded")

    async def close(self) -> None:
        """End every process."""
        for running in self.running.values():
            running.thaw()
        await asyncio.gather(*(running.child.stop() for running in self.running.values()))
        for running in self.running.values():
            await running.http.aclose()


@asynccontextmanager
async def deployment(
    servers: Servers, folder: Path, *, database: str | None = None, smtp: int = 0
) -> AsyncIterator[Deployment]:
    """
    Nothing running yet, on a database of its own (or on *database*), with the log read from its end on.

    Mail goes to the port *smtp* of loopback.
    """
    if database is None:
        async with (
            fresh_database(servers.postgres.address) as fresh,
            deployment(servers, folder, database=fresh, smtp=smtp) as made,
        ):
            yield made
        return
    roles = {role: role_dsn(database, role) for role in credentials.ROLES}
    await prepare_database(database, roles)
    await create_topics(servers.kafka.address)
    await begin_at_the_end(servers.kafka.address, roles)
    secrets = credentials.load_or_create(folder)
    credentials.write_access_file(folder / "access.json", secrets.tokens)
    names = ("smtp", "ingest", "scoring", "worker", "notifications", "closer")
    ports = dict(zip(names, free_ports(len(names)), strict=True)) | ({"smtp": smtp} if smtp else {})
    made = Deployment(Surroundings(folder, ports, secrets, servers.kafka.address, roles), database)
    credentials.ensure_sealed_key(folder / "sealed.key")
    try:
        yield made
    finally:
        await made.close()


def role_dsn(admin_dsn: str, role: str) -> str:
    """The same database as a service's own role."""
    parts = urlsplit(admin_dsn)
    return urlunsplit(parts._replace(netloc=f"{role}:{PASSWORD}@{parts.hostname}:{parts.port}"))
