"""Ratings that count, and what was evaluated within a longer period (scoring.md 4)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from services.scoring.domain.days import days_between
from services.scoring.domain.evaluation_facts import Predikat, RatingGiven
from services.scoring.evaluation.evidence import Stamped
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.ports import Superiors


@dataclass(frozen=True, slots=True)
class Supervised:
    """How somebody supervised a person in a period: since when, and on how many of its days."""

    first: date
    days: int


@dataclass(frozen=True, slots=True)
class Rated:
    """A rating that counts; *supervised* of the supervisor's, None of the person's own."""

    event: Stamped[RatingGiven]
    supervised: Supervised | None = None

    def written(self) -> dict[str, object]:
        """Return it as a card has it."""
        said, identity = self.event.fact, self.event.identity
        return {
            "rater": said.rater,
            "days": None if self.supervised is None else self.supervised.days,
            "result": said.result,
            "behaviours": dict(said.behaviours),
            "note": said.note,
            "event": {"source": identity.source, "id": identity.id},
        }


@dataclass(frozen=True, slots=True)
class Ratings:
    """What a person said of themselves, and their supervisors: by the first day on which these were so, then by id."""

    own: Rated | None
    supervisors: tuple[Rated, ...]

    def by(self, rater: str | None) -> Rated | None:
        """Return what a supervisor said."""
        return next((each for each in self.supervisors if each.event.fact.rater == rater), None)


def supervised_by(person: str, period: Period, superiors: Superiors) -> dict[str, Supervised]:
    """Return who supervised a person on any day of a period. Example: E1000 on all of November -> 30 days."""
    found: dict[str, Supervised] = {}
    for day in days_between(period.first, period.last):
        rater = superiors.supervisor(person, day)
        if rater is not None:
            before = found.get(rater, Supervised(day, 0))
            found[rater] = Supervised(before.first, before.days + 1)
    return found


def ratings_of(person: str, events: Iterable[Stamped[RatingGiven]], supervised: Mapping[str, Supervised]) -> Ratings:
    """
    Return the ratings of a person for a period that count: the supervisors' on some day of it, and their own.

    *events*: those that stand about the person and period; of one rater and relation the greatest stamp is in force.
    Answers of peers are never among them, and pass for nothing where an older log has some.
    """
    register = {(each.fact.relation, each.fact.rater): each for each in sorted(events, key=lambda each: each.stamp)}
    own = register.get(("self", person))
    rated = [
        Rated(each, supervised[rater])
        for (relation, rater), each in register.items()
        if relation == "supervisor" and rater in supervised
    ]
    return Ratings(None if own is None else Rated(own), tuple(sorted(rated, key=_order)))


def _order(rated: Rated) -> tuple[date, str]:
    assert rated.supervised is not None
    return rated.supervised.first, rated.event.fact.rater


def inside(period: Period, in_force: Mapping[str, Predikat | None]) -> list[dict[str, str]]:
    """
    Return the predikat in force of the shorter periods within one, by text.

    Example: of 2026-Q4 those of 2026-10 to 2026-12; of 2026 the months' and then the quarters'. Periods without one
    are left out.
    """
    found = [(each, in_force.get(each)) for each in sorted(period.inside)]
    return [{"period": each, "predikat": predikat} for each, predikat in found if predikat is not None]
