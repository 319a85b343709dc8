"""The policy lab: a simulation in one snapshot, so many people at a time, most of it beside the event loop."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.kit.errors import Refused, Unavailable
from services.scoring.domain.directory import Directory, code_of
from services.scoring.evaluation.moves import MovedPerson
from services.scoring.evaluation.organisation import Organisation
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.shapes import Shape
from services.scoring.evaluation.simulation import Simulation, Trial
from services.scoring.evaluation.spreads import Group, Spreads
from services.scoring.reading.answers import Snapshot
from services.scoring.reading.cases import Cases, Found
from services.scoring.reading.evidence import Evidence
from services.scoring.store import queries

CASES_AT_ONCE = 500
MOST_PEOPLE = 300_000
"""Beyond, a simulation is refused: its snapshot would be held for minutes."""

Place = tuple[str, Period]


@dataclass(frozen=True, slots=True)
class Simulated:
    """A whole answer: *shape* without the people; *people*, if asked for, by period and employee."""

    shape: Shape
    people: Sequence[MovedPerson] | None


class Lab:
    """Simulates *trial* on what one snapshot knows at a moment."""

    def __init__(self, here: Snapshot, directory: Directory, trial: Trial, known_at: datetime | None) -> None:
        self._here = here
        self._directory = directory
        self._trial = trial
        self._known_at = known_at
        self._cases = Cases(trial, directory)
        self._people: Sequence[str] = ()
        self._uncounted: Iterator[Sequence[str]] = iter(())
        self._counted = 0

    def _evidence(self) -> Evidence:
        return Evidence(self._here.conn, self._here.partitions, self._known_at)

    async def begin(self) -> None:
        """Find out who may be concerned. Raises Refused where these are too many."""
        periods = self._trial.periods
        if self._trial.unit is None:
            units = {*self._directory.codes}
        else:
            pieces = self._directory.tree.pieces(self._trial.unit, periods[0].first, periods[-1].last)
            units = {unit for _, _, below in pieces for unit in below}
        self._people = await self._assigned(units)
        self._uncounted = self._chunks(self._people)

    async def _assigned(self, units: set[str]) -> list[str]:
        known_at = self._evidence().known_at
        rows = await queries.known_people(self._here.conn, units=sorted(units), known_at=known_at, most=MOST_PEOPLE + 1)
        people = await asyncio.to_thread(lambda: [code_of(each) for row in rows for each in row["subjects"]])
        if len(people) > MOST_PEOPLE:
            raise Refused(f"unit: more than {MOST_PEOPLE:,} people; ask for the units below it.")
        return people

    def _chunks(self, people: Sequence[str]) -> Iterator[Sequence[str]]:
        size = max(CASES_AT_ONCE // len(self._trial.periods), 1)
        return (people[start : start + size] for start in range(0, len(people), size))

    async def count(self, enough: int | None = None) -> int:
        """Return how many cases there are; *enough*: it need not be known yet how many more than that."""
        for chunk in self._uncounted:
            self._counted += await self._cases.count(self._evidence(), chunk)
            if enough is not None and self._counted > enough:
                break
        return self._counted

    async def simulated(self, note: Callable[[int], None]) -> Simulated:
        """
        Return the whole answer, telling *note* how many cases were looked at.

        Raises Unavailable when somebody else needs what the snapshot holds.
        """
        simulation = Simulation(self._trial, self._directory)
        heads = await self._heads(simulation)
        spreads = Spreads({(period.text, head) for (_, period), head in heads.items()})
        people = [*self._people, *await self._others(heads)]
        async for found in self._read(people, acts=bool(heads)):
            await asyncio.to_thread(_take, simulation, spreads, found)
            note(simulation.cases)
        await self._compare(simulation, spreads, heads)
        shape = await asyncio.to_thread(simulation.shape, self._here.position)
        return Simulated(shape, await asyncio.to_thread(list, simulation.people()) if self._trial.people else None)

    async def _read(self, people: Sequence[str], *, acts: bool) -> AsyncIterator[Found]:
        """Yield what is known of people, so many at a time; the next are read while these are counted."""
        chunks = self._chunks(people)
        ahead = self._reading(chunks, acts=acts)
        try:
            while ahead is not None:
                found = await ahead
                ahead = self._reading(chunks, acts=acts)
                yield found
        finally:
            if ahead is not None:
                ahead.cancel()
                await asyncio.gather(ahead, return_exceptions=True)

    def _reading(self, chunks: Iterator[Sequence[str]], *, acts: bool) -> asyncio.Task[Found] | None:
        chunk = next(chunks, None)
        return None if chunk is None else asyncio.create_task(self._read_some(chunk, acts=acts))

    async def _read_some(self, people: Sequence[str], *, acts: bool) -> Found:
        await self._give_way()
        return await self._cases.read(self._evidence(), people, acts=acts)

    async def _give_way(self) -> None:
        """End where a switch of versions waits for our snapshot, for all who read would wait behind it."""
        if await queries.switch_waits(self._here.conn):
            raise Unavailable("The figures are being replaced by newer ones; ask again in a moment.")

    async def _heads(self, simulation: Simulation) -> dict[Place, str]:
        """Return who leads the units whose rules of distribution would change, on the last day of each period."""
        places = await asyncio.to_thread(self._concerned, simulation)
        if not places:
            return {}

        def heads(known: Organisation) -> dict[Place, str]:
            found = ((place, known.head(place[0], place[1].last)) for place in places)
            return {place: head for place, head in found if head is not None}

        return await self._evidence().in_organisation(self._directory, heads, beside=True)

    def _concerned(self, simulation: Simulation) -> list[Place]:
        return [
            (unit, period)
            for period in self._trial.periods
            for unit in self._units(period)
            if simulation.spreads_otherwise(unit, period)
        ]

    def _units(self, period: Period) -> Collection[str]:
        tree = self._directory.tree
        return tree.codes if self._trial.unit is None else tree.below(self._trial.unit, period.last)

    async def _others(self, heads: Mapping[Place, str]) -> list[str]:
        """Return who may belong to a head's group without ever having belonged to the tree."""
        if not heads:
            return []
        evidence, leading = self._evidence(), sorted(set(heads.values()))
        led = await evidence.units_led_by(*leading)
        elsewhere = self._directory.tree.ever_below(led)
        found = {*await self._assigned(elsewhere), *await evidence.supervised(*leading)}
        return sorted(found - set(self._people))

    async def _compare(self, simulation: Simulation, spreads: Spreads, heads: Mapping[Place, str]) -> None:
        """Note the warnings that appear or go."""
        if heads:
            used = await self._cases.used(self._evidence(), list(heads))
            groups = [
                Group(unit, period, head, used[unit, period.text].capaian) for (unit, period), head in heads.items()
            ]
            await asyncio.to_thread(simulation.compare, groups, spreads)


def _take(simulation: Simulation, spreads: Spreads, found: Found) -> None:
    for employee, listed in found.cases.items():
        simulation.take(employee, listed)
    for evaluated in found.evaluated:
        spreads.add(evaluated)
