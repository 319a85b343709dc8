"""A period as its first and last day, the one before it, and those within it."""

from datetime import date, timedelta
from typing import NamedTuple

DAY = timedelta(days=1)
FIRST_MONTHS = {"Q1": 1, "Q2": 4, "Q3": 7, "Q4": 10}


class Period(NamedTuple):
    """A month, a quarter or a year."""

    text: str
    first: date
    last: date

    @property
    def days(self) -> list[date]:
        """Every day, both ends included."""
        return [self.first + DAY * later for later in range((self.last - self.first).days + 1)]

    @property
    def is_year(self) -> bool:
        """Whether it is a year."""
        return len(self.text) == 4


def period(text: str) -> Period:
    """Read `2026-11`, `2026-Q4` or `2026`."""
    year, part = int(text[:4]), text[5:]
    if not part:
        return Period(text, date(year, 1, 1), date(year, 12, 31))
    month, months = (FIRST_MONTHS[part], 3) if part in FIRST_MONTHS else (int(part), 1)
    after = month + months
    following = date(year, after, 1) if after <= 12 else date(year + 1, 1, 1)
    return Period(text, date(year, month, 1), following - DAY)


def before(one: Period) -> Period:
    """The period of the same kind that ends the day before."""
    end = one.first - DAY
    if one.is_year:
        return period(f"{end.year}")
    if one.text[5:] in FIRST_MONTHS:
        return period(f"{end.year}-Q{(end.month + 2) // 3}")
    return period(f"{end.year}-{end.month:02}")


def inside(one: Period) -> list[Period]:
    """The shorter periods that lie within."""
    year = one.text[:4]
    shorter = [period(f"{year}-{month:02}") for month in range(1, 13)] + [
        period(f"{year}-{part}") for part in FIRST_MONTHS
    ]
    return [each for each in shorter if each != one and one.first <= each.first and each.last <= one.last]
