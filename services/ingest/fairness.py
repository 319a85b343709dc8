"""Whose turn it is: senders in turn, and what one sender brings in the order of its coming."""

from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """
    A queue of queues, one for each sender that waits.

    Example: a, a, a by one sender and then b by another come out as a, b, a, a.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, deque[T]] = {}  # whoever is next stands first

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def push(self, sender: str, item: T) -> None:
        """Let *item* wait behind what its sender has waiting."""
        self._waiting.setdefault(sender, deque()).append(item)

    def peek(self) -> T:
        """Return what comes next. Raises StopIteration when nothing waits."""
        return next(iter(self._waiting.values()))[0]

    def pop(self) -> T:
        """Take out what comes next, and let the other senders go before its sender."""
        sender = next(iter(self._waiting))
        mine = self._waiting.pop(sender)
        item = mine.popleft()
        if mine:
            self._waiting[sender] = mine
        return item
