"""The servers of an instance as supervised programs, unless the environment names servers that already run."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from services.kit.kafka_address import servers_of
from services.local import kafka, postgres
from services.local.console import say
from services.local.credentials import Credentials
from services.local.environment import GivenServers, given_servers
from services.local.programs import SERVERS_STAGE
from services.local.supervisor import Program, Supervisor
from services.local.together import told_alone


async def start_servers(
    folder: Path, ports: Mapping[str, int], credentials: Credentials, supervisor: Supervisor
) -> tuple[str, str]:
    """
    Start Kafka and PostgreSQL side by side; return Kafka's address and the superuser's DSN once both serve.

    Raises:
        UserError: an address is not usable, or one of them cannot be prepared or does not get ready.
    """
    given = given_servers()
    with told_alone():
        async with asyncio.TaskGroup() as group:
            broker = group.create_task(_kafka(given, folder, ports, credentials, supervisor))
            database = group.create_task(_postgres(given, folder, ports["postgres"], credentials, supervisor))
    return broker.result(), database.result()


async def _kafka(
    given: GivenServers, folder: Path, ports: Mapping[str, int], credentials: Credentials, supervisor: Supervisor
) -> str:
    if given.kafka:
        say(f"using the Kafka at {servers_of(given.kafka)} (KINERJA_KAFKA)")
        return given.kafka
    own, log = (ports["kafka"], ports["kafka_controller"]), folder / "logs" / "kafka.log"
    broker = await asyncio.to_thread(kafka.prepare, folder / "kafka", own, credentials.kafka_password, log, say)
    say("starting Kafka ...")
    await supervisor.start(Program(broker.command, broker.ready, SERVERS_STAGE))
    return broker.address


async def _postgres(
    given: GivenServers, folder: Path, port: int, credentials: Credentials, supervisor: Supervisor
) -> str:
    if given.admin_dsn:
        say("using the PostgreSQL of KINERJA_ADMIN_DSN")
        return given.admin_dsn.get_secret_value()
    log = folder / "logs" / "postgres.log"
    database = await asyncio.to_thread(
        postgres.prepare, folder / "postgres", port, credentials.admin_password, log, say
    )
    say("starting PostgreSQL ...")
    await supervisor.start(
        Program(
            database.command,
            lambda: postgres.ready(database.dsn),
            SERVERS_STAGE,
            settle=lambda: postgres.settle(database),
        )
    )
    return database.dsn


def role_dsns(admin_dsn: str, credentials: Credentials) -> dict[str, str]:
    """DSN of each service's role on the superuser's database."""
    parts = urlsplit(admin_dsn)
    host = parts.netloc.rpartition("@")[2]
    return {
        role: urlunsplit(parts._replace(netloc=f"{role}:{quote(password, safe='')}@{host}"))
        for role, password in credentials.roles.items()
    }
