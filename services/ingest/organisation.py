"""
Who, where and when as of a transaction: the directory in memory, people's assignments as a question needs them.

The state of the directory is kept between transactions and moved forward; assignments, which are as many as people,
are read for each question.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple, TypeVar

from services.ingest.store import organisation as store
from services.kit.postgres import Connection
from services.scoring.domain.days import FIRST_DAY, LAST_DAY, ONE_DAY
from services.scoring.domain.directory import Directory, code_of
from services.scoring.domain.events import Event
from services.scoring.domain.facts import AssignmentStarted
from services.scoring.evaluation.eligibility import Span, home, spans_of
from services.scoring.evaluation.evidence import Stamped
from services.scoring.evaluation.governing import governing
from services.scoring.evaluation.governing_policy import GoverningPolicy
from services.scoring.evaluation.organisation import Organisation
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.workdays import Workdays

_STEP = 2_000
_MOST_TURNS = 64

T = TypeVar("T")
Assignment = Stamped[AssignmentStarted]


@dataclass(frozen=True)
class Snapshot:
    """The directory, policies included, at one position: *refolded* and *following*."""

    refolded: int
    following: int = 0
    directory: Directory = field(default_factory=Directory.empty)


class DirectoryMemory:
    """What a process remembers of the directory, for transactions that look at it."""

    def __init__(self) -> None:
        self._known = Snapshot(0)

    async def at(self, conn: Connection) -> "Surroundings":
        """Return the directory as this transaction sees it, or as a later one has seen it by now."""
        place = await store.place(conn)
        known = self._known if self._known.refolded == place.refolded else Snapshot(place.refolded)
        if known.following < place.following:
            known = await _read(conn, known, place.following)
        if (known.refolded, known.following) > (self._known.refolded, self._known.following):
            self._known = known
        return Surroundings(conn, known)


async def _read(conn: Connection, known: Snapshot, before: int) -> Snapshot:
    while rows := await store.events(conn, known.following, before, _STEP):
        directory = known.directory.with_events([event for _, event in rows])
        known = replace(known, directory=directory, following=rows[-1][0] + 1)
    return replace(known, following=before)


class Place(NamedTuple):
    """
    Where somebody's feedback of a period is settled: their last unit, and the policy that governs it then.

    *spans*: the days of the period, cut where anything changed about them.
    """

    unit: str
    policy: GoverningPolicy
    spans: list[Span]

    def closes(self, period: Period) -> date | None:
        """Return the day after which answers are closed; None where the policy asks for none."""
        feedback = self.policy.policy.feedback
        return None if feedback is None else period.last + feedback.closes_days * ONE_DAY


class Surroundings:
    """Answers questions about one state of the directory, known by its *position*, within the caller's transaction."""

    def __init__(self, conn: Connection, known: Snapshot) -> None:
        self._conn, self._known = conn, known
        self.directory, self.position = known.directory, (known.refolded, known.following)
        self._of_people: dict[str, list[Assignment]] = {}
        self._of_heads: dict[str, list[Assignment]] = {}

    async def ask(self, question: Callable[[Organisation], T]) -> T:
        """Return what *question* finds once every assignment that it asks about is read."""
        for _ in range(_MOST_TURNS):
            organisation = Organisation(self.directory.tree, self._of_people, self._of_heads)
            found = question(organisation)
            if not organisation.missing_people and not organisation.missing_units:
                return found
            await self.bring(organisation.missing_people, organisation.missing_units)
        raise RecursionError("the organisation has no end")

    async def bring(self, people: Collection[str], units: Collection[str] = ()) -> None:
        """Read the assignments of people, and of those who lead units."""
        if units:
            self._of_heads |= {unit: [] for unit in units}
            for unit, event in await store.heads_of(self._conn, units):
                self._of_heads[unit].append(_assignment(event))
            leaders = {code_of(each.subject) for unit in units for each in self._of_heads[unit]}
            people = {*people, *leaders} - self._of_people.keys()
        if people:
            self._of_people |= {person: [] for person in people}
            for person, event in await store.assignments_of(self._conn, people):
                self._of_people[person].append(_assignment(event))

    async def bring_missing(self, people: Collection[str]) -> None:
        """Read the assignments of those of *people* whose are not at hand."""
        await self.bring(set(people) - self._of_people.keys())

    def spans(self, period: Period) -> list[Span]:
        """Cut a period wherever what has been read so far, or the units of it, change."""
        changes: set[date] = set()
        units: set[str] = set()
        for held in (*self._of_people.values(), *self._of_heads.values()):
            for each in held:
                changes.add(each.fact.effective_from)
                if each.fact.effective_to is not None and each.fact.effective_to < period.last:
                    changes.add(each.fact.effective_to + ONE_DAY)
                units.add(each.fact.unit)
        for unit in units:
            changes |= self.directory.change_days(unit)
        return spans_of(period.first, period.last, changes)

    async def place(self, person: str, period: Period) -> Place | None:
        """Return where somebody's feedback is settled; None who belongs nowhere in the period."""
        await self.bring_missing({person})
        found = await self.ask(lambda chart: home(chart, person, self.spans(period)))
        if found is None:
            return None
        policy = governing(self.directory.policies, self.directory.tree, found[0], period)
        return Place(found[0], policy, self.spans(period))

    @property
    def latest_closing(self) -> date | None:
        """The greatest day on which anybody is closed."""
        return next(reversed(self.directory.closing_days(FIRST_DAY, LAST_DAY)), None)

    async def is_over(self, person: str, period: Period) -> bool:
        """Say whether the day after which answers are closed has passed for somebody's unit; never without one."""
        found = await self.place(person, period)
        return found is not None and self.has_passed(found.unit, found.closes(period))

    def has_passed(self, unit: str, day: date | None) -> bool:
        """Say whether a day has passed for a unit."""
        return Workdays(self.directory).has_passed(unit, day)

    async def units_under(self, people: Collection[str], period: Period) -> set[str]:
        """Return the units that may, at some time of a period, stand under a unit that one of *people* leads."""
        headed = await store.units_headed_by(self._conn, people, period.first, period.last)
        return self.directory.tree.ever_below(headed)

    async def people_around(
        self, supervisors: Collection[str], units: Collection[str], period: Period, after: str, size: int
    ) -> list[str]:
        """Return the next people who may, at some time of a period, be under *supervisors* or in *units*."""
        return await store.people_around(self._conn, supervisors, units, (period.first, period.last), after, size)


def _assignment(event: Event) -> Assignment:
    assert isinstance(event.fact, AssignmentStarted)
    return Stamped(event.stamp, event.type, event.subject, event.fact)


def pools(directory: Directory, units: Iterable[str], kind: str, spans: Iterable[Span]) -> set[str]:
    """Return every unit that may belong to a pool with one of *units*: below a unit of that kind that is above them."""
    above: set[str] = set()
    days = [span.first for span in spans]
    for unit in units:
        for day in days:
            for place in directory.walk(unit, day):
                state = directory.unit(place, day)
                if state is not None and state.kind == kind:
                    above.add(place)
    return directory.tree.ever_below(above)
