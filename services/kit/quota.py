"""How much of the log may be unreadable: single faulty records are set aside, a flood of them stops the fold."""

from collections import deque

from services.kit.errors import TooManyMalformed


class Quota:
    """
    Of the last *window* records at most *share* may be malformed; counted anew from each start of the process.

    Otherwise a program that cannot read what the others write would set the whole log aside.
    """

    def __init__(self, share: float = 0.1, window: int = 1_000) -> None:
        self._share, self._window = share, window
        self._taken: deque[tuple[int, int]] = deque()
        self._records = self._malformed = 0

    def check(self, records: int, malformed: int) -> None:
        """Look at the next records before they are folded. Raises TooManyMalformed."""
        seen, found = self._records + records, self._malformed + malformed
        if malformed and found > self._share * max(self._window, seen):
            raise TooManyMalformed(
                f"{found} of the last {seen} records cannot be read. Does another version write them? "
                "See docs/operations/set-aside.md."
            )

    def note(self, records: int, malformed: int) -> None:
        """Remember records that were folded, the malformed ones set aside."""
        self._add(records, malformed)
        self._taken.append((records, malformed))
        while self._records - self._taken[0][0] >= self._window:
            old_records, old_malformed = self._taken.popleft()
            self._add(-old_records, -old_malformed)

    def _add(self, records: int, malformed: int) -> None:
        self._records += records
        self._malformed += malformed
