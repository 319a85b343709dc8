"""How many unreadable records are single faults, and how many a flood."""

import pytest

from services.kit.errors import TooManyMalformed
from services.kit.quota import Quota


def _take(quota: Quota, records: int, malformed: int) -> None:
    quota.check(records, malformed)
    quota.note(records, malformed)


def test_single_faults_are_let_through_for_ever() -> None:
    """One in twenty is below the tenth that is allowed, however long it goes on."""
    quota = Quota(share=0.1, window=100)
    for _ in range(1_000):
        _take(quota, 20, 1)


def test_a_small_log_may_hold_a_few_faults() -> None:
    """The share is one of the whole window: three of the first four records are no flood."""
    _take(Quota(share=0.1, window=100), 4, 3)


def test_a_flood_is_refused_and_counts_for_nothing_until_it_is_taken() -> None:
    """Refused twice it is no greater than once; what came before goes on counting, until it has left the window."""
    quota = Quota(share=0.1, window=100)
    _take(quota, 50, 9)
    for _ in range(2):
        with pytest.raises(TooManyMalformed, match="11 of the last 60"):
            quota.check(10, 2)
    _take(quota, 200, 0)
    _take(quota, 10, 9)


def test_readable_records_are_never_refused() -> None:
    """Also beside a flood that is refused again and again."""
    quota = Quota(share=0, window=10)
    quota.check(1_000, 0)
