"""
Where a measurement plays: a Kafka and a PostgreSQL of its own, databases copied from a template, services as processes.

Everything is started by `services.local`, in a temporary folder that is gone afterwards.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from services.kit.waiting import LOOK_EVERY_S, until
from services.local.child import Child
from services.local.credentials import Credentials, ensure_sealed_key, signing_keys, write_access_file
from services.local.credentials import new as new_credentials
from services.local.embedded import role_dsns
from services.local.instance import PORT_NAMES
from services.local.ports import free_ports
from services.local.programs import Surroundings, services
from services.local.server import OwnServer, Server
from services.local.servers import servers
from services.scoring.receipts.keys import ensure_keys
from services.setup.database import prepare_database
from services.setup.topics import create_topics
from tests.bench.processes import Meter, Resident
from tests.support.databases import fresh_database

READY_WITHIN_S = 60


@dataclass(frozen=True, slots=True)
class Database:
    """One database of the stage: as superuser, and as each service's role."""

    admin: str
    dsns: dict[str, str]

    @property
    def name(self) -> str:
        return urlsplit(self.admin).path.lstrip("/")


@dataclass
class Installation:
    """Services running on one database of the stage."""

    around: Surroundings
    database: Database
    pids: dict[str, int]

    def port(self, service: str) -> int:
        return self.around.ports[service]

    @property
    def tokens(self) -> dict[str, str]:
        return self.around.credentials.tokens


@dataclass
class Stage:
    """Both servers, and the most memory that any process used on them."""

    folder: Path
    kafka: Server
    postgres: Server
    credentials: Credentials
    resident: Resident = field(default_factory=Resident)
    doing: str = ""
    """What is measured now, to tell peaks of memory apart."""

    @property
    def server_pids(self) -> dict[str, int]:
        """Pids of the servers that we started ourselves; what others started cannot be metered."""
        named = {"Kafka": self.kafka, "PostgreSQL": self.postgres}
        return {name: server.pid for name, server in named.items() if isinstance(server, OwnServer)}

    def meter(self, running: Installation | None = None) -> Meter:
        """Begin to measure the processor time of the servers and of the services running."""
        return Meter({**self.server_pids, **(running.pids if running else {})})

    @asynccontextmanager
    async def database(self, template: Database | None = None) -> AsyncIterator[Database]:
        """Provide a database: migrated and empty, or a copy of *template*, which nobody may be using."""
        source = template.name if template else "template1"
        async with fresh_database(self.postgres.address, source) as admin:
            database = Database(admin, role_dsns(admin, self.credentials))
            if template is None:
                await prepare_database(admin, database.dsns)
            yield database

    @asynccontextmanager
    async def running(
        self, database: Database, *names: str, ready: bool = True, **settings: str
    ) -> AsyncIterator[Installation]:
        """
        Run services by name (`ingest`, `scoring`, `scoring_worker`) on *database*; *settings* as `KINERJA_*`.

        With *ready*, wait until they are.
        """
        ports = dict(zip(PORT_NAMES, free_ports(len(PORT_NAMES)), strict=True))
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        write_access_file(folder / "access.json", self.credentials.tokens)
        ensure_keys(signing_keys(folder))
        around = Surroundings(folder, ports, self.credentials, self.kafka.address, database.dsns)
        ensure_sealed_key(around.sealed_key)
        chosen = [program for program in services(around) if program.name in names]
        children: dict[str, Child] = {}
        try:
            for program in chosen:
                environment = {**program.command.env, **{f"KINERJA_{k.upper()}": v for k, v in settings.items()}}
                children[program.name] = await Child.start(replace(program.command, env=environment))
            for program in chosen if ready else ():
                await until(program.ready, READY_WITHIN_S, f"{program.name} is not ready: {program.command.log}")
            yield Installation(around, database, {name: child.pid for name, child in children.items()})
        finally:
            for name, child in children.items():
                self.resident.note(f"{name}, {self.doing}", child.pid)
                await child.stop()

    async def command(self, database: Database, *subcommand: str, **settings: str) -> float:
        """
        Run a `kinerja` subcommand on *database* to its end, as scoring; return its seconds.

        Raises RuntimeError when it fails. Its greatest memory is noted like that of the services.
        """
        environment = {
            **os.environ,
            "KINERJA_KAFKA": self.kafka.address,
            "KINERJA_SCORING_DSN": database.dsns["scoring"],
            **{f"KINERJA_{name.upper()}": value for name, value in settings.items()},
        }
        began = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "services.cli", *subcommand),
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        watching = asyncio.create_task(self._watch(f"{subcommand[0]}, {self.doing}", process.pid))
        output, _ = await process.communicate()
        watching.cancel()
        if process.returncode:
            raise RuntimeError(f"kinerja {' '.join(subcommand)} failed: {output.decode(errors='replace')[-1000:]}")
        return time.perf_counter() - began

    async def _watch(self, name: str, pid: int) -> None:
        while True:
            self.resident.note(name, pid)
            await asyncio.sleep(LOOK_EVERY_S)


@asynccontextmanager
async def staged(resident: Resident, doing: str) -> AsyncIterator[Stage]:
    """Provide a stage with its topics for one measurement; peaks of memory are noted in *resident*."""
    with tempfile.TemporaryDirectory(prefix="kinerja-bench-") as name:
        folder = Path(name)
        async with servers(folder / "servers") as started:
            await create_topics(started.kafka.address)
            yield Stage(folder, started.kafka, started.postgres, new_credentials(), resident, doing)
