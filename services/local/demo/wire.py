"""How the upstream systems put things on the wire: CloudEvents with Jakarta moments, and when each is sent."""

from datetime import date, datetime, timedelta, timezone
from typing import Any

Sent = tuple[int, dict[str, Any]]
"""The second at which a source sends a CloudEvent, in Jakarta wall-clock seconds since the first day of year 1."""

JAKARTA = timezone(timedelta(hours=7), "WIB")
DAY_S = 86_400
HOUR_S = 3_600


def second(day: date, of_day: int) -> int:
    """Return the number of the second *of_day* of *day*; beyond a day's end it is the next day's."""
    return day.toordinal() * DAY_S + of_day


def second_of(moment: datetime) -> int:
    """Return the number of the second in which *moment* lies."""
    local = moment.astimezone(JAKARTA)
    return second(local.date(), local.hour * HOUR_S + local.minute * 60 + local.second)


def moment(at: int) -> str:
    """Write a second as RFC 3339."""
    day, of_day = divmod(at, DAY_S)
    minutes, seconds = divmod(of_day, 60)
    return f"{date.fromordinal(day)}T{minutes // 60:02}:{minutes % 60:02}:{seconds:02}+07:00"


def event(source: str, name: str, event_type: str, subject: str, at: int, data: dict[str, Any]) -> dict[str, Any]:
    """Return a structured CloudEvent of *source* with the id *name*, stamped with the second *at*."""
    return {
        "specversion": "1.0",
        "id": name,
        "source": source,
        "type": event_type,
        "subject": subject,
        "time": moment(at),
        "data": data,
    }


def void(target: dict[str, Any], subject: str, at: int, reason: str) -> Sent:
    """Return the void of *target*, sent at *at* by the target's source; *subject* names it without an alias."""
    named = {"type": target["type"], "source": target["source"], "id": target["id"]}
    data = {"voided": named, "reason": reason}
    return at, event(target["source"], f"batal-{target['id']}", "event.voided.v1", subject, at, data)
