"""
Who heads whom on a day: heads of units, supervisors of people (scoring.md, "Who heads whom").

Works on the assignments at hand and notes whose are missing, so that whoever asks can bring them and ask again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Protocol

from services.scoring.domain.directory import code_of
from services.scoring.domain.facts import AssignmentStarted
from services.scoring.evaluation.evidence import Stamped

Assignments = Sequence[Stamped[AssignmentStarted]]


class Walks(Protocol):
    """The tree of units by dates."""

    def walk(self, code: str, on: date) -> tuple[str, ...]:
        """Return the unit, its parent, and so on."""


class Organisation:
    """
    Heads and supervisors by standing assignments: *of_people* all of a person's, *of_heads* those that lead a unit.

    What is asked about somebody, or a unit, that is in neither counts as without assignments, and is noted in
    *missing_people* and *missing_units*: the answer is the law's once both stay empty.
    """

    def __init__(self, tree: Walks, of_people: Mapping[str, Assignments], of_heads: Mapping[str, Assignments]) -> None:
        self._tree = tree
        self._of_people = of_people
        self._of_heads = of_heads
        self._supervisors: dict[tuple[str, date], str | None] = {}
        self._heads: dict[tuple[str, date], Stamped[AssignmentStarted] | None] = {}
        self.missing_people: set[str] = set()
        self.missing_units: set[str] = set()

    def belonging(self, person: str, on: date) -> Stamped[AssignmentStarted] | None:
        """Return the assignment by which a person belongs to a unit on a day."""
        if person not in self._of_people:
            self.missing_people.add(person)
            return None
        return _greatest(each for each in in_force(self._of_people[person], on) if each.fact.basis == "definitive")

    def unit(self, person: str, on: date) -> str | None:
        """Return the unit a person belongs to on a day."""
        found = self.belonging(person, on)
        return None if found is None else found.fact.unit

    def head(self, unit: str, on: date) -> str | None:
        """Return who leads a unit on a day: a delegate before a definitive head; plt and plh rate nobody."""
        found = self._head(unit, on)
        return None if found is None else code_of(found.subject)

    def _head(self, unit: str, on: date) -> Stamped[AssignmentStarted] | None:
        if (unit, on) not in self._heads:
            self._heads[unit, on] = self._found_head(unit, on)
        return self._heads[unit, on]

    def _found_head(self, unit: str, on: date) -> Stamped[AssignmentStarted] | None:
        if unit not in self._of_heads:
            self.missing_units.add(unit)
            return None
        leading = [each for each in in_force(self._of_heads[unit], on) if each.fact.head]
        found = _greatest(each for each in leading if each.fact.basis == "delegate")
        return found or _greatest(each for each in leading if self._belongs_by(each, on))

    def _belongs_by(self, assignment: Stamped[AssignmentStarted], on: date) -> bool:
        if assignment.fact.basis != "definitive":
            return False
        held = self.belonging(code_of(assignment.subject), on)
        return held is not None and held.stamp == assignment.stamp

    def leads_by_right(self, person: str, unit: str, on: date) -> bool:
        """Say whether somebody is a unit's head on a day by a definitive assignment, not as a delegate."""
        found = self._head(unit, on)
        return found is not None and code_of(found.subject) == person and found.fact.basis == "definitive"

    def first_head(self, unit: str, on: date, but: str | None = None) -> str | None:
        """Return the first head who is not *but* on the walk of a unit."""
        for place in self._tree.walk(unit, on):
            head = self.head(place, on)
            if head is not None and head != but:
                return head
        return None

    def supervisor(self, person: str, on: date) -> str | None:
        """Return who supervises a person on a day: whom their assignment names, else the first head above them."""
        if (person, on) not in self._supervisors:
            self._supervisors[person, on] = self._found_supervisor(person, on)
        return self._supervisors[person, on]

    def _found_supervisor(self, person: str, on: date) -> str | None:
        held = self.belonging(person, on)
        if held is None:
            return None
        named = held.fact.supervisor
        return named if named is not None and named != person else self.first_head(held.fact.unit, on, person)


def in_force(assignments: Assignments, on: date) -> Iterator[Stamped[AssignmentStarted]]:
    """Yield the assignments that hold on a day, both ends included."""
    for each in assignments:
        fact = each.fact
        if fact.effective_from <= on and (fact.effective_to is None or on <= fact.effective_to):
            yield each


def _greatest(assignments: Iterable[Stamped[AssignmentStarted]]) -> Stamped[AssignmentStarted] | None:
    return max(assignments, key=lambda each: (each.fact.effective_from, each.stamp), default=None)
