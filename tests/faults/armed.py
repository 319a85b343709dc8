"""
A service's process as it runs in production, but for one thing: it may end itself at a named place.

The only code that gives `services.kit.crashpoints` a meaning. By hand, with the service's settings in the environment:
`python -m tests.faults.armed scoring.fence 2 /tmp/note scoring worker` runs `kinerja scoring worker` and kills it at
its second arrival at `scoring.fence`.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.kit import crashpoints

_DIE_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


@dataclass(frozen=True, slots=True)
class Armed:
    """At which place and arrival the process ends, and the file in which it says so first."""

    point: str
    arrival: int
    note: Path


@dataclass(frozen=True, slots=True)
class Launch:
    """One process: `kinerja` *argv* with exactly this environment, its output appended to *log*."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    armed: Armed | None = None


def arm(armed: Armed) -> None:
    """End this process by SIGKILL at an arrival at a place."""
    arrivals = 0

    def reached(name: str) -> None:
        nonlocal arrivals
        arrivals += name == armed.point
        if name == armed.point and arrivals == armed.arrival:
            armed.note.write_text(f"{name} {arrivals}")
            os.kill(os.getpid(), signal.SIGKILL)

    crashpoints.__dict__["reached"] = reached


def launch(what: Launch) -> None:
    """Become the process; runs in a fresh fork, in which nothing has run before."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    output = os.open(what.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.clear()
    os.environ.update(what.environment)
    if what.armed is not None:
        arm(what.armed)
    run(what.argv)


def run(argv: Sequence[str]) -> None:
    """Run the command line of the services."""
    from services.cli import main

    sys.argv = ["kinerja", *argv]
    main()


if __name__ == "__main__":
    arm(Armed(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
    run(sys.argv[4:])
