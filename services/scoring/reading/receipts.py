"""What stands behind cards, read from the same snapshot as these."""

from collections.abc import Collection, Iterable

from services.scoring.domain.changes import Span
from services.scoring.domain.days import ONE_DAY
from services.scoring.domain.directory import Directory, code_of
from services.scoring.domain.fact import Fact
from services.scoring.domain.figures import UnitDays, own_measures
from services.scoring.evaluation.contested import Contested, counts_on
from services.scoring.evaluation.evidence import Stamped
from services.scoring.evaluation.periods import Period
from services.scoring.reading import current
from services.scoring.reading.as_of import AsOf
from services.scoring.reading.contests import complaints_in, day_of_complaint
from services.scoring.reading.evidence import Evidence, LoggedEvent
from services.scoring.receipts.body import Behind, unit_day_shape, window


async def behind(
    evidence: Evidence,
    directory: Directory,
    period: Period,
    logged: Iterable[LoggedEvent],
    contests: Collection[Contested],
) -> list[Behind]:
    """
    Return the standing events behind a card in the order of the log, each once, with the day on which it counts.

    What counts on days out of the period's window is left out; a leave is where it meets the window.
    """
    known = {(each.partition, each.offset): each for each in logged if not each.is_voided}
    listed = sorted(known.values(), key=lambda each: (each.recorded_at, each.partition, each.offset))
    people = {code_of(each.event.subject) for each in listed if each.event.subject.startswith("employee:")}
    memberships = await evidence.memberships(people)
    complaints = await complaints_in(evidence, listed)
    disputed = {each.reference for each in contests if each.makes_range}

    def days_of(event: Stamped[Fact]) -> Span | None:
        return counts_on(
            event, directory, memberships.__getitem__, lambda each: day_of_complaint(each, complaints, directory)
        )

    found = []
    for each in listed:
        days = days_of(each.event)
        if days is None or _meets(days, period):
            reference = (each.event.type, each.event.subject, *each.event.stamp[1:])
            day = days.first if days is not None and days.first == days.last else None
            found.append(Behind(each.position, each.recorded_at, day, each.payload, reference in disputed))
    return found


def _meets(days: Span, period: Period) -> bool:
    return days.first <= period.last + ONE_DAY and days.last >= period.first - ONE_DAY


def of_contests(logged: Iterable[LoggedEvent], contests: Collection[Contested]) -> list[LoggedEvent]:
    """Return the contests on a card and the answers to them, of all that are known about its subjects."""
    named = {each.contest.stamp for each in contests} | {
        answer.stamp for contest in contests for answer in contest.answers
    }
    return [each for each in logged if each.event.stamp in named]


async def unit_days(evidence: Evidence, directory: Directory, code: str, period: Period) -> list[dict[str, object]]:
    """Return what each unit of a tree came to by itself on each day of the period's window."""
    days = list(window(period))
    units = {unit for _, _, below in directory.tree.pieces(code, days[0], days[-1]) for unit in below}
    if evidence.asked_at is None:
        own: UnitDays = await current.own_days(evidence.conn, units, days[0], days[-1])
    else:
        own = await AsOf(evidence.conn, evidence.known_at, Span(days[0], days[-1])).own(directory, units)
    return [
        unit_day_shape(
            day,
            {
                unit: own_measures(directory, unit, day, own)
                for unit in directory.tree.below(code, day)
                if (unit, day) in own
            },
        )
        for day in days
    ]
