"""Kafka and PostgreSQL as containers, for those who ask for them with KINERJA_TESTCONTAINERS=1."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable

from testcontainers.core.container import DockerContainer

from services.kit.waiting import serves, until
from services.local import kafka, postgres
from services.local.ports import LOOPBACK

KAFKA_IMAGE = "apache/kafka:4.3.1"
POSTGRES_IMAGE = "postgres:18"
READY_WITHIN_S = 120


class ContainerServer:
    """A server in a container on a fixed port of loopback; stopping keeps its data, closing removes it."""

    def __init__(self, container: DockerContainer, address: str, ready: Callable[[], Awaitable[bool]]) -> None:
        self.address = address
        self._container = container
        self._ready = ready
        self._created = False

    async def start(self) -> None:
        if self._created:
            await asyncio.to_thread(self._container.get_wrapped_container().start)
        else:
            await asyncio.to_thread(self._container.start)
            self._created = True
        otherwise = f"The container of {self._container.image} did not get ready."
        await until(lambda: serves(self._ready), READY_WITHIN_S, otherwise)

    async def stop(self) -> None:
        await asyncio.to_thread(self._container.get_wrapped_container().stop)

    async def kill(self) -> None:
        await asyncio.to_thread(self._container.get_wrapped_container().kill)

    async def close(self) -> None:
        await asyncio.to_thread(self._container.stop)


def kafka_container(port: int) -> ContainerServer:
    """The broker's own image with the settings that the embedded one has."""
    address = f"{LOOPBACK}:{port}"
    lines = kafka.PROPERTIES.format(host=LOOPBACK, port=port, controller_port=port + 1, data="/var/lib/kafka/data")
    settings = dict(line.split("=", 1) for line in lines.splitlines())
    settings["listener.security.protocol.map"] = "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT"
    settings["listeners"] = f"BROKER://0.0.0.0:{port},CONTROLLER://{LOOPBACK}:{port + 1}"
    container = DockerContainer(KAFKA_IMAGE)
    for name, value in settings.items():
        container.with_env(f"KAFKA_{name.upper().replace('.', '_')}", value)
    _publish(container, port, port)
    return ContainerServer(container, address, lambda: kafka.ready(address))


def postgres_container(port: int) -> ContainerServer:
    """PostgreSQL's own image, with a generated password."""
    password = secrets.token_urlsafe(24)
    dsn = f"postgresql://{postgres.ADMIN}:{password}@{LOOPBACK}:{port}/{postgres.ADMIN}"
    container = DockerContainer(POSTGRES_IMAGE).with_env("POSTGRES_USER", postgres.ADMIN)
    container.with_env("POSTGRES_PASSWORD", password)
    _publish(container, 5432, port)
    return ContainerServer(container, dsn, lambda: postgres.ready(dsn))


def _publish(container: DockerContainer, inner: int, outer: int) -> None:
    ports: dict[str, object] = container.ports  # type: ignore[assignment]
    ports[f"{inner}/tcp"] = (LOOPBACK, outer)
