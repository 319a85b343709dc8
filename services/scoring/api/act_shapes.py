"""The parts of cards that people made: ratings, contests, the cycle, capaian, and tables of rules (scoring.md 7)."""

from typing import Literal

from pydantic import Field

from schemas.fields import Level
from schemas.policy.model import BehaviourValue, Capaian, Predikat
from services.scoring.api.shapes import Closed
from services.scoring.evaluation.cycle import State


class Identity(Closed):
    """The identity of an event."""

    source: str
    id: str


class EventName(Identity):
    """The identity of an event, with its type."""

    type: str


class Contest(Closed):
    """A contested event: who has to answer by when, while nobody has."""

    contest: Identity
    event: EventName
    reason: str
    since: str
    state: Literal["open", "upheld", "rejected", "settled"]
    with_: str | None = Field(alias="with")
    due: str | None
    late: bool
    answer: Identity | None


class Rating(Closed):
    """What somebody rated; *days*: on how many of the period they were the supervisor, null of oneself."""

    rater: str
    days: int | None
    result: Level | None
    behaviours: dict[BehaviourValue, Level]
    note: str | None
    event: Identity


class FeedbackGroup(Closed):
    """What remains of a group's sealed answers."""

    n: int
    result: Level | None
    behaviours: dict[BehaviourValue, Level]


class Feedback(Closed):
    """Whether answers are still taken, and what was released."""

    state: Literal["open", "closed"]
    peer: FeedbackGroup | None
    subordinate: FeedbackGroup | None


class Ratings(Closed):
    """What the person said of themselves, their supervisors, and peers and subordinates together."""

    self_: Rating | None = Field(alias="self")
    supervisor: list[Rating]
    feedback: Feedback | None


class Act(Closed):
    """Who has to act (null: HR), and by when."""

    who: str | None
    due: str | None
    late: bool


class PolicyNamed(Closed):
    """A policy by its names and hash."""

    policy: str
    version: int
    sha256: str


class InForcePredikat(Closed):
    """The predikat that holds, with its reason and the policy under which it was set."""

    hasil_kerja: Level
    perilaku: Level
    predikat: Predikat
    rater: str
    reason: str
    policy: PolicyNamed
    event: EventName


class Evaluation(Closed):
    """How an evaluation stands; *restated*: the figures are others than when its document was recorded."""

    state: State
    evaluator: str | None
    act: Act | None
    predikat: InForcePredikat | None
    document: Identity | None
    restated: bool


class Inside(Closed):
    """The predikat in force of a period within this one."""

    period: str
    predikat: Predikat


class Lateness(Closed):
    """Days by band, absent days, and what they sum to."""

    days: dict[str, int]
    absent: int
    percent: str


class Absence(Closed):
    """Absent days of the year so far, the longest run, and the step reached: information only."""

    days: int
    longest: int
    step: str | None


class Pp30(Closed):
    """The view of PP 30/2019."""

    value: str | None
    skp: str | None
    perilaku: str | None
    category: str | None
    idea_needed: bool


class CapaianSet(Closed):
    """What the unit's superior set."""

    capaian: Capaian
    setter: str
    reason: str
    event: EventName


class UsedCapaian(Closed):
    """The capaian that evaluations use, and of which period it is."""

    period: str
    capaian: Capaian


class Warned(Closed):
    """A row of the distribution that the group does not keep to."""

    clause: str
    predikat: list[Predikat]
    rule: Literal["at_most", "at_least", "exists", "peak"]
    bound: str | None
    count: int
    people: int | None
    small: str | None


class Distribution(Closed):
    """How the predikat of the head's group are spread; it warns and changes nothing."""

    of: int
    set: int
    counts: dict[Predikat, int]
    warnings: list[Warned]
