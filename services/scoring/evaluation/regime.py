"""Under what an evaluation stands: where somebody belonged, which policy governs there, how far it has come."""

from collections.abc import Iterable
from datetime import date
from functools import cached_property

from services.scoring.domain.directory import Directory
from services.scoring.domain.evaluation_facts import CapaianSet
from services.scoring.domain.fact import Fact
from services.scoring.evaluation.capaian import Used, Years, used_capaian
from services.scoring.evaluation.cycle import Evaluation, evaluation
from services.scoring.evaluation.evidence import Stamped
from services.scoring.evaluation.governing import governing
from services.scoring.evaluation.governing_policy import GoverningPolicy
from services.scoring.evaluation.organisation import Organisation
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.terms import Acts, Case
from services.scoring.evaluation.workdays import Workdays

Home = tuple[str, date]
"""(U, L): the last day of a period on which somebody belongs to a unit, and that unit."""


class Regime:
    """
    The directory and the organisation of one moment, with what they say of evaluations.

    *tried*: a policy that is asked for by its hash, instead of those in force.
    """

    def __init__(self, directory: Directory, organisation: Organisation, tried: GoverningPolicy | None = None) -> None:
        self.directory = directory
        self.organisation = organisation
        self._tried = tried

    @cached_property
    def calendar(self) -> Workdays:
        """Workdays and closings of units."""
        return Workdays(self.directory)

    def home(self, person: str, period: Period) -> Home | None:
        """Return (U, L) of a person and period; None where they belong to no unit on any day of it."""
        day = period.last
        while day >= period.first:
            if (unit := self.organisation.unit(person, day)) is not None:
                return unit, day
            day = date.fromordinal(day.toordinal() - 1)
        return None

    def governing(self, unit: str | None, period: Period) -> GoverningPolicy:
        """Return the policy by which cards of a unit and period are made."""
        return self._tried or governing(self.directory.policies, self.directory.tree, unit, period)

    def kind(self, unit: str, on: date) -> str | None:
        """Return what kind of unit it is on a day; None where it is not registered."""
        state = self.directory.unit(unit, on)
        return None if state is None else state.kind

    def evaluation(self, person: str, period: Period, events: Iterable[Stamped[Fact]]) -> Evaluation:
        """Return how somebody's evaluation stands, by what is known of the person and period."""
        home = self.home(person, period)
        if home is None:
            return evaluation(None, Acts(), self.organisation, self.calendar)
        unit, last = home
        clocks = self.governing(unit, period).policy.clocks
        case = Case(person, period, unit, self.organisation.supervisor(person, last), clocks.evaluation)
        return evaluation(case, Acts.of(events), self.organisation, self.calendar)

    def used_capaian(self, unit: str, period: Period, events: Iterable[Stamped[Fact]]) -> Used | None:
        """Return the capaian of a unit that a period's evaluations use; *events* may be of other periods, too."""
        found = capaian_of(events)
        of_period = [each for each in found if each.fact.period == period.text]
        before = [each for each in found if each.fact.period == period.previous.text]
        return used_capaian(unit, period, Years(of_period, before), self.organisation, self.calendar)


def capaian_of(events: Iterable[Stamped[Fact]]) -> list[Stamped[CapaianSet]]:
    """Return what was set for a unit among events about it."""
    return [
        Stamped(each.stamp, each.type, each.subject, each.fact) for each in events if isinstance(each.fact, CapaianSet)
    ]
