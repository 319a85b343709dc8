"""The shapes of scorecards, for the OpenAPI document (scoring.md 7). The answers are built to them, not parsed."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.fields import Level
from schemas.policy.model import BehaviourValue, Capaian, Group, Predikat
from services.scoring.api.shapes import Coverage, Figure
from services.scoring.evaluation.cycle import State

Status = Literal["ok", "few", "none", "no_report", "not_computable"]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class InForce(_Shape):
    """The policy of a card; *from*: the subject of its publication, null for one that was shipped or is only tried."""

    policy: str
    version: int
    sha256: str
    from_: str | None = Field(alias="from")
    simulated: bool


class Segment(_Shape):
    """Days in one unit under one supervisor."""

    from_: str = Field(alias="from")
    to: str
    unit: str | None
    supervisor: str | None
    measures: dict[str, Figure]


class Source(_Shape):
    """What an indicator is made of: a measure, or a result by its code."""

    measure: str | None = None
    result: str | None = None


class Interval(_Shape):
    """Wilson's interval at 95 %."""

    low: str
    high: str


class Trend(_Shape):
    """Against the period before; a direction only where the intervals are apart."""

    previous: str
    change: str
    direction: Literal["up", "down", "none"] | None


class Target(_Shape):
    """What was agreed and what was reported."""

    target: str
    upper: str | None
    direction: Literal["higher", "lower", "range"]
    better: Literal["higher", "lower"] | None
    maximum: bool
    realised: str | None
    as_at: str | None
    achievement: str | None
    adjusted: int
    factors: list[str]


class Indicator(_Shape):
    """One component of a card."""

    code: str
    name: str
    group: Group
    clause: str
    source: Source
    weight: str
    status: Status
    n: int | None
    total: int | None
    value: str | None
    interval: Interval | None
    trend: Trend | None
    band: str | None
    score: str | None
    level: Level | None
    share: str | None
    contribution: str | None
    target: Target | None


class Index(_Shape):
    """The weighted mean of the components that have data; null with too little of it."""

    index: str | None
    coverage: str | None
    status: Literal["ok", "not_enough_data"]


class Suggested(_Shape):
    """A level that figures suggest, and the clause by which."""

    level: Level
    clause: str


class Without(_Shape):
    """A component without what is disputed."""

    status: Status
    n: int | None
    total: int | None
    value: str | None
    score: str | None


class UnitRange(_Shape):
    """The figures without what is disputed."""

    groups: dict[str, Index]
    indicators: dict[str, Without]


class PersonRange(UnitRange):
    """The figures without what is disputed, and what those suggest."""

    suggested: dict[str, Suggested | None]


class Obstacle(_Shape):
    """How many missed targets name a factor, and of how many subjects."""

    factor: str
    missed: int
    subjects: int


class Missed(_Shape):
    """The targets of a unit's tree."""

    targets: int
    missed: int
    unnamed: int
    no_report: int


class Identity(_Shape):
    """The identity of an event."""

    source: str
    id: str


class EventName(Identity):
    """The identity of an event, with its type."""

    type: str


class Contest(_Shape):
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


class Rating(_Shape):
    """What somebody rated; *days*: on how many of the period they were the supervisor, null of oneself."""

    rater: str
    days: int | None
    result: Level | None
    behaviours: dict[BehaviourValue, Level]
    note: str | None
    event: Identity


class FeedbackGroup(_Shape):
    """What remains of a group's sealed answers."""

    n: int
    result: Level | None
    behaviours: dict[BehaviourValue, Level]


class Feedback(_Shape):
    """Whether answers are still taken, and what was released."""

    state: Literal["open", "closed"]
    peer: FeedbackGroup | None
    subordinate: FeedbackGroup | None


class Ratings(_Shape):
    """What the person said of themselves, their supervisors, and peers and subordinates together."""

    self_: Rating | None = Field(alias="self")
    supervisor: list[Rating]
    feedback: Feedback | None


class Act(_Shape):
    """Who has to act (null: HR), and by when."""

    who: str | None
    due: str | None
    late: bool


class PolicyNamed(_Shape):
    """A policy by its names and hash."""

    policy: str
    version: int
    sha256: str


class InForcePredikat(_Shape):
    """The predikat that holds, with its reason and the policy under which it was set."""

    hasil_kerja: Level
    perilaku: Level
    predikat: Predikat
    rater: str
    reason: str
    policy: PolicyNamed
    event: EventName


class Evaluation(_Shape):
    """How an evaluation stands; *restated*: the figures are others than when its document was recorded."""

    state: State
    evaluator: str | None
    act: Act | None
    predikat: InForcePredikat | None
    document: Identity | None
    restated: bool


class Inside(_Shape):
    """The predikat in force of a period within this one."""

    period: str
    predikat: Predikat


class Lateness(_Shape):
    """Days by band, absent days, and what they sum to."""

    days: dict[str, int]
    absent: int
    percent: str


class Absence(_Shape):
    """Absent days of the year so far, the longest run, and the step reached: information only."""

    days: int
    longest: int
    step: str | None


class Pp30(_Shape):
    """The view of PP 30/2019."""

    value: str | None
    skp: str | None
    perilaku: str | None
    category: str | None
    idea_needed: bool


class CapaianSet(_Shape):
    """What the unit's superior set."""

    capaian: Capaian
    setter: str
    reason: str
    event: EventName


class UsedCapaian(_Shape):
    """The capaian that evaluations use, and of which period it is."""

    period: str
    capaian: Capaian


class Warned(_Shape):
    """A row of the distribution that the group does not keep to."""

    clause: str
    predikat: list[Predikat]
    rule: Literal["at_most", "at_least", "exists", "peak"]
    bound: str | None
    count: int
    people: int | None
    small: str | None


class Distribution(_Shape):
    """How the predikat of the head's group are spread; it warns and changes nothing."""

    of: int
    set: int
    counts: dict[Predikat, int]
    warnings: list[Warned]


class _Card(_Shape):
    subject: str
    period: str
    segment: int | None
    known_at: str | None
    position: dict[str, int]
    coverage: dict[str, Coverage]
    provisional: bool
    policy: InForce
    indicators: list[Indicator]
    groups: dict[str, Index]
    contests: list[Contest]


class UnitCard(_Card):
    """The card of a unit and all below it."""

    range: UnitRange | None
    capaian: CapaianSet | None
    used: UsedCapaian | None
    evaluations: dict[State, int] | None
    distribution: Distribution | None
    obstacles: list[Obstacle]
    missed: Missed


class PersonCard(_Card):
    """The card of a person."""

    segments: list[Segment]
    suggested: dict[str, Suggested | None]
    range: PersonRange | None
    ratings: Ratings
    evaluation: Evaluation
    inside: list[Inside]
    lateness: Lateness | None
    absence: Absence | None
    pp30: Pp30 | None


class ListedEvaluation(_Shape):
    """Somebody's evaluation on a work list; *unit*: where they last belonged in the period."""

    employee: str
    period: str
    unit: str | None
    state: State
    evaluator: str | None
    act: Act | None
    document: Identity | None
    predikat: Predikat | None


class EvaluationsAnswer(_Shape):
    """A page of a work list, late ones first."""

    evaluations: list[ListedEvaluation]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last.")
    position: dict[str, int]
