"""What `kinerja up` says to the person who started it: one plain line per step, nothing that is secret."""

import contextlib
from collections.abc import Callable

Say = Callable[[str], None]


def say(text: str) -> None:
    """Print one line at once, also when the output is a pipe; nobody reading it is no reason to stop."""
    with contextlib.suppress(OSError):
        print(f"kinerja: {text}", flush=True)


def silent(text: str) -> None:
    """Say nothing: for tests, whose output is for failures."""
