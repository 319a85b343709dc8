"""What is wrong with an event or a policy, told to its sender: where, and how to mend it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: a JSON pointer to it and a sentence that says how to mend it."""

    pointer: str
    detail: str


class Problems(ValueError):
    """
    All that is wrong with a document, each at its own place; *problems* say where and how.

    Raised by a validator of a field or of a record, it names places inside of that.
    """

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{problem.pointer or '/'}: {problem.detail}" for problem in problems))
        self.problems = problems


class InvalidEvent(Problems):
    """The event breaks its contract."""


def pointer(*steps: Any) -> str:
    """Return the JSON pointer that these steps make."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)
