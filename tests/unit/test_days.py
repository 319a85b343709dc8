"""Dates are counted in Asia/Jakarta, whatever its wall time was in a year and however a moment is written."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.scoring.domain.days import JAKARTA, in_jakarta, natural_day

OFFSETS = st.one_of(
    st.just(timedelta(hours=7)), st.timedeltas(timedelta(hours=-23), timedelta(hours=23)), st.just(timedelta(0))
)
MOMENTS = st.datetimes(
    datetime.fromisoformat("1900-01-02"), datetime.fromisoformat("2199-12-30"), timezones=OFFSETS.map(timezone)
)


@settings(max_examples=2_000)
@given(MOMENTS)
@example(datetime.fromisoformat("1963-12-31T23:45:00+07:00"))
@example(datetime.fromisoformat("1963-12-31T23:45:00+07:30"))
@example(datetime.fromisoformat("1964-12-31T23:59:59.999999+07:00"))
@example(datetime.fromisoformat("1965-01-01T00:00:00+07:00"))
@example(datetime.fromisoformat("1965-01-01T00:00:00+09:00"))
def test_a_moment_has_the_wall_time_that_the_zone_gives_it(moment: datetime) -> None:
    assert in_jakarta(moment).replace(tzinfo=None) == moment.astimezone(JAKARTA).replace(tzinfo=None)
    assert natural_day(moment) == moment.astimezone(JAKARTA).date()


@pytest.mark.parametrize("year", range(1965, 2200))
def test_the_zone_is_seven_hours_ahead_on_every_day_of_the_years_for_which_it_is_not_asked(year: int) -> None:
    days = (datetime(year, 1, 1, tzinfo=JAKARTA) + timedelta(days=day) for day in range(365))
    assert {day.utcoffset() for day in days} == {timedelta(hours=7)}
