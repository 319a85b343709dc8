"""
Where and when, and by which rules: units, schedules, calendar, closings and policies, as the directory's events say.

Immutable; `with_events` returns the next state. The state is a function of the set of events, not of their order.
Source of every rule: architecture.md section 5.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, KeysView
from copy import copy
from datetime import date
from functools import cached_property
from sys import intern
from typing import NamedTuple, cast
from zoneinfo import ZoneInfo

from services.scoring.domain.days import JAKARTA, ZONES
from services.scoring.domain.events import Event
from services.scoring.domain.fact import Fact
from services.scoring.domain.facts import CalendarDaySet, ScheduleSet, UnitRegistered
from services.scoring.domain.hours import DEFAULT_SCHEDULE, Hours, Schedule, schedule_of
from services.scoring.domain.memory import Memory
from services.scoring.domain.policies import Policies, is_about
from services.scoring.domain.registers import KINDS, TYPES, Entry, entry_of, latest, while_unchanged
from services.scoring.domain.tree import Tree, Versions

EVERYONE = "*"
"""The code behind `unit:*`."""

DAYS_BYTES = 8_000_000
"""What is remembered of days: about 30,000 of them."""

_NO_VERSIONS: list[tuple[date, Fact]] = []
_NO_DATES: dict[date, Fact] = {}


class Profile(NamedTuple):
    """A unit's zone and schedule on the days *first*..*last*; *own*: by the unit or one above it, not everyone's."""

    first: date
    last: date
    zone: ZoneInfo
    schedule: Schedule
    own: bool


def code_of(subject: str) -> str:
    """Return a subject without its prefix: "unit:*" -> "*"."""
    return subject.partition(":")[2]


class Directory:
    """The units and their rules at one position of the directory's log."""

    def __init__(
        self,
        entries: dict[tuple[str, str], tuple[Entry, ...]],
        voided: frozenset[tuple[str, str, str, str]],
        tree: Tree,
    ) -> None:
        self._entries = entries
        self._voided = voided
        self.tree = tree
        self.policies = Policies.empty()
        self._timelines: dict[tuple[str, str], list[tuple[date, Fact]]] = {}
        self._profiles: dict[str, Profile] = {}
        self._schedules: dict[int, Schedule] = {}
        self._dates: dict[tuple[str, str], dict[date, Fact]] = {}
        self._days: Memory[tuple[str, date], tuple[bool, bool]] = Memory(DAYS_BYTES)

    @classmethod
    def empty(cls) -> "Directory":
        """Return the directory before the first event."""
        return cls({}, frozenset(), Tree.empty())

    def with_events(self, events: Iterable[Event]) -> "Directory":
        """Return the directory that also knows *events*, each given once; types of no concern here are passed over."""
        fresh: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        voids, about_policies = set(), []
        for event in events:
            if event.voids is not None and event.voids[0] in KINDS:
                voids.add(event.voids)
            elif (found := entry_of(event)) is not None:
                kind, entry = found
                fresh[kind, intern(code_of(event.subject))].append(entry)
            elif is_about(event):
                about_policies.append(event)
        following = self._with(fresh, voids)
        return following._with_policies(about_policies) if about_policies else following

    def _with_policies(self, events: list[Event]) -> "Directory":
        """Return the same but for its policies; all that is remembered is shared, for none of it depends on them."""
        following = copy(self)
        following.policies = self.policies.with_events(events)
        return following

    def _with(self, fresh: dict[tuple[str, str], list[Entry]], voids: set[tuple[str, str, str, str]]) -> "Directory":
        if not fresh and voids <= self._voided:
            return self
        entries = dict(self._entries)
        for key, added in fresh.items():
            entries[key] = (*entries.get(key, ()), *added)
        following = Directory(entries, self._voided | voids, self.tree)
        following._remember_from(self, {*fresh, *((KINDS[kind], code_of(subject)) for kind, subject, _, _ in voids)})
        return following

    def _remember_from(self, before: "Directory", changed: set[tuple[str, str]]) -> None:
        """Take over every answer that does not depend on a register that *changed*."""
        self.policies = before.policies
        self._timelines = {key: known for key, known in before._timelines.items() if key not in changed}
        self._dates = {key: known for key, known in before._dates.items() if key not in changed}
        kinds = {kind for kind, _ in changed}
        if "unit" in kinds:
            self.tree = before.tree.with_units({code: self._units(code) for kind, code in changed if kind == "unit"})
        elif "schedule" not in kinds:
            self._profiles = before._profiles

    def _units(self, code: str) -> Versions:
        return cast("Versions", self._standing("unit", code, self._entries.get(("unit", code), ())))

    def timeline(self, kind: str, code: str) -> list[tuple[date, Fact]]:
        """Return the standing versions of a register, oldest first: of one date the greatest stamp, voids left out."""
        if kind == "unit":
            return cast("list[tuple[date, Fact]]", self.tree.versions(code))
        found = self._timelines.get((kind, code))
        if found is None:
            entries = self._entries.get((kind, code))
            if entries is None:
                return _NO_VERSIONS
            found = self._timelines[kind, code] = self._standing(kind, code, entries)
        return found

    def _standing(self, kind: str, code: str, entries: tuple[Entry, ...]) -> list[tuple[date, Fact]]:
        best: dict[date, Entry] = {}
        for entry in entries:
            _, source, event_id = entry.stamp
            if not self._voided or (TYPES[kind], f"unit:{code}", source, event_id) not in self._voided:
                rival = best.get(entry.effective_from)
                if rival is None or entry.stamp > rival.stamp:
                    best[entry.effective_from] = entry
        return [(effective_from, best[effective_from].value) for effective_from in sorted(best)]

    @property
    def codes(self) -> KeysView[str]:
        """Every registered unit."""
        return self.tree.codes

    def unit(self, code: str, on: date) -> UnitRegistered | None:
        """Return the unit's state on a day; before its first version it is in the state of its first."""
        return self.tree.unit(code, on)

    def walk(self, code: str, on: date) -> tuple[str, ...]:
        """Return the unit, its parent, and so on; ends before an unregistered unit or one already walked."""
        return self.tree.walk(code, on)

    def zone(self, code: str | None, on: date) -> ZoneInfo:
        """Return the unit's time zone on a day; Asia/Jakarta without a unit."""
        return JAKARTA if code is None else self._profile(code, on).zone

    def schedule(self, code: str, on: date) -> Schedule:
        """Return the nearest schedule in force on the walk, else that of everyone, else office hours."""
        return self._profile(code, on).schedule

    def _profile(self, code: str, on: date) -> Profile:
        found = self._profiles.get(code)
        if found is None or not found.first <= on <= found.last:
            found = self._profiles[code] = self._worked_out(code, on)
        return found

    def _worked_out(self, code: str, on: date) -> Profile:
        """Walk up until a schedule is in force; the profile holds while no version passed on the way changes."""
        state = self.unit(code, on)
        if state is not None and state.parent is not None:
            above = self.walk(state.parent, on)
            if above and code not in above:
                return self._narrowed(code, on, state)
        first, last = date.min, date.max
        zone = ZONES[state.timezone] if state is not None else JAKARTA
        for place in (*self.walk(code, on), EVERYONE):
            for kind in ("unit", "schedule"):
                first, last = while_unchanged(self.timeline(kind, place), on, first, last)
            fact = latest(self.timeline("schedule", place), on)
            if isinstance(fact, ScheduleSet):
                return Profile(first, last, zone, self._schedule(fact), place != EVERYONE)
        return Profile(first, last, zone, DEFAULT_SCHEDULE, False)

    def own_schedule(self, code: str, on: date) -> Schedule | None:
        """Return the nearest schedule in force on the walk; None where everyone's holds."""
        profile = self._profile(code, on)
        return profile.schedule if profile.own else None

    def _narrowed(self, code: str, on: date, state: UnitRegistered) -> Profile:
        """Work out a unit's profile from that of its parent, which most units share with many."""
        first, last = while_unchanged(self.timeline("unit", code), on, date.min, date.max)
        first, last = while_unchanged(self.timeline("schedule", code), on, first, last)
        zone, fact = ZONES[state.timezone], latest(self.timeline("schedule", code), on)
        if isinstance(fact, ScheduleSet):
            return Profile(first, last, zone, self._schedule(fact), True)
        assert state.parent is not None
        above = self._profile(state.parent, on)
        return Profile(max(first, above.first), min(last, above.last), zone, above.schedule, above.own)

    def _schedule(self, fact: ScheduleSet) -> Schedule:
        found = self._schedules.get(id(fact))
        if found is None:
            found = self._schedules[id(fact)] = schedule_of(fact)
        return found

    def hours(self, code: str | None, on: date) -> Hours | None:
        """Return the unit's hours on a day, workday or not; None on a day off and for no unit."""
        if code is None:
            return None
        return self._profile(code, on).schedule.hours[on.weekday()]

    def day(self, code: str, on: date) -> tuple[bool, bool]:
        """Say whether the day is a workday for the unit, and whether it is closed; what was asked is remembered."""
        found = self._days.get((code, on))
        if found is None:
            found = self._days.keep((code, on), (self.workday(code, on), self.closed(code, on)))
        return found

    def workday(self, code: str, on: date) -> bool:
        """Say whether the day is a workday: by the nearest calendar entry, without one if it has hours."""
        said = self.own_workday(code, on)
        if said is None:
            said = self.said_workday(EVERYONE, on)
        return self.hours(code, on) is not None if said is None else said

    def own_workday(self, code: str, on: date) -> bool | None:
        """Say what the nearest calendar entry on the walk says; None where everyone's, or the hours, decide."""
        for place in self.walk(code, on):
            if (said := self.said_workday(place, on)) is not None:
                return said
        return None

    def said_workday(self, place: str, on: date) -> bool | None:
        """Say what the calendar entry of exactly this unit, or everyone's, says; None without one."""
        fact = self.dates("calendar", place).get(on)
        return fact.kind == "workday" if isinstance(fact, CalendarDaySet) else None

    def closed(self, code: str, on: date) -> bool:
        """Say whether the day is closed for the unit: a closing names a unit on its walk, or everyone."""
        return on in self.dates("closing", EVERYONE) or self.own_closed(code, on)

    def own_closed(self, code: str, on: date) -> bool:
        """Say whether a closing names a unit on its walk."""
        return any(on in self.dates("closing", place) for place in self.walk(code, on))

    def dates(self, kind: str, code: str) -> dict[date, Fact]:
        """Return a register of single dates (calendar, closing) of exactly this unit, by date."""
        found = self._dates.get((kind, code))
        if found is None:
            timeline = self.timeline(kind, code)
            if not timeline:
                return _NO_DATES
            found = self._dates[kind, code] = dict(timeline)
        return found

    def closing_days(self, first: date, last: date) -> list[date]:
        """Return the days of a span, both ends included, on which anybody is closed."""
        days = self._closing_days
        return days[bisect_left(days, first) : bisect_right(days, last)]

    @cached_property
    def _closing_days(self) -> list[date]:
        return sorted({day for kind, code in self._entries if kind == "closing" for day in self.dates(kind, code)})

    def change_days(self, code: str) -> set[date]:
        """Return every day on which the unit's zone or nearest schedule may change."""
        places = self.tree.ever_above(code)
        return {
            day
            for kind, place in (*(("unit", p) for p in places), *(("schedule", p) for p in (*places, EVERYONE)))
            for day, _ in self.timeline(kind, place)
        }
