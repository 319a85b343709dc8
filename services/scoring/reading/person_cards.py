"""Scorecards of people: what one rests on is read inside one snapshot, and worked out by pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.policy.identity import sha256_of
from schemas.policy.shipped import DEFAULT, shipped
from services.kit.errors import Refused
from services.scoring.domain.changes import Span
from services.scoring.domain.days import days_between
from services.scoring.domain.directory import Directory
from services.scoring.domain.figures import DayMeasures
from services.scoring.evaluation.components import Whose
from services.scoring.evaluation.contested import Contested
from services.scoring.evaluation.evidence import Stamped
from services.scoring.evaluation.governing_policy import GoverningPolicy
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.person_card import Figures, Stretch, earliest, figures_shape, home, kind_of
from services.scoring.evaluation.segments import Segment, segments
from services.scoring.evaluation.shapes import Shape
from services.scoring.reading import current
from services.scoring.reading.as_of import AsOf
from services.scoring.reading.contests import contests_of_person
from services.scoring.reading.evidence import Evidence, standing


@dataclass(frozen=True, slots=True)
class PersonQuestion:
    """Whose card, of what period, perhaps of one segment alone, counted from 1."""

    employee: str
    period: Period
    segment: int | None = None

    @property
    def subject(self) -> str:
        return f"employee:{self.employee}"


class PersonCards:
    """Makes cards in one snapshot, as *evidence* knows it; *directory* is that of the same moment."""

    def __init__(self, evidence: Evidence, directory: Directory) -> None:
        self._evidence = evidence
        self._directory = directory

    async def card(self, asked: PersonQuestion) -> Shape:
        """Return a card without what belongs to the answer alone. Raises Refused where there is no such segment."""
        evidence, directory, period = self._evidence, self._directory, asked.period
        events = standing(await evidence.about([asked.subject], [period.text]))
        found = await evidence.in_organisation(directory, lambda known: segments(known, asked.employee, period))
        contests = await contests_of_person(evidence, directory, asked.employee, period)
        figures = Figures(await self._days(asked), events)
        stretch = _stretch(directory, asked, found)
        figured = figures_shape(stretch, figures, await self._without(asked, stretch, figures, contests), directory)
        return {"subject": asked.subject, "period": period.text, "segment": asked.segment, **figured}

    async def _days(self, asked: PersonQuestion, without: Sequence[Contested] = ()) -> DayMeasures:
        first, last = earliest(asked.period), asked.period.last
        conn, known_at = self._evidence.conn, self._evidence.asked_at
        if known_at is None and not without:
            figures = await current.employee_figures(conn, self._directory, asked.employee, first, last)
        else:
            references = {each.reference for each in without}
            past = AsOf(conn, self._evidence.known_at, Span(first, last), references)
            figures = await past.employee(self._directory, asked.employee)
        return figures.by_day()

    async def _without(
        self, asked: PersonQuestion, stretch: Stretch, figures: Figures, contests: Sequence[Contested]
    ) -> Figures | None:
        """Return the figures without what is disputed; None where nothing is."""
        disputed = [each for each in contests if each.makes_range and is_on(stretch, each)]
        if not disputed:
            return None
        references = {each.reference for each in disputed}
        events = [each for each in figures.events if reference(each) not in references]
        days = await self._days(asked, disputed) if any(each.days for each in disputed) else figures.days
        return Figures(days, events)


def reference(event: Stamped) -> tuple[str, str, str, str]:  # type: ignore[type-arg]
    """Return type, subject, source and id of an event."""
    return (event.type, event.subject, *event.stamp[1:])


def is_on(stretch: Stretch, contest: Contested) -> bool:
    """Say whether a contest is on the card of a stretch: by its days, or by its period where that is whole."""
    if contest.period is not None:
        return stretch.whole
    return any(any(contest.days_in(segment.first, segment.last)) for segment in stretch.segments)


def _stretch(directory: Directory, asked: PersonQuestion, found: Sequence[Segment]) -> Stretch:
    if asked.segment is None:
        last = home(found)
        kind = None if last is None else kind_of(directory, *last)
        before = asked.period.previous
        return Stretch(
            found,
            governing_policy(),
            Whose(asked.employee, kind),
            [*days_between(before.first, before.last)],
            whole=True,
            leads=None,
        )
    segment = _segment(asked, found)
    assert segment.unit is not None
    kind = kind_of(directory, segment.unit, segment.last)
    return Stretch([segment], governing_policy(), Whose(asked.employee, kind), [], whole=False, leads=None)


def _segment(asked: PersonQuestion, found: Sequence[Segment]) -> Segment:
    assert asked.segment is not None
    if not 1 <= asked.segment <= len(found):
        raise Refused(f"segment: the period has the segments 1 to {len(found)}.")
    segment = found[asked.segment - 1]
    if segment.unit is None:
        raise Refused(f"segment: in segment {asked.segment} the person belonged to no unit.")
    return segment


def governing_policy() -> GoverningPolicy:
    """Return the policy that was shipped."""
    policy = shipped()[DEFAULT]
    return GoverningPolicy(policy, sha256_of(policy))
