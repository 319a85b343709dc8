"""The small world of a random history, and moments in it that lie where the rules have their edges."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from tests.support.histories.choices import Choices

# Bytes, alphabets and UTF-16 order these differently. Earlier versions let them in, so logs have them.
OLD_SOURCES = ("terminal-7", "hr", "a", "Z", "loket-é", "\uff21", "\U0001f600", "\uffee")
PLAIN_SOURCES = ("terminal-7", "hr", "a", "Z", "loket", "B", "/skm/1", "_")


@dataclass(frozen=True, slots=True)
class World:
    """
    Units, people and days.

    *bustle* is how many times more facts than changes of the directory there are; on one of the *crowded*
    days, counted from the first, lies about half of everything. *sources* come in pairs: neighbouring steps may
    share an id, each with one of a pair, so that no identity is shared.
    """

    units: tuple[str, ...]
    people: tuple[str, ...]
    bustle: int = 1
    first: date = date(2026, 3, 2)
    days: int = 14
    crowded: tuple[int, ...] = ()
    sources: tuple[str, ...] = PLAIN_SOURCES

    @property
    def last(self) -> date:
        """The last day that anything is asked about."""
        return self.first + timedelta(days=self.days - 1)


VILLAGE = World(
    units=("A", "b", "C.1", "d_2", "E-5"),
    people=("E1", "e2", "E.3", "E-4", "E_5", "E6"),
    crowded=(3, 4, 5),
)
TOWN = World(
    units=tuple(f"U{number}" for number in range(1, 13)),
    people=tuple(f"P{number}" for number in range(1, 41)),
    bustle=6,
)
UNREGISTERED = "ghost"
BEFORE_ALL = date(2026, 1, 1)

SHIFTS = (
    "07:30-16:00",
    "08:00-14:00",
    "22:00-06:00",
    "12:00-00:00",
    "23:50-06:00",
    "11:59-03:00",
    "08:00-08:00",
    "00:00-08:00",
    "14:00-22:00",
)
TOLERANCES = (5, 0, 20)

ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
OFFSETS = tuple(timezone(timedelta(hours=hours)) for hours in (7, 8, 9))
WRITTEN_IN = (*OFFSETS, UTC)

SMALL_STEPS = tuple(
    timedelta(microseconds=step)
    for step in (0, 0, 1, -1, 1_000_000, -1_000_000, 59_999_999, 60_000_000, -60_000_000, 600_000_000, -9_000_000_000)
)


def _minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


MIDNIGHT, NOON = timedelta(0), timedelta(hours=12)
MOST_TELLING = (MIDNIGHT, MIDNIGHT, MIDNIGHT, NOON, NOON, NOON, NOON)


def _edges() -> tuple[timedelta, ...]:
    """Starts, ends, midnight, four, noon, and the middles between a night's end and the next start."""
    starts = {_minutes(shift[:5]) for shift in SHIFTS}
    ends = {_minutes(shift[6:]) for shift in SHIFTS}
    nights = {_minutes(shift[6:]) for shift in SHIFTS if shift[6:] <= shift[:5]}
    whole = {timedelta(minutes=minute) for minute in starts | ends | {0, 240, 720}}
    tolerated = {timedelta(minutes=start + tolerance) for start in starts for tolerance in TOLERANCES}
    middles = {timedelta(minutes=end + start) / 2 for end in nights for start in starts}
    return (*sorted(whole | tolerated | middles), *MOST_TELLING)


EDGES = _edges()


def a_day(choices: Choices, world: World, margin: int = 1) -> date:
    """A day of the window or up to *margin* days outside it."""
    if world.crowded and choices.between(0, 1):
        return world.first + timedelta(days=choices.one(world.crowded))
    return world.first + timedelta(days=choices.between(-margin, world.days - 1 + margin))


def a_start(choices: Choices, world: World) -> date:
    """The first day of something dated: long before, or within the window."""
    return choices.one((BEFORE_ALL, a_day(choices, world, 2)))


def a_moment(choices: Choices, world: World) -> datetime:
    """A moment on or just beside an edge of the wall clock, in one of the three zones."""
    day = a_day(choices, world)
    midnight = datetime(day.year, day.month, day.day, tzinfo=choices.one(OFFSETS))
    return midnight + choices.one(EDGES) + choices.one(SMALL_STEPS)


def written(choices: Choices, moment: datetime) -> str:
    """The moment in RFC 3339, in any of the offsets in use."""
    return moment.astimezone(choices.one(WRITTEN_IN)).isoformat().replace("+00:00", "Z")


def a_wall_time(choices: Choices) -> str:
    """A local time `HH:MM` on an edge or a minute from it."""
    minute = int(choices.one(EDGES).total_seconds()) // 60 + choices.one((0, 0, 1, -1))
    return f"{minute // 60 % 24:02}:{minute % 60:02}"
