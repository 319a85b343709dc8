"""One Apache Kafka broker on loopback: its settings, its storage, how to start it and how to tell that it is ready."""

import base64
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient

from services.kit.errors import UserError
from services.kit.kafka_address import client_options, servers_of
from services.local import kafka_user
from services.local.addresses import write_private
from services.local.child import Command
from services.local.console import Say
from services.local.environment import for_processes
from services.local.folders import cache_folder
from services.local.jars import fetch, read_lock
from services.local.java import find_java
from services.local.ports import LOOPBACK, answers

HEAP = ("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")
"""Fastest start for one laptop (2.3 s, 360 MB resident) at the throughput of a 512 MB heap with G1."""
QUIET = ("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true")
GRACE_S = 6.0
HERE = "/proc/self/cwd"
"""
The broker's folder as the broker knows it: its working directory. In a path, Java's properties give commas, backslashes
and letters beyond Latin-1 a meaning of their own, its class path colons, and a C locale every letter beyond ASCII.
"""
SETTINGS = "server.properties"

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
listeners=BROKER://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=BROKER://{host}:{port}
inter.broker.listener.name=BROKER
controller.listener.names=CONTROLLER
log.dirs={data}
auto.create.topics.enable=false
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=8
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
log.message.timestamp.type=LogAppendTime
log.retention.ms=-1
log.segment.bytes=134217728
log.cleaner.dedupe.buffer.size=16777216
message.max.bytes=16777216
replica.fetch.max.bytes=16777216
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
num.network.threads=2
num.io.threads=4
"""
# The quorum is named by address rather than stored in the log, so that an instance may come back on other ports.
# Topics decide on flushing to disk themselves (flush.messages): without it, a power cut (not a crash of the broker) can
# take the last acknowledged events, and the positions in PostgreSQL are then ahead of the log. Measured with
# flush.messages=1 on 8 partitions, idempotent producer, 300 bytes: 69-85 thousand a second instead of 87-95 in batches,
# 5.3-5.9 instead of 8.8-9.3 from 64 senders of one at a time; p50 of a single send 6.4 ms with and without.
# A broker that was killed may only register again when its old session has expired: by default that takes 9 s.


@dataclass(frozen=True, slots=True)
class Broker:
    """A prepared broker: everything is on disk, nothing runs yet. Holds a secret: never log it."""

    folder: Path
    ports: Sequence[int]
    password: str
    run: tuple[str, ...]
    """How a class of its jars is started."""
    command: Command

    @property
    def address(self) -> str:
        """Where its user reaches it."""
        return kafka_user.address(self._servers, self.password)

    @property
    def _servers(self) -> str:
        return f"{LOOPBACK}:{self.ports[0]}"

    async def ready(self) -> bool:
        """Tell whether it serves its user, not merely listens. Raises what its client does."""
        if not (self.folder / kafka_user.KNOWN).exists() and not await self._welcome():
            return False
        return await ready(self.address)

    async def _welcome(self) -> bool:
        if not await answers(self.ports[0]):
            return False
        return await kafka_user.make_known(self.run, self.folder, self.command.env, self._servers, self.password)


def prepare(folder: Path, ports: Sequence[int], password: str, log: Path, say: Say) -> Broker:
    """
    Make the broker ready to start in *folder*: jars, Java, settings, and on first use its storage.

    It listens on the first of the *ports*, its quorum on the second, and lets in who knows the *password*. Blocking:
    downloads on first use by this user, about 2 s on first use of the folder.
    """
    java = find_java()
    jars = fetch(read_lock(), cache_folder(), say)
    scratch = folder / "scratch"
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    _link(folder / "jars", jars[0].parent)
    class_path = ":".join(f"{HERE}/jars/{jar.name}" for jar in jars)
    run = (str(java), *HEAP, *QUIET, f"-Djava.io.tmpdir={HERE}/scratch", "-cp", class_path)
    environment = for_processes(folder)
    own = PROPERTIES.format(host=LOOPBACK, port=ports[0], controller_port=ports[1], data=f"{HERE}/data")
    if not (folder / "data" / "meta.properties").exists():
        say("preparing Kafka's storage ...")
        write_private(folder / SETTINGS, own + kafka_user.properties(folder, password))
        _format(run, folder, password, environment)
    write_private(folder / SETTINGS, own + kafka_user.properties(folder, password))
    argv = (*run, "kafka.Kafka", SETTINGS)
    command = Command("kafka", argv, log, environment, cwd=folder, grace_s=GRACE_S)
    return Broker(folder, ports, password, run, command)


def _link(link: Path, target: Path) -> None:
    """Let *link* lead to *target*, whatever it led to before."""
    if link.is_symlink() and link.readlink() == target:
        return
    link.unlink(missing_ok=True)
    link.symlink_to(target, target_is_directory=True)


def _format(run: tuple[str, ...], folder: Path, password: str, environment: Mapping[str, str]) -> None:
    arguments = ["format", "-t", _cluster_id(), "-c", SETTINGS, "--ignore-formatted"]
    told = folder / "format.arguments"
    write_private(told, "\n".join([*arguments, *kafka_user.format_arguments(password)]) + "\n")
    done = subprocess.run(
        [*run, "kafka.tools.StorageTool", f"@{told.name}"],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    told.unlink()
    if done.returncode:
        last_words = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise UserError(f"Kafka's storage under {folder} cannot be prepared: {' '.join(last_words)}")
    (folder / kafka_user.KNOWN).touch(mode=0o600)


def _cluster_id() -> str:
    """A random id in the form Kafka wants: 16 bytes as unpadded URL-safe base 64, not beginning with a dash."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


async def ready(address: str) -> bool:
    """Tell whether the broker at *address*, a `KafkaAddress`, serves clients. Raises what its client does."""
    if not await answers(int(servers_of(address).rpartition(":")[2])):
        return False
    admin = AIOKafkaAdminClient(**client_options(address), request_timeout_ms=2000)
    try:
        await admin.start()
        return bool((await admin.describe_cluster())["brokers"])
    finally:
        await admin.close()
