"""
Which units there are, and who stands below whom, by dates.

Immutable; `with_units` returns the next state and keeps all that does not change. Shared by every state of the
directory in which the same units are registered alike.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, KeysView, Mapping
from datetime import date
from functools import cached_property
from itertools import pairwise

from services.scoring.domain.days import ONE_DAY
from services.scoring.domain.facts import UnitRegistered
from services.scoring.domain.memory import Memory

WALKS_BYTES, TREES_BYTES = 8_000_000, 24_000_000
"""What is remembered of walks and trees; a tree of 60,000 units is 4 MB."""

Versions = list[tuple[date, UnitRegistered]]
"""The standing registrations of one unit, oldest first."""


class Tree:
    """Every registered unit with its versions."""

    def __init__(self, versions: dict[str, Versions], children: dict[str, frozenset[str]]) -> None:
        self._versions = versions
        self._children = children
        self._walks: Memory[tuple[str, date], tuple[str, ...]] = Memory(WALKS_BYTES)
        self._below: Memory[tuple[str, date], frozenset[str]] = Memory(TREES_BYTES)

    @classmethod
    def empty(cls) -> "Tree":
        """Return the tree without a unit."""
        return cls({}, {})

    def with_units(self, changed: Mapping[str, Versions]) -> "Tree":
        """Return the tree in which these units have these versions."""
        gone: dict[str, set[str]] = defaultdict(set)
        come: dict[str, set[str]] = defaultdict(set)
        for code, versions in changed.items():
            before, after = _parents(self._versions.get(code, ())), _parents(versions)
            for parent in before - after:
                gone[parent].add(code)
            for parent in after - before:
                come[parent].add(code)
        children = dict(self._children)
        for parent in gone.keys() | come.keys():
            children[parent] = children.get(parent, frozenset()) - gone[parent] | come[parent]
        return Tree({**self._versions, **changed}, children)

    @property
    def codes(self) -> KeysView[str]:
        """Every registered unit."""
        return self._versions.keys()

    @cached_property
    def ordered_codes(self) -> list[str]:
        """Every registered unit, in order."""
        return sorted(self._versions)

    def versions(self, code: str) -> Versions:
        """Return the versions of a unit; none when it is not registered."""
        return self._versions.get(code, [])

    def unit(self, code: str, on: date) -> UnitRegistered | None:
        """Return the unit's state on a day; before its first version it is in the state of its first."""
        versions = self._versions.get(code)
        if not versions:
            return None
        return next((state for since, state in reversed(versions) if since <= on), versions[0][1])

    def walk(self, code: str, on: date) -> tuple[str, ...]:
        """Return the unit, its parent, and so on; ends before an unregistered unit or one already walked."""
        found = self._walks.get((code, on))
        if found is None:
            found = self._walks.keep((code, on), tuple(self._steps(code, on)))
        return found

    def _steps(self, code: str, on: date) -> Iterator[str]:
        seen: set[str] = set()
        here: str | None = code
        while here is not None and here not in seen and (state := self.unit(here, on)) is not None:
            seen.add(here)
            yield here
            here = state.parent

    def below(self, code: str, on: date) -> frozenset[str]:
        """Return the units whose walk on a day has this one, itself included."""
        on = self._version_before(on)
        found = self._below.get((code, on))
        if found is None:
            candidates = self.ever_below([code]) & self._versions.keys()
            found = self._below.keep((code, on), frozenset(unit for unit in candidates if code in self.walk(unit, on)))
        return found

    def _version_before(self, on: date) -> date:
        """Return the day since which every unit is as on this one."""
        place = bisect_right(self._version_days, on)
        return self._version_days[place - 1] if place else date.min

    def pieces(self, code: str, first: date, last: date) -> Iterator[tuple[date, date, frozenset[str]]]:
        """Cut a span of days where any unit changes; yield each piece (both ends included) with the units below."""
        cuts = [day for day in self._version_days if first < day <= last]
        for start, following in pairwise((first, *cuts, last + ONE_DAY)):
            yield start, following - ONE_DAY, self.below(code, start)

    @cached_property
    def _version_days(self) -> list[date]:
        return sorted({since for versions in self._versions.values() for since, _ in versions})

    def has_below(self, code: str) -> bool:
        """Say whether any other unit could in some version stand below this one."""
        return bool(self._children.get(code))

    def ever_below(self, codes: Iterable[str]) -> set[str]:
        """Return the units that in some version, on some day, could have one of *codes* on their walk."""
        found, rest = set(), list(codes)
        while rest:
            here = rest.pop()
            if here not in found:
                found.add(here)
                rest.extend(self._children.get(here, ()))
        return found

    def ever_above(self, code: str) -> set[str]:
        """Return the units that could in some version stand on this one's walk, itself included."""
        found: set[str] = set()
        rest = [code]
        while rest:
            here = rest.pop()
            if here not in found:
                found.add(here)
                rest.extend(_parents(self._versions.get(here, ())))
        return found


def _parents(versions: Iterable[tuple[date, UnitRegistered]]) -> set[str]:
    return {state.parent for _, state in versions if state.parent is not None}
