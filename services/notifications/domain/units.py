"""The unit tree as it was on each day, by the registrations known now."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property


@dataclass(frozen=True, slots=True)
class UnitVersion:
    """A unit as registered from a day on; complete in itself."""

    unit: str
    effective_from: date
    name: str
    kind: str
    parent: str | None


class Tree:
    """All units and their versions. A unit is, before its first version, in the state of its first."""

    def __init__(self, versions: Iterable[UnitVersion]) -> None:
        self._versions: dict[str, list[UnitVersion]] = {}
        for version in sorted(versions, key=lambda version: version.effective_from):
            self._versions.setdefault(version.unit, []).append(version)

    @property
    def units(self) -> tuple[str, ...]:
        """The codes of all registered units, in order."""
        return tuple(sorted(self._versions))

    def state(self, unit: str, on: date) -> UnitVersion | None:
        """Return the unit as on a day, or None if it is not registered."""
        versions = self._versions.get(unit)
        if not versions:
            return None
        at = bisect_right(versions, on, key=lambda version: version.effective_from)
        return versions[max(0, at - 1)]

    def walk(self, unit: str, on: date) -> Iterator[UnitVersion]:
        """Yield the unit, its parent as on the day, and so on; stop before a unit unregistered or already seen."""
        seen: set[str] = set()
        at: str | None = unit
        while at is not None and at not in seen and (version := self.state(at, on)) is not None:
            seen.add(at)
            yield version
            at = version.parent

    def ever_below(self, units: Iterable[str]) -> set[str]:
        """Return the units that in some version could have one of *units* on their walk, these included."""
        found: set[str] = set()
        rest = list(units)
        while rest:
            here = rest.pop()
            if here not in found:
                found.add(here)
                rest.extend(self._children.get(here, ()))
        return found

    @cached_property
    def _children(self) -> dict[str, list[str]]:
        children: dict[str, list[str]] = {}
        for unit, versions in self._versions.items():
            for parent in {version.parent for version in versions if version.parent is not None}:
                children.setdefault(parent, []).append(unit)
        return children

    def change_days(self, unit: str) -> set[date]:
        """Return the days on which the unit's walk, or the state of a unit on it, may change."""
        found: set[str] = set()
        rest, days = [unit], set()
        while rest:
            here = rest.pop()
            if here not in found:
                found.add(here)
                versions = self._versions.get(here, ())
                days |= {version.effective_from for version in versions}
                rest.extend(version.parent for version in versions if version.parent is not None)
        return days


def moved_trees(before: Tree, after: Tree, unit: str, day: date) -> set[str]:
    """Return the units whose tree takes in *unit* on a day in one of two states only, or is of another kind in each."""
    old = {(version.unit, version.kind) for version in before.walk(unit, day)}
    new = {(version.unit, version.kind) for version in after.walk(unit, day)}
    return {code for code, _ in old ^ new}


def moved_since(before: Tree, after: Tree, unit: str) -> date | None:
    """Return the first day on which the unit counts into other trees than before; None when there is none."""
    days = sorted({date.min} | before.change_days(unit) | after.change_days(unit))
    return next((day for day in days if moved_trees(before, after, unit, day)), None)
