"""A queue that is fair by source: sources get turns in a circle, and the entries of each keep their order."""

from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """Entries that wait, by source."""

    def __init__(self) -> None:
        self._entries: OrderedDict[str, deque[T]] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._entries)

    def add(self, source: str, entry: T) -> None:
        """Let *entry* wait behind those of its source."""
        self._entries.setdefault(source, deque()).append(entry)

    def first(self) -> T:
        """Return the entry whose turn it is."""
        return next(iter(self._entries.values()))[0]

    def pop(self) -> T:
        """Take the entry whose turn it is; its source gets another one after all the others."""
        source, entries = self._entries.popitem(last=False)
        entry = entries.popleft()
        if entries:
            self._entries[source] = entries
        return entry
