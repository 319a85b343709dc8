"""The machine that the figures belong to."""

import os
import platform
import shutil
import tempfile
import time
from pathlib import Path

import asyncpg
import psutil

from services.local.jars import read_lock

_WRITES = 50


async def described(postgres_dsn: str) -> dict[str, str]:
    """Describe processor, memory, disk and versions, each by its name."""
    connection = await asyncpg.connect(postgres_dsn)
    try:
        version = await connection.fetchval("SHOW server_version")
    finally:
        await connection.close()
    return {
        "processor": f"{_processor()}, {len(os.sched_getaffinity(0))} cores",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
        "disk": _disk(Path(tempfile.gettempdir())),
        "Python": platform.python_version(),
        "PostgreSQL": str(version),
        "Kafka": read_lock().name.removeprefix("kafka-"),
        "load at the start": ", ".join(f"{load:.1f}" for load in os.getloadavg()) + " (1, 5, 15 min)",
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _disk(folder: Path) -> str:
    """Describe the disk under *folder*: file system, size, and how long a small durable write takes."""
    mounts = sorted(psutil.disk_partitions(all=True), key=lambda mount: -len(mount.mountpoint))
    mount = next((m for m in mounts if folder.is_relative_to(m.mountpoint)), None)
    size = shutil.disk_usage(folder).total / 2**30
    durable = f"write and fsync of 8 KiB {_durable_write_ms(folder):.2f} ms"
    return f"{mount.fstype if mount else '?'}, {size:.0f} GiB, {durable}"


def _durable_write_ms(folder: Path) -> float:
    with tempfile.TemporaryFile(dir=folder) as file:
        taken = []
        for _ in range(_WRITES):
            began = time.perf_counter()
            file.write(b"\0" * 8192)
            file.flush()
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - began)
    return sorted(taken)[_WRITES // 2] * 1000
