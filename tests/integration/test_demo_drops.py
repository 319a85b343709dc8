"""The demonstration raises no alarms of its own. Needs no server; here because a year of all units takes seconds."""

from datetime import date

import pytest

from services.local.demo import SEED
from services.local.demo.places import PLACES
from services.local.demo.shape import LATE_OFFICE, SLOW_COUNTER
from services.notifications.domain.indicators import ATTENDANCE, INDICATORS, TIMELINESS
from tests.support.demo_watch import raised

EVERY = [(place.code, indicator) for place in PLACES for indicator in INDICATORS]
PLANTED = {(SLOW_COUNTER, TIMELINESS.name), (LATE_OFFICE, ATTENDANCE.name)}


@pytest.mark.parametrize("today", [date(2026, 11, 24), date(2027, 3, 26), date(2027, 8, 3)], ids=str)
def test_nothing_but_the_planted_drops_raises_an_alert(today: date) -> None:
    """Thirteen months of all units and indicators hold no other case, open or ended, also after the feast days."""
    assert {(each.unit, each.indicator) for each in raised(SEED, today, EVERY)} == PLANTED
