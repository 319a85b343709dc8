"""The unit tree as it was on each day, by the registrations known now."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date


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
