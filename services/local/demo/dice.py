"""Repeatable chance: each throw follows from the seed and a name, never from a clock or from other throws."""

import struct
from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

Item = TypeVar("Item")
_SIDES = 1 << 32


class Dice:
    """
    A stream of chance named by *key*.

    The same key gives the same throws on every machine and Python version, so that one day's events do not depend
    on which other days are told.
    """

    __slots__ = ("_block", "_key", "_left")

    def __init__(self, *key: object) -> None:
        self._key = "/".join(map(str, key)).encode()
        self._block = 0
        self._left: list[int] = []

    def _throw(self) -> int:
        if not self._left:
            block = blake2b(self._key, salt=self._block.to_bytes(8, "big")).digest()
            self._left = list(struct.unpack("<16I", block))
            self._block += 1
        return self._left.pop()

    def fraction(self) -> float:
        """Return a number in [0, 1)."""
        return self._throw() / _SIDES

    def below(self, sides: int) -> int:
        """Return a whole number from 0 to *sides* - 1."""
        return self._throw() * sides >> 32

    def between(self, low: int, high: int) -> int:
        """Return a whole number from *low* to *high*, both included."""
        return low + self.below(high - low + 1)

    def pick(self, items: Sequence[Item]) -> Item:
        """Return one of *items*."""
        return items[self.below(len(items))]

    def whole(self, expected: float) -> int:
        """Round *expected* up or down by chance, so that the mean stays: 2.3 is 3 three times in ten."""
        return int(expected + self.fraction())
