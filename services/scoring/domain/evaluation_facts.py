"""
What the events of the evaluation say: targets, reports, ratings, contests, policies and the cycle (scoring.md 3 to 6).

They change no measure. The journal finds them again by their subject and period.
"""

from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from services.scoring.domain.fact import Day, EventRef, Fact, Identity, Keys, Moment, Word

Level = Literal["below", "meets", "above"]
Predikat = Literal["sangat_baik", "baik", "butuh_perbaikan", "kurang", "sangat_kurang"]
Capaian = Literal["istimewa", "baik", "butuh_perbaikan", "kurang", "sangat_kurang"]


class OfPeriod(Fact, frozen=True):
    """A fact about a month, a quarter or a year."""

    period: Word

    def keys(self) -> Keys:
        return Keys(key=self.period)


class ResultTargeted(OfPeriod, frozen=True, kw_only=True):
    TYPE = "result.targeted.v1"

    indicator: str
    name: str
    target: Decimal
    direction: Literal["higher", "lower", "range"]
    upper: Decimal | None = None
    better: Literal["higher", "lower"] | None = None
    maximum: bool = False
    class_: Literal["utama", "tambahan"] = msgspec.field(name="class")


class ResultReported(OfPeriod, frozen=True, kw_only=True):
    TYPE = "result.reported.v1"

    indicator: str
    realised: Decimal
    as_at: Moment
    factors: tuple[str, ...] = ()


class RatingGiven(OfPeriod, frozen=True, kw_only=True):
    TYPE = "rating.given.v1"

    rater: str
    relation: Literal["supervisor", "peer", "subordinate", "self"]
    result: Level | None = None
    behaviours: dict[str, Level] = msgspec.field(default_factory=dict)
    note: str | None = None


class EventContested(Fact, frozen=True):
    TYPE = "event.contested.v1"

    contested: EventRef
    reason: str


class ContestAnswered(Fact, frozen=True):
    TYPE = "contest.answered.v1"

    contest: Identity
    decision: Literal["upheld", "rejected"]
    reason: str


class PolicyProposed(Fact, frozen=True):
    TYPE = "policy.proposed.v1"

    document: msgspec.Raw
    effective_from: date
    proposer: str
    reason: str

    def dates(self) -> tuple[Day | None, ...]:
        return (self.effective_from,)


class PolicyPublished(Fact, frozen=True):
    TYPE = "policy.published.v1"

    proposal: Identity
    sha256: str
    effective_from: date
    approver: str
    reason: str | None = None

    def dates(self) -> tuple[Day | None, ...]:
        return (self.effective_from,)


class CapaianSet(OfPeriod, frozen=True, kw_only=True):
    TYPE = "capaian.set.v1"

    capaian: Capaian
    setter: str
    reason: str


class FeedbackGroup(msgspec.Struct, frozen=True, gc=False):
    relation: Literal["peer", "subordinate"]
    n: int
    behaviours: dict[str, Level]
    result: Level | None = None


class FeedbackReleased(OfPeriod, frozen=True, kw_only=True):
    TYPE = "feedback.released.v1"

    k: int
    groups: tuple[FeedbackGroup, ...]


class PolicyName(msgspec.Struct, frozen=True, gc=False):
    policy: str
    version: int
    sha256: str


class PredikatSet(OfPeriod, frozen=True, kw_only=True):
    TYPE = "predikat.set.v1"

    rater: str
    hasil_kerja: Level
    perilaku: Level
    predikat: Predikat
    reason: str
    policy: PolicyName


class DocumentIssued(OfPeriod, frozen=True, kw_only=True):
    TYPE = "document.issued.v1"

    of: EventRef
    receipt: str


class DocumentAcknowledged(OfPeriod, frozen=True, kw_only=True):
    TYPE = "document.acknowledged.v1"

    document: Identity
    received_on: date
    witness: str | None = None

    def dates(self) -> tuple[Day | None, ...]:
        return (self.received_on,)


class ObjectionFiled(OfPeriod, frozen=True, kw_only=True):
    TYPE = "objection.filed.v1"

    document: Identity
    reason: str


class ObjectionDecided(OfPeriod, frozen=True, kw_only=True):
    TYPE = "objection.decided.v1"

    objection: Identity
    decider: str
    decision: Literal["kept", "changed"]
    heard_employee: date
    heard_rater: date
    reason: str
    hasil_kerja: Level | None = None
    perilaku: Level | None = None
    predikat: Predikat | None = None

    def dates(self) -> tuple[Day | None, ...]:
        return self.heard_employee, self.heard_rater


ABOUT_PERIODS = sorted(kind.TYPE for kind in OfPeriod.__subclasses__())
"""The types that the journal finds by subject and period."""
OF_CONTESTS = frozenset((EventContested.TYPE, ContestAnswered.TYPE))
"""The types that the journal finds by subject alone."""
ABOUT_EVALUATION = frozenset((*OfPeriod.__subclasses__(), EventContested, ContestAnswered))
"""What changes somebody's card and no measure."""
