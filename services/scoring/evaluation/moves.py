"""How suggestions move between two policies, counted in all and by groups of people (scoring.md 8)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from heapq import merge
from typing import Literal, NamedTuple

from schemas.fields import Level
from services.scoring.evaluation.assessment import HASIL_KERJA, PERILAKU
from services.scoring.evaluation.shapes import Shape
from services.scoring.evaluation.suggesting import Levels

Moved = Literal["up", "down", "same", "appears", "goes"]
MOVED: tuple[Moved, ...] = ("up", "down", "same", "appears", "goes")
GROUPS = (HASIL_KERJA, PERILAKU)
FEWEST = 5
"""People of a cell that is told; smaller ones go into the rest."""
REST = "rest"
_ORDER: dict[Level, int] = {"below": 0, "meets": 1, "above": 2}


class Keys(NamedTuple):
    """By what a case is grouped: unit, position, and `night` or `day`."""

    unit: str
    position: str
    pattern: str


class Judged(NamedTuple):
    """A person's suggestions of one period before and after."""

    period: str
    keys: Keys
    before: Levels
    after: Levels


class MovedPerson(NamedTuple):
    """Somebody's suggestion that moved."""

    period: str
    employee: str
    group: str
    before: Level | None
    after: Level | None


def moved(before: Level | None, after: Level | None) -> Moved:
    """Say how a suggestion moved. Examples: meets to above -> up; None to below -> appears; None to None -> same."""
    if before == after:
        return "same"
    if before is None:
        return "appears"
    if after is None:
        return "goes"
    return "up" if _ORDER[before] < _ORDER[after] else "down"


class Moves:
    """How many cases moved in which way, by group."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, Moved]] = Counter()

    def add(self, case: Judged) -> None:
        """Count a case."""
        for group, before, after in zip(GROUPS, case.before, case.after, strict=True):
            self._counts[group, moved(before, after)] += 1

    def update(self, other: "Moves") -> None:
        """Count all cases of another count."""
        self._counts.update(other._counts)

    @property
    def shape(self) -> Shape:
        """Return it as the answer has it."""
        return {group: {way: self._counts[group, way] for way in MOVED} for group in GROUPS}


class Cells:
    """Moves by a key of the cases, with the number of people behind each."""

    def __init__(self) -> None:
        self._moves: dict[str, Moves] = defaultdict(Moves)
        self._people: Counter[str] = Counter()

    def add(self, cases: Iterable[tuple[str, Judged]]) -> None:
        """Count all cases of one person, each under its key."""
        seen = set()
        for key, case in cases:
            self._moves[key].add(case)
            seen.add(key)
        self._people.update(seen)

    @property
    def shape(self) -> Shape:
        """Return the cells by key; those of fewer than FEWEST people together, as the last."""
        told: dict[str, Moves] = {}
        rest = Moves()
        for key in sorted(self._moves):
            if self._people[key] >= FEWEST:
                told[key] = self._moves[key]
            else:
                rest.update(self._moves[key])
        if len(told) < len(self._moves):
            rest.update(told.pop(REST, Moves()))
            told[REST] = rest
        return {key: moves.shape for key, moves in told.items()}


class Tally:
    """All moves of a simulation; with *people* also whose."""

    def __init__(self, *, people: bool) -> None:
        self.cases = 0
        self._moves = Moves()
        self._cells = {"by_unit": Cells(), "by_position": Cells(), "by_pattern": Cells()}
        self._with_people = people
        self._people: dict[str, Runs] = defaultdict(Runs)

    def add(self, employee: str, cases: list[Judged]) -> None:
        """Count all cases of one person."""
        self.cases += len(cases)
        for case in cases:
            self._moves.add(case)
            if self._with_people:
                self._people[case.period].add(_moved_of(employee, case))
        for place, cells in enumerate(self._cells.values()):
            cells.add((case.keys[place], case) for case in cases)

    @property
    def shape(self) -> Shape:
        """Return moves in all and by groups."""
        return {"moves": self._moves.shape, **{name: cells.shape for name, cells in self._cells.items()}}

    def people(self) -> Iterator[MovedPerson]:
        """Yield whose suggestions moved, by period and employee."""
        for period in sorted(self._people):
            yield from self._people[period].merged()


class Runs:
    """Rows that come in runs of ascending employees; in order as they are read, never sorted at one go."""

    def __init__(self) -> None:
        self._runs: list[list[MovedPerson]] = []

    def add(self, rows: Iterable[MovedPerson]) -> None:
        """Take the rows of one person."""
        for row in rows:
            if not self._runs or row.employee < self._runs[-1][-1].employee:
                self._runs.append([])
            self._runs[-1].append(row)

    def merged(self) -> Iterator[MovedPerson]:
        """Yield all rows by employee."""
        return merge(*self._runs, key=lambda row: row.employee)


def _moved_of(employee: str, case: Judged) -> Iterable[MovedPerson]:
    for group, before, after in zip(GROUPS, case.before, case.after, strict=True):
        if before != after:
            yield MovedPerson(case.period, employee, group, before, after)
