"""The closings of days for everyone: which are due, what says them, and which first start can be true."""

from datetime import date, datetime, time, timedelta
from typing import Any

from services.scoring.domain.days import JAKARTA, ONE_DAY

SOURCE = "kinerja-closer"
TYPE, SUBJECT = "day.closed.v1", "unit:*"
EARLIEST_START = date(2020, 1, 1)
"""No installation is older: a clock that says so was never set."""
_SAID_AT = time(3)
"""What every closing says of its own time; when it is sent is another matter, and may change."""


def last_ended(now: datetime, close_at: time) -> date:
    """
    Return the last date whose closing is due.

    Example: at 02:59 in Jakarta on the 24th, with close_at 03:00, the 22nd; at 03:00 the 23rd.
    """
    local = now.astimezone(JAKARTA)
    days = 1 if local.time() >= close_at else 2
    return local.date() - timedelta(days=days)


def closing_id(day: date) -> str:
    """Return the id of the event that closes a day."""
    return f"day-closed-{day.isoformat()}"


def closing(day: date) -> dict[str, Any]:
    """Return the event that closes a day for everyone; of one date always the same, whenever it is sent."""
    return {
        "specversion": "1.0",
        "id": closing_id(day),
        "source": SOURCE,
        "type": TYPE,
        "subject": SUBJECT,
        "time": datetime.combine(day + ONE_DAY, _SAID_AT, JAKARTA).isoformat(),
        "data": {"date": day.isoformat()},
    }


def why_no_start(started: date, today: date) -> str | None:
    """Return why the installation cannot have started first on that date; None when it can."""
    if started < EARLIEST_START:
        return f"it lies before {EARLIEST_START.isoformat()}, so the clock was not set when it was noted"
    if started > today:
        return f"it lies after today, {today.isoformat()}, so the clock was ahead when it was noted, or is behind now"
    return None
