"""What `kinerja up` says to the person who started it: one plain line per step, nothing that is secret."""

from collections.abc import Callable

Say = Callable[[str], None]


def say(text: str) -> None:
    """Print one line at once, also when the output is a pipe."""
    print(f"kinerja: {text}", flush=True)


def silent(text: str) -> None:
    """Say nothing: for tests, whose output is for failures."""
