"""The log as a plain list: which events still count, and which of several with one key stands."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, TypeVar

Event = dict[str, Any]
Key = TypeVar("Key")

REGISTRATIONS = ("unit.registered.v1", "employee.registered.v1")
VOID = "event.voided.v1"


def instant(text: str) -> datetime:
    """The moment an RFC 3339 text names; `t` and `z` may be small letters."""
    return datetime.fromisoformat(text.upper())


def field(event: Event, name: str, default: Any = None) -> Any:
    """A field of the event's data; null is the same as left out."""
    found = event["data"].get(name)
    return default if found is None else found


def day_in(event: Event, name: str) -> date:
    """A date that the event's data must have."""
    return date.fromisoformat(event["data"][name])


def rank(event: Event) -> tuple[datetime, bytes, bytes]:
    """What makes one event greater than another with the same key."""
    return instant(event["time"]), event["source"].encode(), event["id"].encode()


def still_counting(events: Iterable[Event]) -> list[Event]:
    """Every event once, without those that a void names rightly."""
    once: dict[tuple[str, str], Event] = {}
    for event in events:
        once.setdefault((event["source"], event["id"]), event)
    voided = {named_by(event) for event in once.values() if event["type"] == VOID}
    return [event for event in once.values() if not can_be_voided(event) or described(event) not in voided]


def can_be_voided(event: Event) -> bool:
    """Registrations are replaced by registering again, and a void is for ever."""
    return event["type"] not in REGISTRATIONS and event["type"] != VOID


def described(event: Event) -> tuple[str, str, str, str]:
    """The four things a void must have right about its event."""
    return event["type"], event["subject"], event["source"], event["id"]


def named_by(void: Event) -> tuple[str, str, str, str]:
    """The event a void is about, in the form of `described`."""
    target = void["data"]["voided"]
    return target["type"], void["subject"], target["source"], target["id"]


def greatest(events: Iterable[Event], key: Callable[[Event], Key]) -> dict[Key, Event]:
    """Of the events with one key, the greatest by time, source and id."""
    kept: dict[Key, Event] = {}
    for event in events:
        if key(event) not in kept or rank(event) > rank(kept[key(event)]):
            kept[key(event)] = event
    return kept


def of_type(events: Iterable[Event], *types: str) -> list[Event]:
    """The events of these types."""
    return [event for event in events if event["type"] in types]


def by_subject(events: Iterable[Event]) -> dict[str, list[Event]]:
    """The events of each subject, by the bare id or code."""
    grouped: dict[str, list[Event]] = {}
    for event in events:
        grouped.setdefault(bare(event["subject"]), []).append(event)
    return grouped


def bare(subject: str) -> str:
    """A subject without its prefix."""
    return subject.split(":", 1)[1]
