"""Whatever today's date is, the two planted drops are found."""

from datetime import date, timedelta

from services.local.demo import SEED
from services.local.demo.shape import LATE_OFFICE, SLOW_COUNTER
from services.notifications.domain.indicators import ATTENDANCE, TIMELINESS
from tests.support.demo_watch import raised

PLANTED = {(SLOW_COUNTER, TIMELINESS), (LATE_OFFICE, ATTENDANCE)}
TODAYS = [date(2026, 11, 24) + timedelta(days=days) for days in range(31)]


def test_both_planted_drops_are_open_alerts_on_31_todays_in_a_row() -> None:
    """Each of the two drops has raised an alert that is still open, on every one of the 31 days."""
    for today in TODAYS:
        found = raised(SEED, today, PLANTED)
        open_now = {(each.unit, each.indicator) for each in found if each.case.is_open}
        assert open_now == {(unit, indicator.name) for unit, indicator in PLANTED}, today


def test_a_drop_is_told_to_have_begun_when_it_did() -> None:
    """The abrupt drop's first day of evidence lies within a week of the day it was planted."""
    today = TODAYS[0]
    (found,) = raised(SEED, today, [(SLOW_COUNTER, TIMELINESS)])
    assert abs((found.case.since - (today - timedelta(days=25))).days) <= 7
