"""Who leads a unit on a day, and whom to ask about a unit that nobody leads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.notifications.domain.units import Tree, UnitVersion

DEFINITIVE = "definitive"


@dataclass(frozen=True, slots=True)
class Headship:
    """An assignment that leads a unit; both days included, *until* None means still."""

    employee: str
    unit: str
    basis: str
    since: date
    until: date | None
    time: datetime
    source: str
    id: str

    def holds(self, on: date) -> bool:
        """Say whether it is in force on a day."""
        return self.since <= on and (self.until is None or on <= self.until)


@dataclass(frozen=True, slots=True)
class Leader:
    """Whom an alert goes to: the head of *unit*, which is the alert's own or the first above it that has one."""

    employee: str
    unit: UnitVersion
    acting: bool


def by_unit(headships: Iterable[Headship]) -> dict[str, list[Headship]]:
    """Group headships by the unit they lead."""
    grouped: dict[str, list[Headship]] = {}
    for headship in headships:
        grouped.setdefault(headship.unit, []).append(headship)
    return grouped


def head_on(headships: Sequence[Headship], on: date) -> Headship | None:
    """
    Return the head on a day: the definitive one, else who acts.

    Of several the greatest by (since, time, source, id), strings by their UTF-8 bytes.
    """
    held = [headship for headship in headships if headship.holds(on)]
    definitive = [headship for headship in held if headship.basis == DEFINITIVE]
    return max(definitive or held, key=_rank, default=None)


def leader_of(unit: str, on: date, tree: Tree, heads: Mapping[str, Sequence[Headship]]) -> Leader | None:
    """Return the head of the first unit on the walk that has one on that day, or None."""
    for version in tree.walk(unit, on):
        head = head_on(heads.get(version.unit, ()), on)
        if head is not None:
            return Leader(head.employee, version, head.basis != DEFINITIVE)
    return None


def _rank(headship: Headship) -> tuple[date, datetime, bytes, bytes]:
    return headship.since, headship.time, headship.source.encode(), headship.id.encode()
