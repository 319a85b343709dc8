"""Targets, results and ratings: few and quarterly, as a planning office keeps them."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from services.local.demo.dice import Dice
from services.local.demo.directory_events import Story
from services.local.demo.leave import quarter_start
from services.local.demo.people import Person, staff
from services.local.demo.places import PLACES, Place
from services.local.demo.wire import HOUR_S, Sent, event, moment, second

TARGETED, REPORTED, RATED = "result.targeted.v1", "result.reported.v1", "rating.given.v1"
PLANNING, RATINGS = "e-sakip", "e-kinerja"
_LEVELS = ("below", *("meets",) * 8, *("above",) * 3)
_OBSTACLES = ("Anggaran terlambat cair.", "Dua pegawai pindah tugas.", "Jaringan sering terputus.")


def planning(story: Story, day: date) -> Iterator[Sent]:
    """Tell what is planned and judged on *day*: targets in January, results and ratings after each quarter."""
    if (day.month, day.day) == (1, 15) or (day == story.first and (day.month, day.day) > (1, 15)):
        for place in PLACES:
            yield _target(place, day)
    after = day - timedelta(days=9)
    if after == quarter_start(after):
        ended = after - timedelta(days=1)
        period = f"{ended.year}-Q{(ended.month + 2) // 3}"
        for place in PLACES:
            yield _result(story, place, period, day)
        yield from (_rating(story, person, period, day) for person in staff(story.seed) if person.supervisor)


def _target(place: Place, day: date) -> Sent:
    at = second(day, 9 * HOUR_S)
    data = {
        "indicator": "program-kerja",
        "name": "Program kerja terlaksana (%)",
        "period": f"{day.year}",
        "target": 100,
        "direction": "higher",
        "class": "utama",
    }
    return at, event(PLANNING, f"target-{place.code}-{day.year}", TARGETED, f"unit:{place.code}", at, data)


def _result(story: Story, place: Place, period: str, day: date) -> Sent:
    dice = Dice(story.seed, "result", place.code, period)
    at = second(day, 9 * HOUR_S)
    year, quarter = period.split("-Q")
    data: dict[str, Any] = {
        "indicator": "program-kerja",
        "period": year,
        "realised": 25 * int(quarter) - dice.below(8),
        "as_at": moment(at),
    }
    if dice.below(4) == 0:
        data["obstacles"] = [dice.pick(_OBSTACLES)]
    return at, event(PLANNING, f"realisasi-{place.code}-{period}", REPORTED, f"unit:{place.code}", at, data)


def _rating(story: Story, person: Person, period: str, day: date) -> Sent:
    dice = Dice(story.seed, "rating", person.id, period)
    at = second(day, dice.between(9 * HOUR_S, 15 * HOUR_S))
    data = {
        "rater": person.supervisor,
        "relation": "supervisor",
        "period": period,
        "result": dice.pick(_LEVELS),
        "behaviours": {"berorientasi_pelayanan": dice.pick(_LEVELS), "kolaboratif": dice.pick(_LEVELS)},
    }
    return at, event(RATINGS, f"nilai-{person.id}-{period}", RATED, f"employee:{person.id}", at, data)
