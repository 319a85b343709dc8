"""What readers are told: once, and rightly again when the facts change."""

from datetime import date, timedelta

from services.notifications.domain.cases import Case, Step, settle_account
from services.notifications.domain.evidence import Fact
from services.notifications.domain.indicators import ATTENDANCE, Tally
from services.notifications.domain.stream import Rules, Stream, take

RULES = Rules(ATTENDANCE)
FIRST = date(2026, 1, 1)


class Reader:
    """One stream and what its reader has heard, with the day it was said."""

    def __init__(self) -> None:
        self.stream = Stream()
        self.case: Case | None = None
        self.heard: list[tuple[int, Step]] = []

    def close(self, index: int, failures: int, n: int = 10) -> tuple[Step, ...]:
        """Closes or corrects day *index*."""
        on = FIRST + timedelta(days=index)
        self.stream = take(self.stream, RULES, on, Fact(Tally(n, failures), 60_000, True))
        account = settle_account(self.case, self.stream, RULES)
        self.case = account.case
        self.heard.extend((index, step) for step in account.steps)
        return account.steps

    def days(self, first: int, count: int, failures: int) -> None:
        """Closes *count* days alike."""
        for index in range(first, first + count):
            self.close(index, failures)


def raised() -> Reader:
    """Sixty clean days, then two bad ones: raised on day 61."""
    reader = Reader()
    reader.days(0, 60, 0)
    reader.days(60, 2, 5)
    assert reader.heard == [(61, Step.RAISED)]
    return reader


def test_a_drop_is_told_once_however_long_it_lasts() -> None:
    """After the raise nothing more is said for four weeks; then one reminder, and one question at sixty days."""
    reader = raised()
    reader.days(62, 100, 5)
    assert reader.heard == [(61, Step.RAISED), (89, Step.REMINDED), (121, Step.NEW_NORMAL_ASKED)]


def test_recovery_is_told_once() -> None:
    """When the evidence is gone the case ends, and stays ended."""
    reader = raised()
    reader.days(62, 30, 0)
    assert [step for _, step in reader.heard] == [Step.RAISED, Step.RECOVERED]
    assert reader.case is not None
    assert not reader.case.is_open


def test_a_fall_back_within_a_fortnight_is_the_same_case() -> None:
    """A new crossing soon after recovery reopens the case under its first day."""
    reader = raised()
    reader.days(62, 8, 0)
    start = reader.case.start if reader.case else None
    reader.days(70, 2, 5)
    assert [step for _, step in reader.heard] == [Step.RAISED, Step.RECOVERED, Step.REOPENED]
    assert reader.case is not None
    assert (reader.case.start, reader.case.is_open) == (start, True)


def test_a_fall_long_after_recovery_is_a_new_case() -> None:
    """More than a fortnight later it is another drop with its own first day."""
    reader = raised()
    reader.days(62, 40, 0)
    reader.days(102, 2, 5)
    assert [step for _, step in reader.heard] == [Step.RAISED, Step.RECOVERED, Step.RAISED]
    assert reader.case is not None
    assert reader.case.start == FIRST + timedelta(days=102)


def test_a_drop_that_never_was_is_withdrawn() -> None:
    """Once the absences turn out to be leave, the case is taken back, not recovered."""
    reader = raised()
    assert reader.close(60, 0) == (Step.WITHDRAWN,)
    assert reader.close(62, 0) == ()


def test_a_correction_after_recovery_still_withdraws() -> None:
    """Who was told of a drop that never was hears so, even when it is already over."""
    reader = raised()
    reader.days(62, 8, 0)
    assert reader.close(60, 0) == (Step.WITHDRAWN,)


def test_a_withdrawn_drop_that_was_true_after_all_is_the_same_case() -> None:
    """Taking the correction back brings the case back under the same first day."""
    reader = raised()
    reader.close(60, 0)
    start = reader.case.start if reader.case else None
    reader.close(60, 5)
    assert [step for _, step in reader.heard] == [Step.RAISED, Step.WITHDRAWN, Step.REOPENED]
    assert reader.case is not None
    assert reader.case.start == start


def test_a_drop_that_came_and_went_before_anyone_knew_is_not_told() -> None:
    """Late facts that show a crossing already over say nothing."""
    reader = Reader()
    reader.days(0, 60, 0)
    for index in (60, 61, 62):
        reader.close(index, 0, n=0)
    reader.days(63, 14, 0)
    for index in (60, 61, 62):
        reader.close(index, 5)
    assert reader.heard == []
