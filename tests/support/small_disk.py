"""A PostgreSQL server with a small disk beside its own: a tmpfs that only this server sees, in its mount namespace."""

import asyncio
import os
import secrets
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import asyncpg

from services.local import postgres
from services.local.child import Command
from services.local.console import silent
from services.local.ports import free_ports
from services.local.server import OwnServer
from tests.support.databases import dsn_of

DISK = "/mnt"  # every Linux has it, and what it holds stays there: the mount is seen by nobody else
MOUNTED = 'size=$1 uid=$2 gid=$3; shift 3; mount -t tmpfs -o "size=$size,mode=700%s" kinerja ' + DISK
AS_ROOT = (
    *("unshare", "--mount", "--propagation", "private", "sh", "-ec"),
    MOUNTED % ",uid=$uid,gid=$gid" + '; exec setpriv "--reuid=$uid" "--regid=$gid" --clear-groups "$@"',
)
AS_USER = (
    *("unshare", "--user", "--map-root-user", "--mount", "--propagation", "private", "sh", "-ec"),
    MOUNTED % "" + '; exec unshare --user "--map-user=$uid" "--map-group=$gid" "$@"',
)
DATABASE = "small"


class NoNamespaces(Exception):
    """This machine lets nobody mount a tmpfs of their own."""


def _with_disk(command: Command, size_mib: int) -> Command:
    """The same command with a disk of its own at DISK, as the same user."""
    uid, gid = (command.owner.uid, command.owner.gid) if command.owner else (os.getuid(), os.getgid())
    argv = (*(AS_ROOT if command.owner else AS_USER), "sh", f"{size_mib}m", str(uid), str(gid))
    _try((*argv, "true"))
    return replace(command, argv=(*argv, *command.argv), owner=None, env={"PATH": os.defpath, **command.env})


def _try(argv: tuple[str, ...]) -> None:
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
    except OSError as exc:
        raise NoNamespaces(str(exc)) from exc
    if done.returncode:
        raise NoNamespaces(" ".join((done.stderr or done.stdout).split()))


@asynccontextmanager
async def postgres_with_small_disk(folder: Path, size_mib: int) -> AsyncIterator[OwnServer]:
    """Start the server; its address is that of a database on the small disk. Raises NoNamespaces."""
    (port,) = free_ports(1)
    password = secrets.token_urlsafe(24)
    made = await asyncio.to_thread(
        postgres.prepare, folder / "postgres", port, password, folder / "postgres.log", silent
    )
    command = await asyncio.to_thread(_with_disk, made.command, size_mib)
    address = dsn_of(made.dsn, DATABASE)
    server = OwnServer(address, command, lambda: postgres.settle(made), lambda: postgres.ready(made.dsn))
    await server.start()
    try:
        conn = await asyncpg.connect(made.dsn)
        try:
            await conn.execute(f"CREATE TABLESPACE small LOCATION '{DISK}'")
            await conn.execute(f"CREATE DATABASE {DATABASE} TABLESPACE small")
        finally:
            await conn.close()
        yield server
    finally:
        await server.close()


class Neighbour:
    """
    Somebody else's table on the same disk.

    It keeps its connection: PostgreSQL may let nobody in any more on a disk without room for its own small files.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._conn: asyncpg.Connection | None = None

    async def fill(self) -> None:
        """Take all that is left of the disk, first in large pieces."""
        self._conn = await asyncpg.connect(self._dsn)
        await self._conn.execute("CREATE TABLE neighbour (bytes text STORAGE PLAIN)")
        for rows in (1_000, 10, 1):
            await self._until_full(self._conn, rows)

    async def _until_full(self, conn: asyncpg.Connection, rows: int) -> None:
        try:
            while True:
                await conn.execute(
                    "INSERT INTO neighbour SELECT repeat('x', 7000) FROM generate_series(1, $1::int)", rows
                )
        except asyncpg.DiskFullError:
            return

    async def leave(self) -> None:
        """Give everything back."""
        assert self._conn is not None
        try:
            await self._conn.execute("DROP TABLE neighbour")
        finally:
            await self._conn.close()
