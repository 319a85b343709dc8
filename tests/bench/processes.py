"""What processes used: processor time while something was measured, and the most memory they ever held."""

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil


class Meter:
    """Processor time of processes with all that descends from them, from the meter's making to its reading."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = dict(pids)
        self._began = time.perf_counter()
        self._before = {name: _processor_s(pid) for name, pid in self._pids.items()}

    def cores(self) -> dict[str, float]:
        """Return how many cores each process kept busy on average."""
        elapsed = time.perf_counter() - self._began
        return {name: (_processor_s(pid) - self._before[name]) / elapsed for name, pid in self._pids.items()}


def busy(cores: Mapping[str, float]) -> str:
    """Write the cores kept busy as a reason: "scoring_worker 0.97, PostgreSQL 0.41 cores"."""
    listed = sorted(cores.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} {used:.2f}" for name, used in listed) + " cores busy"


def _processor_s(pid: int) -> float:
    total = 0.0
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        own = process.cpu_times()
        total += own.user + own.system + own.children_user + own.children_system
        for child in process.children(recursive=True):
            with contextlib.suppress(psutil.Error):
                times = child.cpu_times()
                total += times.user + times.system
    return total


@dataclass
class Resident:
    """The greatest resident memory of each process by name, over all measurements."""

    peaks: dict[str, int] = field(default_factory=dict)

    def note(self, name: str, pid: int) -> None:
        """Take in the peak of a process that is about to end."""
        self.peaks[name] = max(self.peaks.get(name, 0), peak_bytes(pid))


def peak_bytes(pid: int) -> int:
    """Return the most memory that the process ever had resident (VmHWM); 0 when it has gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(found[0]) * 1024 if found else 0
