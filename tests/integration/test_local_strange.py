"""`kinerja up` on other people's machines: folders with strange names, environments full of others' settings."""

import asyncio
import os
import sys
from pathlib import Path

import psutil
import pytest

from services.local import supervisor
from services.local.child import Child, Command
from services.local.console import silent
from services.local.postgres_user import OWN_IDS
from services.local.supervisor import Program, Supervisor
from tests.support.deployment import until
from tests.support.instances import Instance, launched, running

HOSTILE = {
    "KINERJA_ENV_FILE": "/gone/tools.env",
    "KINERJA_SMTP_TLS": "starttls",
    "KINERJA_SMTP_USER": "somebody",
    "PGSSLMODE": "require",
    "PGPORT": "5432,5433",
    "PGOPTIONS": "-c search_path=nowhere",
    "JAVA_TOOL_OPTIONS": "-XX:+NoSuchOption",
    "CLASSPATH": "/nowhere",
    "http_proxy": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
    "LC_ALL": "C",
    "TZ": "Pacific/Kiritimati",
}


def servers_of(instance: Instance) -> dict[str, psutil.Process]:
    """Kafka and PostgreSQL themselves, by name."""
    return {name: psutil.Process(instance.ready["pids"][name]) for name in ("kafka", "postgres")}


@pytest.mark.timeout(240)
async def test_strange_folders_and_environments_change_nothing(tmp_path: Path) -> None:
    """It starts, and starts again on its data, where names have letters that other programs give a meaning."""
    strange = tmp_path / "kinérja – übung, a:b c\\d"
    for _ in range(2):
        async with running(strange, **HOSTILE) as instance:
            folder = strange / "data"
            assert (folder / "kafka" / "data" / "meta.properties").exists(), "the log is inside the folder"
            assert instance.ready["ingest"].startswith("http://127.0.0.1:")
            shown = instance.output.read_text()
            assert "Traceback" not in shown
            assert "not used, since an instance has its own settings: KINERJA_ENV_FILE, KINERJA_SMTP_TLS" in shown
    assert await asyncio.to_thread(os.listdir, tmp_path) == [strange.name], "nothing is left beside it"


async def test_nobody_else_has_the_user_id_of_the_database(tmp_path: Path) -> None:
    """Started by root it runs as a user of its own, who alone reads its data; started by others as they are."""
    async with running(tmp_path) as instance:
        uids = {name: process.uids().real for name, process in servers_of(instance).items()}
        owner = (tmp_path / "data" / "postgres").stat()
    assert uids["kafka"] == os.geteuid()
    assert owner.st_uid == uids["postgres"]
    assert owner.st_mode & 0o777 == 0o700
    assert uids["postgres"] in (OWN_IDS if os.geteuid() == 0 else (os.geteuid(),))


async def test_a_data_folder_that_nobody_owned_before_is_taken_over(tmp_path: Path) -> None:
    """What an earlier version let run as `nobody` starts under the new user with its data."""
    async with running(tmp_path):
        pass
    folder = tmp_path / "data" / "postgres"
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, 65534, 65534)
    async with running(tmp_path) as instance:
        assert folder.stat().st_uid == servers_of(instance)["postgres"].uids().real
    if os.geteuid() == 0:
        assert folder.stat().st_uid in OWN_IDS


async def test_wrong_settings_of_the_owner_stop_the_start_with_a_sentence(tmp_path: Path) -> None:
    """Before anything is started, in one line."""
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "settings.env").write_text("KINERJA_SMTP_TLS=tls\n")
    async with launched(tmp_path) as instance:
        assert await instance.process.wait() == 1
    assert "KINERJA_SMTP_TLS without KINERJA_SMTP_HOST" in instance.output.read_text()
    assert "Traceback" not in instance.output.read_text()


async def test_a_start_that_fails_says_the_drivers_own_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only that it took too long: what the client of the program heard last."""
    monkeypatch.setattr(supervisor, "FIRST_READY_WITHIN_S", 0.3)

    async def refused() -> bool:
        raise ConnectionError("the server wants no TLS")

    command = Command("sleeper", ("sleep", "60"), tmp_path / "sleeper.log", {"PATH": os.defpath})
    kept = Supervisor(silent, lambda: None)
    with pytest.raises(Exception, match=r"not ready within 0 s \(ConnectionError: the server wants no TLS\)"):
        await kept.start(Program(command, refused, 0))
    await kept.stop()


async def test_a_log_is_turned_while_its_process_runs(tmp_path: Path) -> None:
    """It stays within its limit, the part before it is kept, lines stay whole, and the last one is there."""
    log = tmp_path / "writer.log"
    write = "import time\nfor n in range(30_000): print(f'line {n:05}', flush=True)\ntime.sleep(60)"
    argv = (sys.executable, "-c", write)
    child = await Child.start(Command("writer", argv, log, {"PATH": os.defpath}, log_limit_bytes=20_000))
    try:

        async def written() -> bool:
            return log.exists() and log.read_text().endswith("line 29999\n")

        await until(written, 30, "all is written")
        lines = log.with_suffix(".old.log").read_text().splitlines() + log.read_text().splitlines()
        assert log.stat().st_size <= 20_000 + 65_536
        assert len(lines) < 30_000, "older parts are gone"
        assert lines == [f"line {number:05}" for number in range(30_000 - len(lines), 30_000)]
        assert log.stat().st_mode & 0o777 == 0o600
    finally:
        await child.stop()


async def test_the_last_words_of_a_process_are_in_its_log(tmp_path: Path) -> None:
    """What is written just before the end is not lost between the process and its log."""
    log = tmp_path / "last.log"
    argv = (sys.executable, "-c", "import os; os.write(1, b'x' * 200_000 + b'\\nthe end\\n')")
    child = await Child.start(Command("last", argv, log, {"PATH": os.defpath}))
    assert await asyncio.wait_for(child.wait(), 30) == 0
    assert log.read_text().endswith("\nthe end\n")
    assert log.stat().st_size == 200_000 + len("\nthe end\n")
