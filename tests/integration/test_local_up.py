"""`kinerja up` as a process: what it tells, what it survives, and that nothing of it is ever left behind."""

import os
import signal
import smtplib
import socket
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

from services.kit.kafka_address import with_user
from services.local.ports import free_ports, is_free
from services.local.servers import Servers
from services.setup.topics import create_topics
from tests.support.instances import Instance, all_gone, launched, running

STOPS_WITHIN_S = 20.0


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def kafka_of(ready: dict[str, Any]) -> str:
    """The address of the broker that a ready file tells, with what lets one in."""
    return with_user(ready["kafka"], ready["kafka_user"]["name"], ready["kafka_user"]["password"])


def room_for_nine() -> int:
    return next(port for port in free_ports(50) if all(is_free(port + index) for index in range(9)))


async def query(instance: Instance, statement: str) -> object:
    connection = await asyncpg.connect(instance.ready["postgres"])
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_sigkill_of_the_supervisor_leaves_no_process(tmp_path: Path) -> None:
    """Killed without a chance to clean up, it takes Kafka, PostgreSQL, services and their grandchildren with it."""
    async with running(tmp_path) as instance:
        started = instance.descendants()
        names = {process.name() for process in started}
        assert {"java", "postgres", "sleep"} <= names
        instance.process.kill()
        await instance.process.wait()
        assert await all_gone(started, STOPS_WITHIN_S) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_stop_signal_stops_everything_in_time(tmp_path: Path, number: signal.Signals) -> None:
    """Asked to stop, it ends with status 0 within 20 s, leaves no process, and takes its ready file away."""
    async with running(tmp_path) as instance:
        started = instance.descendants()
        instance.process.send_signal(number)
        assert await all_gone(started, STOPS_WITHIN_S) == []
        assert await instance.process.wait() == 0, instance.output.read_text()
        assert not instance.ready_file.exists()
        assert (tmp_path / "data" / "kafka" / "data" / ".kafka_cleanshutdown").exists(), "Kafka was given time to close"


async def test_a_stop_signal_while_starting_leaves_no_process(tmp_path: Path) -> None:
    """Asked to stop before it is ready, it stops what it has started by then."""
    async with launched(tmp_path) as instance:
        await instance.until(lambda: any(process.name() == "java" for process in instance.descendants()))
        started = instance.descendants()
        instance.process.terminate()
        assert await instance.process.wait() == 0, instance.output.read_text()
        assert await all_gone(started, STOPS_WITHIN_S) == []


async def test_killed_servers_come_back_with_their_data(tmp_path: Path) -> None:
    """Kafka and PostgreSQL, killed, run again at the same addresses with all they had; the ready file says so."""
    async with running(tmp_path) as instance:
        before = instance.ready
        assert await create_topics(kafka_of(before)) != []
        await query(instance, "CREATE TABLE kept ()")
        for name in ("kafka", "postgres", "ingest"):
            kill(before["pids"][name])
        await instance.until(lambda: instance.output.read_text().count("is back") == 3)
        after = instance.ready
        assert {name for name, pid in after["pids"].items() if pid == before["pids"][name]} == {"mailbox"}
        assert after | {"pids": {}} == before | {"pids": {}}
        assert all(psutil.pid_exists(pid) for pid in after["pids"].values())
        assert await create_topics(kafka_of(after)) == [], "the topics are still there"
        assert await query(instance, "SELECT to_regclass('kept') IS NOT NULL")


async def test_a_killed_shim_costs_a_restart_and_leaves_no_process(tmp_path: Path) -> None:
    """When what watches over PostgreSQL dies, the server dies with it and a new one takes its place."""
    async with running(tmp_path) as instance:
        server = psutil.Process(instance.ready["pids"]["postgres"])
        old = [server, *server.children(recursive=True)]
        shim = server.parent()
        assert shim
        shim.kill()
        await instance.until(lambda: "postgres is back" in instance.output.read_text())
        assert await all_gone(old, STOPS_WITHIN_S) == []
        assert await query(instance, "SELECT 1") == 1


async def test_data_ports_and_secrets_stay_over_restarts(tmp_path: Path) -> None:
    """Started again in its folder at once after a SIGKILL, it waits for the old processes and is the same as before."""
    async with running(tmp_path) as instance:
        before = instance.ready
        await query(instance, "CREATE TABLE kept ()")
        instance.process.kill()
    instance.ready_file.unlink()
    async with running(tmp_path) as instance:
        assert instance.ready | {"pids": {}} == before | {"pids": {}}
        assert await query(instance, "SELECT to_regclass('kept') IS NOT NULL")


