"""After the history: today's events as they fall due, and citizens at the online counter, at any hour."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from services.local.demo.counters import answers, services
from services.local.demo.counters_events import ANSWERED, SERVED, SURVEY, UNSUR
from services.local.demo.days import is_workday
from services.local.demo.dice import Dice
from services.local.demo.directory_events import Story
from services.local.demo.feed import Feed
from services.local.demo.loading import BATCH
from services.local.demo.places import PLACES, Place, services_of
from services.local.demo.sending import Sender
from services.local.demo.shape import drops
from services.local.demo.wire import DAY_S, JAKARTA, event, moment, second_of

ONLINE = "layanan-daring"
BRISK_S, CALM_S = 1.5, 10.0
BRISK_FOR = 200
"""So many visitors come briskly, for whoever is watching; later ones calmly, so that they do not drown the history."""

Event = dict[str, Any]
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Visit:
    """The *number*-th visitor of a run that began at *began*, served at *now* (seconds of Jakarta wall clock)."""

    number: int
    began: int
    now: int


def visit(story: Story, of: Visit) -> list[Event]:
    """
    Return a service that ends now and, from every second visitor, an answer to the survey.

    They turn out like those of the unit's last working day, so that the unit's usual figures move but keep their level.
    """
    dice = Dice(story.seed, "visit", of.began, of.number)
    place = dice.pick([place for place in PLACES if place.cases])
    day = _last_workday(date.fromordinal(of.now // DAY_S))
    name = f"{of.began}-{of.number}"
    told = [_service(story, dice, place, day, name, of.now)]
    marks = answers(story.seed, place.code, day)
    if of.number % 2 == 0 and marks:
        told.append(_answer(place, name, of.now, dice.pick(marks)))
    return told


def _service(story: Story, dice: Dice, place: Place, day: date, name: str, now: int) -> Event:
    service = dice.pick(services_of(place))
    allowed_s = service.sla_minutes * 60
    in_time = dice.pick(services(story.seed, place.code, day, drops(story.anchor)) or (True,))
    taken_s = dice.between(allowed_s * 3 // 10, allowed_s) if in_time else dice.between(allowed_s + 60, allowed_s * 2)
    data = {
        "case": name,
        "service": service.code,
        "started_at": moment(now - taken_s),
        "completed_at": moment(now),
        "sla_minutes": service.sla_minutes,
    }
    return event(ONLINE, name, SERVED, f"unit:{place.code}", now, data)


def _answer(place: Place, name: str, now: int, marks: tuple[int, ...]) -> Event:
    data = {"answer": name, "answered_at": moment(now), "scores": dict(zip(UNSUR, marks, strict=True))}
    return event(SURVEY, f"daring-{name}", ANSWERED, f"unit:{place.code}", now, data)


def _last_workday(day: date) -> date:
    while not is_workday(day):
        day -= timedelta(days=1)
    return day


async def follow(sender: Sender, feed: Feed, clock: Clock, told: Callable[[int], None]) -> None:
    """
    Send what falls due, and visitors in between, until cancelled; *told* hears up to which second all is sent.

    Nothing is stamped later than *clock*, which gives an aware moment.
    """
    began = second_of(clock())
    for number in count():
        now = second_of(clock())
        due = list(feed.due(now))
        for start in range(0, len(due), BATCH):
            await sender.send(due[start : start + BATCH])
        told(now)
        await sender.send(visit(feed.story, Visit(number, began, now)))
        await asyncio.sleep(BRISK_S if number < BRISK_FOR else CALM_S)


def jakarta_now() -> datetime:
    """Return the moment as clocks in Banyumanik show it."""
    return datetime.now(JAKARTA)
