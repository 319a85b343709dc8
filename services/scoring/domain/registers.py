"""Registers: of versions that begin on the same day the greatest stamp stands, and each holds until the next begins."""

from datetime import UTC, date, datetime
from sys import intern
from typing import NamedTuple

from services.scoring.domain.days import ONE_DAY
from services.scoring.domain.events import Event
from services.scoring.domain.fact import Fact, RegisterFact
from services.scoring.domain.fact_types import FACTS

TYPES = {fact.REGISTER: name for name, fact in FACTS.items() if issubclass(fact, RegisterFact)}
"""What each register is made of; all about units."""
KINDS = {event_type: kind for kind, event_type in TYPES.items()}
"""The register that a type of event belongs to."""


class Entry(NamedTuple):
    """One event of a register: from when it holds, what decides between rivals, and what it says."""

    effective_from: date
    stamp: tuple[datetime, str, str]
    value: Fact


def latest(timeline: list[tuple[date, Fact]], on: date) -> Fact | None:
    """Return the value of the greatest effective date <= *on*; timelines are short, newest last."""
    for effective_from, value in reversed(timeline):
        if effective_from <= on:
            return value
    return None


def while_unchanged(timeline: list[tuple[date, Fact]], on: date, first: date, last: date) -> tuple[date, date]:
    """Narrow *first*..*last*, which hold *on*, to days on which the same version of the timeline is in force."""
    for effective_from, _ in timeline:
        if effective_from <= on:
            first = max(first, effective_from)
        else:
            return first, min(last, effective_from - ONE_DAY)
    return first, last


def entry_of(event: Event) -> tuple[str, Entry] | None:
    """Return the kind of register that an event belongs to and its entry there; None when it belongs to none."""
    fact = event.fact
    if not isinstance(fact, RegisterFact):
        return None
    stamp = (event.time.astimezone(UTC), intern(event.source), event.id)
    return fact.REGISTER, Entry(fact.since, stamp, fact.interned())
