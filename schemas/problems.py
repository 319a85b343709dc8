"""What is wrong with an event, told to its sender: where, and how to mend it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an event: a JSON pointer into it and a sentence that says how to mend it."""

    pointer: str
    detail: str


class InvalidEvent(ValueError):
    """The event breaks its contract; *problems* say where and how."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{problem.pointer or '/'}: {problem.detail}" for problem in problems))
        self.problems = problems


def pointer(*steps: Any) -> str:
    """Return the JSON pointer that these steps make."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)
