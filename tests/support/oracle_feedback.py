"""
What becomes of sealed answers, from the law's words and the raw events: day by day, person by person.

Knows nothing of the services; slow and obvious.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

Event = dict[str, Any]
VALUES = (
    *("berorientasi_pelayanan", "akuntabel", "kompeten", "harmonis"),
    *("loyal", "adaptif", "kolaboratif"),
)


class Rules(NamedTuple):
    """The block of a policy."""

    relations: Sequence[str]
    k: int
    exposure_days: int
    pool: str | None


class Office:
    """Everybody, by the events that stand."""

    def __init__(self, events: Iterable[Event]) -> None:
        known = list(events)
        voided = {
            (e["data"]["voided"]["source"], e["data"]["voided"]["id"], e["subject"])
            for e in known
            if e["type"] == "event.voided.v1"
        }
        self.assignments = [
            e
            for e in known
            if e["type"] == "assignment.started.v1" and (e["source"], e["id"], e["subject"]) not in voided
        ]
        self.units = [e for e in known if e["type"] == "unit.registered.v1"]
        self.people = sorted({_bare(e) for e in self.assignments})

    def _in_force(self, on: date) -> Iterator[Event]:
        for e in self.assignments:
            since, until = e["data"]["effective_from"], e["data"].get("effective_to")
            if since <= on.isoformat() and (until is None or on.isoformat() <= until):
                yield e

    def belonging(self, person: str, on: date) -> Event | None:
        """The assignment by which a person belongs."""
        found = [e for e in self._in_force(on) if _bare(e) == person and e["data"]["basis"] == "definitive"]
        return max(found, key=_rank, default=None)

    def unit_of(self, person: str, on: date) -> str | None:
        """The unit a person belongs to."""
        found = self.belonging(person, on)
        return None if found is None else str(found["data"]["unit"])

    def state(self, unit: str, on: date) -> Event | None:
        """A unit as on a day; before its first version as in its first."""
        versions = sorted(
            (e for e in self.units if _bare(e) == unit), key=lambda e: (e["data"]["effective_from"], *_stamp(e))
        )
        begun = [e for e in versions if e["data"]["effective_from"] <= on.isoformat()]
        if begun:
            return begun[-1]
        earliest = [e for e in versions if e["data"]["effective_from"] == versions[0]["data"]["effective_from"]]
        return earliest[-1] if earliest else None

    def walk(self, unit: str, on: date) -> list[str]:
        """The unit, its parent, and so on."""
        found: list[str] = []
        here: str | None = unit
        while here is not None and here not in found and (state := self.state(here, on)) is not None:
            found.append(here)
            here = state["data"].get("parent")
        return found

    def head(self, unit: str, on: date) -> str | None:
        """Who leads a unit."""
        heads = [e for e in self._in_force(on) if e["data"]["unit"] == unit and e["data"].get("head")]
        delegates = [e for e in heads if e["data"]["basis"] == "delegate"]
        definitive = [e for e in heads if e["data"]["basis"] == "definitive" and self.belonging(_bare(e), on) is e]
        found = max(delegates or definitive, key=_rank, default=None)
        return None if found is None else _bare(found)

    def supervisor(self, person: str, on: date) -> str | None:
        """Who supervises a person."""
        held = self.belonging(person, on)
        if held is None:
            return None
        named = held["data"].get("supervisor")
        if named is not None and named != person:
            return str(named)
        heads = (self.head(unit, on) for unit in self.walk(held["data"]["unit"], on))
        return next((head for head in heads if head is not None and head != person), None)

    def _pool(self, person: str, kind: str, on: date) -> str | None:
        unit = self.unit_of(person, on)
        for code in self.walk(unit, on) if unit else ():
            state = self.state(code, on)
            if state is not None and state["data"]["kind"] == kind:
                return code
        return None

    def eligible(self, relation: str, rater: str, ratee: str, rules: Rules, on: date) -> bool:
        """Whether somebody may answer on a day."""
        if rater == ratee:
            return False
        of_rater, of_ratee = self.supervisor(rater, on), self.supervisor(ratee, on)
        if relation == "subordinate":
            return of_rater == ratee
        if rules.pool is None:
            return of_ratee is not None and of_rater == of_ratee
        pool = self._pool(ratee, rules.pool, on)
        if pool is None or self._pool(rater, rules.pool, on) != pool:
            return False
        return ratee != of_rater and rater != of_ratee

    def groups(self, ratee: str, answers: Iterable[Event], rules: Rules, days: Sequence[date]) -> list[dict[str, Any]]:
        """What is released of the answers about somebody; of each (rater, relation) the last stands."""
        last = {(e["data"]["rater"], e["data"]["relation"]): e["data"] for e in answers if _bare(e) == ratee}
        found = []
        for relation in ("peer", "subordinate"):
            counted = [
                said
                for (rater, of), said in last.items()
                if of == relation
                and sum(self.eligible(relation, rater, ratee, rules, day) for day in days) >= rules.exposure_days
            ]
            if relation in rules.relations and len(counted) >= rules.k:
                found.append({"relation": relation, "n": len(counted), **_levels(counted, rules.k)})
        return found


def _levels(counted: Sequence[dict[str, Any]], k: int) -> dict[str, Any]:
    def level(said: list[str]) -> str:
        for wanted in ("above", "below"):
            if said.count(wanted) > len(said) / 2:
                return wanted
        return "meets"

    results = [each["result"] for each in counted if "result" in each]
    behaviours = {
        value: [each["behaviours"][value] for each in counted if value in each.get("behaviours", {})]
        for value in VALUES
    }
    found: dict[str, Any] = {"result": level(results)} if len(results) >= k else {}
    return found | {"behaviours": {value: level(said) for value, said in behaviours.items() if len(said) >= k}}


def days_of(first: date, last: date) -> list[date]:
    """Every day, both ends included."""
    return [first + timedelta(days=later) for later in range((last - first).days + 1)]


def _bare(event: Event) -> str:
    return str(event["subject"].partition(":")[2])


def _stamp(event: Event) -> tuple[datetime, bytes, bytes]:
    return datetime.fromisoformat(event["time"]), event["source"].encode(), event["id"].encode()


def _rank(event: Event) -> tuple[str, datetime, bytes, bytes]:
    return (event["data"]["effective_from"], *_stamp(event))
