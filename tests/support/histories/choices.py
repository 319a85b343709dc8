"""Where a random history takes its decisions from: a seed, or hypothesis, which can then shrink them."""

import random
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Choices(Protocol):
    """The only source of chance in this package."""

    def one(self, of: Sequence[T]) -> T:
        """One of several; the first is the simplest."""

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""


class Seeded:
    """Choices that a seed repeats for ever."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def one(self, of: Sequence[T]) -> T:
        """One of several."""
        return self.random.choice(of)

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self.random.randint(low, high)


class Drawn:
    """Choices that hypothesis draws."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.draw = draw

    def one(self, of: Sequence[T]) -> T:
        """One of several."""
        return of[self.between(0, len(of) - 1)]

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return int(self.draw(st.integers(low, high)))


def maybe(choices: Choices, name: str, *values: Any) -> dict[str, Any]:
    """An optional field: left out half the time."""
    return {name: choices.one(values)} if choices.between(0, 1) else {}
