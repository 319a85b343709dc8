"""One data folder, one instance at a time: the lock on the folder, and the ports that the instance keeps."""

import fcntl
import json
import os
import time
from pathlib import Path

from services.kit.errors import UserError
from services.local.addresses import write_private
from services.local.console import Say
from services.local.folders import MARK
from services.local.ports import free_ports, is_free

PORT_NAMES = (
    "ingest",
    "scoring",
    "notifications",
    "worker",
    "closer",
    "smtp",
    "postgres",
    "kafka",
    "kafka_controller",
)
"""In the order in which `--port-base` counts."""
PREVIOUS_RUN_S = 30.0


def lock(folder: Path, say: Say) -> int:
    """
    Take the folder for this process and return the descriptor that holds it.

    Whoever inherits the descriptor holds the folder too: the shims do, so that a new instance waits until the last
    process of one that was killed has gone.

    Raises:
        UserError: another instance runs there.
    """
    descriptor = os.open(folder / MARK, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + PREVIOUS_RUN_S
    told = False
    while not _taken(descriptor):
        holder = os.pread(descriptor, 32, 0).decode().strip()
        if _alive(holder) or time.monotonic() > deadline:
            os.close(descriptor)
            raise UserError(
                f"Another `kinerja up` (process {holder}) uses {folder}. Stop it first, "
                "or start this one in a folder of its own: --data DIR."
            )
        if not told:
            say("the previous run in this folder is still stopping; waiting for it ...")
            told = True
        time.sleep(0.1)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _alive(pid: str) -> bool:
    return pid.isdigit() and Path(f"/proc/{pid}").exists()


def choose_ports(folder: Path, base: int | None) -> dict[str, int]:
    """
    Return the instance's ports by name: the same as last time where nobody else took them, else free ones.

    With *base* they are base, base + 1, ... instead, in the order of PORT_NAMES.

    Raises:
        UserError: a port that *base* asks for is taken, or is no port.
    """
    if base is not None:
        return _fixed_ports(base)
    path = folder / "ports.json"
    kept = _kept_ports(path)
    fresh = iter([port for port in free_ports(2 * len(PORT_NAMES)) if port not in kept.values()])
    ports = {name: kept[name] if name in kept and is_free(kept[name]) else next(fresh) for name in PORT_NAMES}
    write_private(path, json.dumps(ports, indent=2) + "\n")
    return ports


def _kept_ports(path: Path) -> dict[str, int]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):  # ports are no data: new ones do
        return {}
    return {name: port for name, port in content.items() if isinstance(port, int) and 0 < port < 65536}


def _fixed_ports(base: int) -> dict[str, int]:
    if not 0 < base <= 65536 - len(PORT_NAMES):
        raise UserError(f"--port-base {base} leaves no room: use a number from 1 to {65536 - len(PORT_NAMES)}.")
    ports = {name: base + index for index, name in enumerate(PORT_NAMES)}
    taken = [f"{port} ({name})" for name, port in ports.items() if not is_free(port)]
    if taken:
        raise UserError(
            f"Ports wanted by --port-base {base} are taken or not allowed: {', '.join(taken)}. "
            "Choose another base, or leave the option out for free ports."
        )
    return ports
