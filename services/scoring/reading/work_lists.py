"""Work lists, read from the journal in one snapshot: whose evaluation waits for whom."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from services.kit.errors import Refused
from services.scoring.domain.directory import Directory
from services.scoring.domain.fact import Fact
from services.scoring.evaluation.evidence import Stamped
from services.scoring.evaluation.organisation import Organisation
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.regime import Regime
from services.scoring.evaluation.shapes import Shape
from services.scoring.evaluation.work_list import Waiting, Wanted, page
from services.scoring.reading.answers import Answers, Unknown
from services.scoring.reading.evidence import Evidence, by_subject, standing
from services.scoring.reading.unit_cards import MOST_ASSIGNMENTS

UNDER_WHOM = 3
"""How far below somebody those stand whose evaluation may wait for them: their own people, and those of these."""


@dataclass(frozen=True, slots=True)
class WorkQuestion:
    """Of which period; of the people of a unit with all below it, or of those under somebody; which of them."""

    period: Period
    unit: str | None
    wanted: Wanted
    most: int

    def check(self) -> None:
        """Raise Refused where nobody is named whose people are asked about."""
        if self.unit is None and self.wanted.who is None:
            raise Refused("unit: name a unit, * for every unit, or a person as who.")


class WorkLists:
    """Makes lists of one database."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    async def waiting(self, asked: WorkQuestion, sees: Callable[[str], bool]) -> Shape:
        """Answer with a page of a list, of those whom the reader *sees*. Raises Refused, Unknown and Unavailable."""
        asked.check()
        async with self._answers.snapshot() as here:
            directory, evidence = here.directory, Evidence(here.conn, here.partitions, None)
            people = {each for each in await _people(evidence, directory, asked) if sees(each)}
            await evidence.memberships(people)
            subjects = [f"employee:{each}" for each in people]
            events = by_subject(standing(await evidence.about(subjects, [asked.period.text])))
            found = await evidence.in_organisation(
                directory, lambda known: _evaluated(directory, known, asked, sorted(people), events)
            )
        shown, following = page(found, asked.wanted, asked.most)
        rows = [each.shape(asked.period.text) for each in shown]
        return {"evaluations": rows, "next": following, "position": here.position}


async def _people(evidence: Evidence, directory: Directory, asked: WorkQuestion) -> set[str]:
    """Return whoever may be on the list."""
    if asked.unit is None:
        assert asked.wanted.who is not None
        return await _under(evidence, directory, asked.wanted.who)
    if asked.unit == "*":
        return await _assigned(evidence, directory.codes)
    if asked.unit not in directory.codes:
        raise Unknown(f"There is no unit {asked.unit}; GET /v1/units lists them.")
    return await _assigned(evidence, directory.tree.ever_below([asked.unit]))


async def _under(evidence: Evidence, directory: Directory, who: str) -> set[str]:
    """Return a person with everybody below the units they lead, and whom assignments put under them, two steps down."""
    found, above = {who}, {who}
    for _ in range(UNDER_WHOM):
        led = {unit for each in above for unit in await evidence.units_led_by(each)}
        named = {person for each in above for person in await evidence.supervised(each)}
        above = named - found
        found |= named | await _assigned(evidence, directory.tree.ever_below(led))
    return found


async def _assigned(evidence: Evidence, units: Collection[str]) -> set[str]:
    people = await evidence.assigned(units, MOST_ASSIGNMENTS)
    if people is None:
        raise Refused("unit: too many people for one list; ask for the units below it.")
    return people


def _evaluated(
    directory: Directory,
    known: Organisation,
    asked: WorkQuestion,
    people: Sequence[str],
    events: Mapping[str, Sequence[Stamped[Fact]]],
) -> list[Waiting]:
    """Return the evaluations of those who belonged to a unit in the period; of a tree, to one of it."""
    regime, found = Regime(directory, known), []
    for person in people:
        home = regime.home(person, asked.period)
        if home is not None and (asked.unit in (None, "*") or asked.unit in directory.walk(*home)):
            evaluation = regime.evaluation(person, asked.period, events.get(f"employee:{person}", ()))
            found.append(Waiting(person, home[0], evaluation))
    return found
