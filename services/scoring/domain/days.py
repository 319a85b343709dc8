"""Days and their zone: dates are counted in Asia/Jakarta, from 1900 to 2199."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

ZONES = {name: ZoneInfo(name) for name in ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")}
JAKARTA = ZONES["Asia/Jakarta"]
ONE_DAY = timedelta(days=1)
FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2199, 12, 31)

_FIXED_SINCE, _OFFSET = 1965, timedelta(hours=7)
"""Asia/Jakarta is seven hours ahead since 1964; to ask the zone takes three times as long as to see that."""


def in_jakarta(moment: datetime) -> datetime:
    """Return the moment with its wall time in Asia/Jakarta; as it is, if it has that already."""
    if moment.year >= _FIXED_SINCE and moment.utcoffset() == _OFFSET:
        return moment
    return moment.astimezone(JAKARTA)


def natural_day(moment: datetime) -> date:
    """Return the moment's date in Asia/Jakarta: where its search for a day begins."""
    return in_jakarta(moment).date()


def days_between(first: date, last: date) -> Iterator[date]:
    """Yield every day, both ends included."""
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(ordinal)
