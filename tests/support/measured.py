"""What tests measured in passing, shown at the end of the run; nothing is asserted about it."""

from collections.abc import Callable

_lines: list[str] = []


def note(line: str) -> None:
    """Show this line at the end of the run."""
    _lines.append(line)


def show(write: Callable[[str], None]) -> None:
    """Write all lines noted."""
    for line in _lines:
        write(line)


def noted() -> bool:
    """Whether there is anything to show."""
    return bool(_lines)
