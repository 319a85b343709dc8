"""
The whole story in the order in which it is sent: directory, daily life, late and repeated deliveries, closings.

Pure: the same story tells the same events, and what happened on a day does not depend on the day it is told,
except for the two planted drops, which hang on the story's anchor.
"""

import heapq
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import count, takewhile
from typing import Any
from zlib import crc32

from services.local.demo.attendance_events import attendance, leave_papers, stand_ins
from services.local.demo.counters_events import complaint_desk, counter, survey
from services.local.demo.directory_events import Story, changes, closing, opening
from services.local.demo.leave import quarter_start
from services.local.demo.places import PLACES
from services.local.demo.planning_events import planning
from services.local.demo.shape import drops
from services.local.demo.wire import DAY_S, HOUR_S, Sent, event, moment, second, second_of

SOURCES = ("mesin-absensi", "mesin-dinkes", "e-presensi", "loket", "skm", "lapor")
_REPEATED_ONE_IN = 128

Part = Callable[[Story, date], Iterator[Sent]]
"""Tells one kind of what has its origin in a day."""


def generate(today: date, seed: int, now: datetime | None = None) -> Iterator[dict[str, Any]]:
    """
    Tell thirteen months up to *today* as upstream systems send them, in order of sending.

    Nothing is told that happened or was sent after *now*, by default the end of *today* in Jakarta.
    """
    until = second(today, DAY_S - 1) if now is None else second_of(now)
    return (told for _, told in sent_until(Story.up_to(today, seed), until))


def sent_until(story: Story, until: int) -> Iterator[Sent]:
    """Return all that is sent up to the second *until*, in order of sending."""
    return takewhile(lambda sent: sent[0] <= until, sent_for_ever(story))


def sent_for_ever(story: Story, *parts: Part) -> Iterator[Sent]:
    """Return all that is ever sent, or these parts of it, in order of sending; each day is made when it is reached."""
    waiting: list[tuple[int, int, dict[str, Any]]] = []
    order = count()
    day = story.first
    while True:
        for part in parts or (directory_of, life_of, closing_of):
            for at, told in part(story, day):
                heapq.heappush(waiting, (at, next(order), told))
        day += timedelta(days=1)
        while waiting and waiting[0][0] < second(day, 0):
            at, _, told = heapq.heappop(waiting)
            yield at, told


def directory_of(story: Story, day: date) -> Iterator[Sent]:
    """Return what the personnel system tells about units, people, hours and holidays on *day* or later."""
    if day == story.first:
        yield from opening(story)
    yield from (sent for quarter in _beginning(story, day) for sent in stand_ins(story, quarter))
    yield from changes(story, day)


def life_of(story: Story, day: date) -> Iterator[Sent]:
    """Return what happens on *day*, and when it is sent: on it or later, and some of it twice."""
    yield from (sent for quarter in _beginning(story, day) for sent in leave_papers(story, quarter))
    yield from planning(story, day)
    for at, told in _attendance_and_counters(story, day):
        yield at, told
        number = crc32(told["id"].encode())
        if number % _REPEATED_ONE_IN == 0:
            yield at + 60 + number // _REPEATED_ONE_IN % (2 * DAY_S), told
    yield from _heartbeats(day)


def closing_of(_: Story, day: date) -> Iterator[Sent]:
    """Return the closing of *day*, sent in the next night."""
    yield closing(day)


def _beginning(story: Story, day: date) -> Iterator[date]:
    """Return the quarters whose leaves are told on *day*; the one before the first too, as leaves run on."""
    if day == story.first:
        yield quarter_start(quarter_start(day) - timedelta(days=1))
    if day in (story.first, quarter_start(day)):
        yield quarter_start(day)


def _attendance_and_counters(story: Story, day: date) -> Iterator[Sent]:
    planted = drops(story.anchor)
    for place in PLACES:
        yield from attendance(story, place, day, planted)
        yield from counter(story, place, day, planted)
        yield from survey(story, place, day)
        yield from complaint_desk(story, place, day)


def _heartbeats(day: date) -> Iterator[Sent]:
    at = second(day, 22 * HOUR_S)
    for source in SOURCES:
        subject, data = f"source:{source}", {"up_to": moment(at)}
        yield at, event(source, f"lapor-{source}-{day}", "source.reported.v1", subject, at, data)