async def test_a_folder_serves_one_instance_and_a_machine_many(tmp_path: Path) -> None:
    """A second instance in the same folder is refused with words; in another folder it runs beside the first."""
    async with running(tmp_path / "one") as one, launched(tmp_path / "one") as same, running(tmp_path / "two") as two:
        assert await same.process.wait() == 1
        told = same.output.read_text()
        assert f"process {one.process.pid}) uses {tmp_path / 'one' / 'data'}" in told
        assert "Traceback" not in told
        addresses = [instance.ready[name] for instance in (one, two) for name in ("ingest", "kafka", "postgres")]
        assert len(set(addresses)) == len(addresses)
        assert await query(one, "SELECT 1") == await query(two, "SELECT 1") == 1


async def test_a_taken_port_of_port_base_is_named(tmp_path: Path) -> None:
    """With --port-base a port that somebody else has is an error that names it, not another port."""
    (base,) = free_ports(1)
    with socket.create_server(("127.0.0.1", base)):
        async with launched(tmp_path, "--port-base", str(base)) as instance:
            assert await instance.process.wait() == 1
    assert f"{base} (ingest)" in instance.output.read_text()
    assert "Traceback" not in instance.output.read_text()


async def test_port_base_fixes_all_ports(tmp_path: Path) -> None:
    """With --port-base N the addresses are N, N + 1 and so on, in a fixed order."""
    base = room_for_nine()
    async with running(tmp_path, "--port-base", str(base)) as instance:
        ready = instance.ready
        assert [ready[name] for name in ("ingest", "scoring", "notifications")] == [
            f"http://127.0.0.1:{base + index}" for index in range(3)
        ]
        assert ready["kafka"] == f"127.0.0.1:{base + 7}"


async def test_servers_named_in_the_environment_are_used(tmp_path: Path, servers: Servers) -> None:
    """With KINERJA_KAFKA and KINERJA_ADMIN_DSN it starts neither server, and tells the addresses it was given."""
    given = {"KINERJA_KAFKA": servers.kafka.address, "KINERJA_ADMIN_DSN": servers.postgres.address}
    async with running(tmp_path, **given) as instance:
        assert set(instance.ready["pids"]) == {"mailbox", "ingest"}
        assert kafka_of(instance.ready) == servers.kafka.address
        assert instance.ready["postgres"] == servers.postgres.address
        assert instance.ready["kafka_user"]["password"] not in instance.output.read_text()


async def test_the_mailbox_keeps_mails_as_files(tmp_path: Path, servers: Servers) -> None:
    """A mail sent by SMTP is one whole .eml file with its envelope, for the owner's eyes only."""
    given = {"KINERJA_KAFKA": servers.kafka.address, "KINERJA_ADMIN_DSN": servers.postgres.address}
    message = EmailMessage()
    message["Subject"] = "Ketepatan layanan turun"
    message.set_content("Nilai turun sejak 1 November.\n.\nTitik di awal baris tetap ada.")
    async with running(tmp_path, "--port-base", str(base := room_for_nine()), **given):
        with smtplib.SMTP("127.0.0.1", base + 5) as client:
            client.send_message(message, "kinerja@example.id", ["lurah@example.id"])
        (path,) = (tmp_path / "data" / "mail").iterdir()
        received = message_from_bytes(path.read_bytes())
    assert path.suffix == ".eml"
    assert path.stat().st_mode & 0o777 == 0o600
    assert received["X-Envelope-To"] == "lurah@example.id"
    assert received["Subject"] == "Ketepatan layanan turun"
    assert "Titik di awal baris tetap ada." in str(received.get_payload())


async def test_the_demo_runs_beside_the_instance(tmp_path: Path, servers: Servers) -> None:
    """It starts when all is ready and is cancelled at the stop; a bug in it is told without a stack trace."""
    given = {"KINERJA_KAFKA": servers.kafka.address, "KINERJA_ADMIN_DSN": servers.postgres.address}
    seen = tmp_path / "seen.txt"
    async with running(tmp_path, "--follow", str(seen), **given) as instance:
        address = instance.ready["ingest"]
        await instance.until(lambda: seen.exists() and seen.read_text() == f"given {address}")
    assert seen.read_text() == f"cancelled {address}"
    async with running(tmp_path, "--follow", str(seen), **given) as instance:
        await instance.until(lambda: "the demo stopped unexpectedly" in instance.output.read_text())
        assert "Traceback" not in instance.output.read_text()
        assert "a bug in the demo" in (tmp_path / "data" / "logs" / "demo.log").read_text()
