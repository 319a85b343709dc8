"""Scorecards of people: what one rests on is read inside one snapshot, and worked out by pure functions."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from services.kit.errors import Refused
from services.scoring.domain.changes import Span
from services.scoring.domain.days import ONE_DAY, days_between
from services.scoring.domain.directory import Directory
from services.scoring.domain.evaluation_facts import CapaianSet, FeedbackReleased, OfPeriod
from services.scoring.domain.fact import Fact
from services.scoring.domain.figures import Counted
from services.scoring.evaluation.assessment import Leads
from services.scoring.evaluation.contested import Contested
from services.scoring.evaluation.evidence import Stamped
from services.scoring.evaluation.governing_policy import GoverningPolicy
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.person_card import Figures, PersonCase, assessment, earliest, person_card
from services.scoring.evaluation.proceedings import Released, first_release
from services.scoring.evaluation.regime import Regime
from services.scoring.evaluation.segments import Segment, last_in_a_unit, segments
from services.scoring.evaluation.shapes import Shape, compared
from services.scoring.reading import current
from services.scoring.reading.as_of import AsOf
from services.scoring.reading.contests import contests_of_person
from services.scoring.reading.evidence import Evidence, LoggedEvent, standing
from services.scoring.reading.receipts import behind, of_contests
from services.scoring.receipts.body import Behind, body, person_day_shape, window

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PersonQuestion:
    """Whose card, of what period, perhaps of one segment alone, counted from 1, or under a policy that is tried."""

    employee: str
    period: Period
    segment: int | None = None
    tried: GoverningPolicy | None = None

    @property
    def subject(self) -> str:
        return f"employee:{self.employee}"

    @property
    def span(self) -> Span:
        """The days whose figures it asks for."""
        return Span(earliest(self.period), self.period.last + ONE_DAY)


class PersonCards:
    """Makes cards in one snapshot, as *evidence* knows it; *directory* is that of the same moment."""

    def __init__(self, evidence: Evidence, directory: Directory) -> None:
        self._evidence = evidence
        self._directory = directory

    async def card(self, asked: PersonQuestion) -> Shape:
        """Return a card without what belongs to the answer alone. Raises Refused where there is no such segment."""
        logged, contests = await self._evidence.about_one(asked.subject, [asked.period.text, *asked.period.inside])
        case = await self._case(asked, logged, contests)
        restated = await self._restated(asked, case, logged)
        card = await self._in(asked, lambda regime: person_card(case, regime, restated=restated))
        return {"subject": asked.subject, "period": asked.period.text, "segment": asked.segment, **card}

    async def receipt(self, asked: PersonQuestion, answer: Shape) -> Shape:
        """Return the body of a receipt; *answer* is what the answer adds to the card."""
        logged, contests = await self._evidence.about_one(asked.subject, [asked.period.text, *asked.period.inside])
        case = await self._case(asked, logged, contests)
        restated = await self._restated(asked, case, logged)
        events = await self._behind(asked, case, logged)

        def made(regime: Regime) -> Shape:
            found, home = assessment(case, regime, case.figures), case.place
            card = {"subject": asked.subject, "period": asked.period.text, "segment": None}
            days = [
                person_day_shape(day, asked.employee, regime.organisation, self._directory, case.figures.on(day))
                for day in window(asked.period)
            ]
            before = case.figures.sums(days_between(asked.period.previous.first, asked.period.previous.last))
            policy = regime.governing(home and home[0], asked.period).policy
            return body(
                card | person_card(case, regime, restated=restated) | answer, policy, days, before, events, found
            )

        return await self._in(asked, made)

    async def _behind(self, asked: PersonQuestion, case: PersonCase, logged: Sequence[LoggedEvent]) -> list[Behind]:
        evidence, period = self._evidence, asked.period
        facts = await evidence.facts_of_person(asked.employee, period.first - ONE_DAY, period.last + ONE_DAY)
        contests = await evidence.contests(sorted({each.event.subject for each in case.contests}))
        capaian: list[LoggedEvent] = []
        if case.leads is not None and case.place is not None:
            capaian = await evidence.about([f"unit:{case.place[0]}"], [period.text, period.previous.text])
            capaian = [each for each in capaian if isinstance(each.event.fact, CapaianSet)]
        everything = [*logged, *facts, *of_contests(contests, case.contests), *capaian]
        return await behind(evidence, self._directory, period, everything, case.contests)

    async def _in(self, asked: PersonQuestion, compute: Callable[[Regime], T]) -> T:
        directory = self._directory
        return await self._evidence.in_organisation(
            directory, lambda known: compute(Regime(directory, known, asked.tried))
        )

    async def _case(
        self, asked: PersonQuestion, logged: Sequence[LoggedEvent], disputes: Sequence[LoggedEvent]
    ) -> PersonCase:
        events = _by_period(logged)
        own = events.get(asked.period.text, [])
        found = await self._in(asked, lambda regime: segments(regime.organisation, asked.employee, asked.period))
        _check(asked, found)
        contests = await contests_of_person(self._evidence, self._directory, asked.employee, asked.period, disputes)
        chosen = found if asked.segment is None else [found[asked.segment - 1]]
        on_card = [each for each in contests if is_on(chosen, each, whole=asked.segment is None)]
        figures = Figures(await self._days(asked), own)
        return PersonCase(
            employee=asked.employee,
            period=asked.period,
            segments=found,
            segment=asked.segment,
            figures=figures,
            without=await self._without(asked, figures, [each for each in on_card if each.makes_range]),
            events=events,
            contests=on_card,
            released=first_release(_releases(logged, asked.period)),
            leads=await self._leads(asked, chosen),
        )

    async def _leads(self, asked: PersonQuestion, chosen: Sequence[Segment]) -> Leads | None:
        """Return what the unit that somebody leads by right came to; None of who leads none."""
        last = last_in_a_unit(chosen)
        if last is None or last.unit is None:
            return None
        unit, day = last.unit, last.last
        if not await self._in(asked, lambda known: known.organisation.leads_by_right(asked.employee, unit, day)):
            return None
        about = await self._evidence.about([f"unit:{unit}"], [asked.period.text, asked.period.previous.text])
        events = [each.event for each in about if not each.is_voided]
        used = await self._in(asked, lambda regime: regime.used_capaian(unit, asked.period, events))
        return Leads(None if used is None else used.capaian)

    async def _days(self, asked: PersonQuestion, without: Sequence[Contested] = ()) -> Mapping[date, Counted]:
        conn, span = self._evidence.conn, asked.span
        if self._evidence.asked_at is None and not without:
            figures = await current.employee_figures(conn, self._directory, asked.employee, span.first, span.last)
        else:
            past = AsOf(conn, self._evidence.known_at, span, {each.reference for each in without})
            figures = await past.employee(self._directory, asked.employee)
        return {each.day: each for each in figures.parts}

    async def _without(self, asked: PersonQuestion, figures: Figures, disputed: Sequence[Contested]) -> Figures | None:
        """Return the figures without what is disputed; None where nothing is."""
        if not disputed:
            return None
        days = await self._days(asked, disputed) if any(each.days for each in disputed) else figures.days
        return Figures(days, undisputed(figures.events, disputed))

    async def _restated(self, asked: PersonQuestion, case: PersonCase, logged: Sequence[LoggedEvent]) -> bool:
        """Say whether the figures are others than those known when the document was recorded."""
        found = await self._in(
            asked, lambda regime: regime.evaluation(asked.employee, asked.period, case.figures.events)
        )
        document = found.chain.document
        if document is None:
            return False
        recorded_at = next(each.recorded_at for each in logged if each.event.stamp == document.stamp)
        whole = replace(case, segment=None)
        now = await self._in(asked, lambda regime: compared(assessment(whole, regime, whole.figures)))
        return now != await self._known_then(replace(asked, segment=None), recorded_at)

    async def _known_then(self, asked: PersonQuestion, then: datetime) -> Shape:
        directory = await AsOf(self._evidence.conn, then, asked.span).directory()
        past = PersonCards(self._evidence.at(then), directory)
        logged, contests = await past._evidence.about_one(asked.subject, [asked.period.text])
        case = await past._case(asked, logged, contests)
        return await past._in(asked, lambda regime: compared(assessment(case, regime, case.figures)))


def _by_period(logged: Iterable[LoggedEvent]) -> dict[str, list[Stamped[Fact]]]:
    found: dict[str, list[Stamped[Fact]]] = defaultdict(list)
    for event in standing(logged):
        if isinstance(event.fact, OfPeriod):
            found[event.fact.period].append(event)
    return found


def _releases(logged: Iterable[LoggedEvent], period: Period) -> Iterable[Released]:
    for each in logged:
        event, fact = each.event, each.event.fact
        if isinstance(fact, FeedbackReleased) and fact.period == period.text:
            yield Released(Stamped(event.stamp, event.type, event.subject, fact), each.is_voided)


def undisputed(events: Iterable[Stamped[Fact]], disputed: Iterable[Contested]) -> list[Stamped[Fact]]:
    """Return the events that are not disputed."""
    references = {each.reference for each in disputed}
    return [each for each in events if (each.type, each.subject, *each.stamp[1:]) not in references]


def is_on(chosen: Sequence[Segment], contest: Contested, *, whole: bool) -> bool:
    """Say whether a contest is on a card of these days: by its days, or by its period where the card has one."""
    if contest.period is not None:
        return whole
    return any(True for segment in chosen for _ in contest.days_in(segment.first, segment.last))


def _check(asked: PersonQuestion, found: Sequence[Segment]) -> None:
    if asked.segment is None:
        return
    if asked.segment > len(found):
        raise Refused(f"segment: the period has the segments 1 to {len(found)}.")
    if found[asked.segment - 1].unit is None:
        raise Refused(f"segment: in segment {asked.segment} the person belonged to no unit.")
