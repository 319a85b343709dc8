"""The Indonesian working year: public holidays, cuti bersama, Ramadan, rain, and the times an office works."""

from datetime import date, timedelta
from functools import lru_cache

import holidays

TOLERANCE_MINUTES = 5
_RAMADAN_DAYS = 30
_RAIN = {11: 1.08, 12: 1.12, 1: 1.15, 2: 1.12, 3: 1.06}


@lru_cache(maxsize=16)
def holidays_of(year: int) -> dict[date, str]:
    """Return the year's public holidays and cuti bersama with their Indonesian names."""
    found = holidays.country_holidays("ID", years=year, language="id", categories=("public", "government"))
    return {day: found[day] for day in sorted(found)}


@lru_cache(maxsize=16)
def ramadan(year: int) -> tuple[tuple[date, date], ...]:
    """Return the fasting months that end in *year*, first and last day; the thirty days before each Idul Fitri."""
    feasts = [day for day, name in holidays_of(year).items() if name.startswith("Hari Raya Idul Fitri")]
    return tuple((feast - timedelta(days=_RAMADAN_DAYS), feast - timedelta(days=1)) for feast in feasts)


@lru_cache(maxsize=2048)
def is_workday(day: date) -> bool:
    """Say whether offices work on *day*."""
    return day.weekday() < 5 and day not in holidays_of(day.year)


@lru_cache(maxsize=2048)
def in_ramadan(day: date) -> bool:
    """Say whether the shorter hours of Ramadan hold; a fast may end early in the next year."""
    return any(first <= day <= last for year in (day.year, day.year + 1) for first, last in ramadan(year))


def hours(weekday: int, *, fasting: bool) -> tuple[int, int]:
    """Return start and end of work on a weekday (0 is Monday), in minutes since midnight (Perpres 21/2023)."""
    friday = 30 if weekday == 4 else 0
    return (480, 900 + friday) if fasting else (450, 960 + friday)


def hours_on(day: date) -> tuple[int, int]:
    """Return start and end of work on *day*, in minutes since midnight."""
    return hours(day.weekday(), fasting=in_ramadan(day))


@lru_cache(maxsize=2048)
def traffic(day: date) -> float:
    """Return how hard it is to arrive in time, 1 on an average day: Mondays, Fridays, rain, days after a break."""
    weekday = (1.25, 0.9, 0.85, 0.9, 1.1)[min(day.weekday(), 4)]
    rested = 1.1 if day.weekday() and not is_workday(day - timedelta(days=1)) else 1.0
    return weekday * rested * _RAIN.get(day.month, 0.95)


@lru_cache(maxsize=2048)
def demand(day: date) -> float:
    """Return how many citizens come, 1 on an average day: busy Mondays, school entry in June and July, quiet fasts."""
    weekday = (1.2, 1.05, 0.95, 0.95, 0.85)[min(day.weekday(), 4)]
    season = 0.85 if in_ramadan(day) else {6: 1.1, 7: 1.15, 12: 0.92}.get(day.month, 1.0)
    return weekday * season


def span(first: date, last: date) -> list[date]:
    """Return all dates from *first* to *last*, both included."""
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def mondays(first: date, last: date) -> list[date]:
    """Return the Mondays of all weeks that touch *first* to *last*."""
    return span(first - timedelta(days=first.weekday()), last)[::7]


def thirteen_months_before(today: date) -> date:
    """Return the first day of a history up to *today*; a day the month lacks becomes its 28th."""
    month = today.month - 1 if today.month > 1 else 12
    year = today.year - 1 if today.month > 1 else today.year - 2
    return date(year, month, min(today.day, 28))
