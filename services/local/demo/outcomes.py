"""
The figures that the told history adds up to, without telling it.

One unit's own day as exact counts; history.py renders the same plan as events, and a test proves that both agree.
"""

from dataclasses import dataclass
from datetime import date

from services.local.demo.counters import answers, services
from services.local.demo.mornings import ABSENT, IN_TIME, mornings
from services.local.demo.shape import Drops


@dataclass(frozen=True, slots=True)
class Outcome:
    """One unit-day without its sub-units: expected, present and punctual people; services and answers, all and good."""

    expected: int
    present: int
    punctual: int
    services: int
    in_time: int
    answers: int
    marks: int


def outcome(seed: int, unit: str, day: date, planted: Drops) -> Outcome:
    """Return what *unit* itself achieved on *day* once everything has arrived and been corrected."""
    people = mornings(seed, unit, day, planted)
    cases = services(seed, unit, day, planted)
    scores = answers(seed, unit, day)
    return Outcome(
        expected=len(people),
        present=sum(morning.state != ABSENT for morning in people),
        punctual=sum(morning.state == IN_TIME for morning in people),
        services=len(cases),
        in_time=sum(cases),
        answers=len(scores),
        marks=sum(map(sum, scores)),
    )
