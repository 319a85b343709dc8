"""The figures of a card: indicators, groups and what they suggest, with what is in dispute and without it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.support.oracle.log import bare, field
from tests.support.oracle_cards.capaian import used
from tests.support.oracle_cards.components import Component, Scope, components
from tests.support.oracle_cards.contests import Contest
from tests.support.oracle_cards.groups import Group, grouped, suggested_behaviour, suggested_result, with_parts
from tests.support.oracle_cards.known import Known
from tests.support.oracle_cards.organisation import heading

IN_RANGE = ("status", "n", "total", "value", "score")


@dataclass(frozen=True)
class Figures:
    """What some state of knowledge gives for a scope."""

    known: Known
    scope: Scope
    found: Sequence[Component]
    groups: dict[str, Group]

    def indicators(self) -> list[dict[str, Any]]:
        """The block `indicators`."""
        return with_parts(self.groups, self.found)

    def group_shapes(self) -> dict[str, Any]:
        """The block `groups`; a unit has no perilaku."""
        return {
            name: group.shape() for name, group in self.groups.items() if not self.scope.is_unit or name != "perilaku"
        }

    def suggested(self) -> dict[str, Any]:
        """The block `suggested`."""
        result = suggested_result(self.groups["hasil_kerja"])
        if self.is_head():
            result = self.as_head()
        return {"hasil_kerja": result, "perilaku": suggested_behaviour(self.groups["perilaku"])}

    def is_head(self) -> bool:
        """Whether the person leads the unit by a definitive assignment."""
        if self.scope.unit is None or self.scope.on is None:
            return False
        by = heading(self.known, self.scope.unit, self.scope.on)
        return by is not None and by["subject"] == self.scope.subject and field(by, "basis") == "definitive"

    def as_head(self) -> dict[str, str] | None:
        """What the unit achieved, as a level; None until it is set."""
        assert self.scope.unit is not None
        found = used(self.known, self.scope.unit, self.scope.period)
        if found is None:
            return None
        document = self.scope.document
        level = document["capaian_levels"][field(found[1], "capaian")]
        return {"level": level, "clause": document["suggestion"]["clauses"]["head"]}

    def range_shape(self) -> dict[str, Any]:
        """These figures as the block `range`."""
        shape: dict[str, Any] = {
            "groups": self.group_shapes(),
            "indicators": {each.shape["code"]: {name: each.shape[name] for name in IN_RANGE} for each in self.found},
        }
        return shape if self.scope.is_unit else shape | {"suggested": self.suggested()}


def figures(known: Known, scope: Scope) -> Figures:
    """The figures of a scope."""
    found = components(known, scope)
    return Figures(known, scope, found, grouped(scope.document, found))


def range_of(known: Known, scope: Scope, contested: Sequence[Contest]) -> dict[str, Any] | None:
    """The same figures without what is in dispute; None where nothing is."""
    disputed = [each.event for each in contested if each.makes_range]
    return figures(known.without(disputed), scope).range_shape() if disputed else None


def is_open(known: Known, scope: Scope) -> bool:
    """Whether some day is not closed for the unit of that day."""
    for day in scope.days:
        unit = bare(scope.subject) if scope.is_unit else known.unit_of(bare(scope.subject), day)
        if unit is not None and not known.directory.closed(unit, day):
            return True
    return False
