"""
Which of the answers about somebody count: who gave them, found by asking for everybody who might have, and since when.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from schemas.policy.model import Feedback
from services.ingest.domain.feedback import Answer, Group
from services.ingest.organisation import Surroundings, pools
from services.ingest.sealed.contents import sealed_answer
from services.ingest.sealed.key import SealedKey
from services.ingest.store.sealed import Kept
from services.scoring.evaluation.eligibility import RELATIONS, Eligibility, Relation, supervisors_of
from services.scoring.evaluation.organisation import Organisation
from services.scoring.evaluation.periods import Period

PEOPLE = 2_000
"""Asked for at once."""


class Closing(NamedTuple):
    """All answers about somebody for a period, and the name they are kept under."""

    about: bytes
    ratee: str
    period: Period


class Tally:
    """The count of one closing: of the answers *kept*, by name, those that *feedback* lets count."""

    def __init__(
        self,
        key: SealedKey,
        surroundings: Surroundings,
        closing: Closing,
        feedback: Feedback,
        kept: Mapping[bytes, bytes],
    ) -> None:
        self._key, self._surroundings, self._feedback, self._kept = key, surroundings, feedback, kept
        self._ratee, self._period = closing.ratee, closing.period

    async def groups(self) -> list[Group]:
        """Return the eligible answers of each relation that the policy asks for."""
        wanted = [relation for relation in RELATIONS if relation in self._feedback.relations]
        return [Group(relation, await self._answers(relation)) for relation in wanted]

    async def _answers(self, relation: Relation) -> list[Answer]:
        raters = await self._raters(relation)
        await self._surroundings.bring_missing({self._ratee, *raters.values()})
        days = await self._surroundings.ask(lambda chart: self._days(chart, relation, raters.values()))
        return [
            sealed_answer(self._key, Kept(name, self._kept[name])).answer
            for name, rater in sorted(raters.items())
            if days[rater] >= self._feedback.exposure_days
        ]

    def _days(self, chart: Organisation, relation: Relation, raters: Iterable[str]) -> dict[str, int]:
        """Return for how many days of the period each was eligible."""
        eligibility = Eligibility(chart, self._surroundings.directory.tree, self._feedback.pool)
        spans = self._surroundings.spans(self._period)
        return {rater: eligibility.days(relation, rater, self._ratee, spans) for rater in raters}

    async def _raters(self, relation: Relation) -> dict[bytes, str]:
        """Return who gave which answer, if they might be eligible: no row says who, so all who might are tried."""
        found: dict[bytes, str] = {}
        if not self._kept:
            return found
        supervisors, units = await self._around(relation)
        after = ""
        while people := await self._surroundings.people_around(supervisors, units, self._period, after, PEOPLE):
            for rater in people:
                name = self._key.answer(self._ratee, rater, relation, self._period.text)
                if name in self._kept:
                    found[name] = rater
            after = people[-1]
        return found

    async def _around(self, relation: Relation) -> tuple[set[str], set[str]]:
        """Return supervisors and units among whose people all are who may be eligible."""
        await self._surroundings.bring_missing({self._ratee})
        if relation == "subordinate":
            supervisors = {self._ratee}
        elif self._feedback.pool is not None:
            return set(), await self._pools(self._feedback.pool)
        else:
            supervisors = await self._surroundings.ask(self._supervisors)
        return supervisors, await self._surroundings.units_under(supervisors, self._period)

    def _supervisors(self, chart: Organisation) -> set[str]:
        return set(supervisors_of(chart, self._ratee, self._surroundings.spans(self._period)))

    async def _pools(self, kind: str) -> set[str]:
        spans = self._surroundings.spans(self._period)
        units = await self._surroundings.ask(lambda chart: {chart.unit(self._ratee, span.first) for span in spans})
        return pools(self._surroundings.directory, filter(None, units), kind, spans)
