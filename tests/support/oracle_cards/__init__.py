"""
The cards of the law of scoring, recomputed from the raw list of events: a second reading of the same words.

Knows nothing of the services, only the oracle of measures and the contract's policies: obvious before fast.
"""

# Readings, where the words leave a doubt:
#
#  1. A contest or an answer that names its event or contest with another type or subject is on no card.
#  2. Of a voided complaint event, the day is the one on which the complaint would count if that event stood.
#  3. What the directory keeps (calendar days, closings) are other events, though they have dates: on no card.
#  4. `answer` is that of the greatest standing answer, also where the contest is settled since.
#  5. Where nobody stands above who has a contest, it stays with them, and so does its due day.
#  6. A segment's groups and suggestion are of its days; who leads its unit on its last day is suggested its capaian.
#  7. A segment shows the policy of its unit, with that policy's table of lateness and clock of contests.
#  8. A run of absences is broken by presence on a closed expected day only.
#  9. Of who belongs nowhere in a period nothing applies: no predikat is in force, no document is named. An evaluation
#     that nobody evaluates has no x(d), so that nothing is escalated.
# 10. Where an objection's last day does not exist (no workdays), it is too late only if there is an acknowledgement.

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tests.support.oracle import Event
from tests.support.oracle.log import bare
from tests.support.oracle_cards.known import Known, moment
from tests.support.oracle_cards.people import NoSuchSegment, PersonCards, moment_of
from tests.support.oracle_cards.periods import period
from tests.support.oracle_cards.policies import Policies
from tests.support.oracle_cards.units import UnitCards

__all__ = ["Cards", "NoSuchSegment"]


class Cards:
    """What the services must answer after these events came to the log at these moments."""

    def __init__(self, log: Iterable[tuple[Event, datetime]], known_at: datetime | None = None) -> None:
        self.log = list(log)
        self.known_at = known_at
        self.recorded: dict[tuple[str, str], datetime] = {}
        for event, at in self.log:
            self.recorded.setdefault((event["source"], event["id"]), at)
        self.known = Known(event for event, at in self.log if known_at is None or at <= known_at)
        self.policies = Policies(self.known)
        self.people = PersonCards(self.known, self.policies, self.when_recorded)
        self.units = UnitCards(self.known, self.policies, self.people)
        self._earlier: dict[datetime, PersonCards] = {}

    def when_recorded(self, event: Event) -> PersonCards:
        """The cards as known when an event came to the log."""
        at = moment_of(self.recorded, event)
        if at not in self._earlier:
            self._earlier[at] = Cards(self.log, at).people
        return self._earlier[at]

    def card(self, subject: str, of: str, segment: int | None = None) -> dict[str, Any]:
        """
        A card without `position`.

        Raises NoSuchSegment where the service answers 422.
        """
        if subject.startswith("unit:"):
            card = self.units.card(bare(subject), period(of))
        else:
            card = self.people.card(bare(subject), period(of), segment)
        known_at = None if self.known_at is None else moment(self.known_at)
        return card | {"known_at": known_at, "coverage": self.coverage()}

    def coverage(self) -> dict[str, dict[str, str]]:
        """How far all sources are complete."""
        return {source: {"up_to": moment(up_to)} for source, up_to in sorted(self.known.oracle.coverage().items())}
