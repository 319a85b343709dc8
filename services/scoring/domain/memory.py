"""Answers remembered up to a weight in bytes: units times days have no end, and one answer may be a whole country."""

from sys import getsizeof
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

_OF_A_KEY = 200
"""A place in the table, and a key of a code and a day."""


class Memory(Generic[K, V]):
    """
    A memory that starts anew when it is full; what alone is heavier than *most_bytes* is not kept.

    An answer weighs what its container does: the codes in it are the directory's own.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._known: dict[K, V] = {}
        self.bytes = 0

    def get(self, key: K) -> V | None:
        """Return what is remembered under *key*."""
        return self._known.get(key)

    def keep(self, key: K, value: V) -> V:
        """Remember an answer and return it."""
        weight = _OF_A_KEY + getsizeof(value)
        if weight > self._most:
            return value
        if self.bytes + weight > self._most:
            self._known.clear()
            self.bytes = 0
        self._known[key] = value
        self.bytes += weight
        return value
