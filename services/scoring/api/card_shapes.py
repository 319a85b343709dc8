"""The shapes of scorecards, for the OpenAPI document (scoring.md 7). The answers are built to them, not parsed."""

from typing import Literal

from pydantic import Field

from schemas.fields import Level
from schemas.policy.model import Group, Predikat
from services.scoring.api.act_shapes import (
    Absence,
    Act,
    CapaianSet,
    Contest,
    Distribution,
    Evaluation,
    Identity,
    Inside,
    Lateness,
    Pp30,
    Ratings,
    UsedCapaian,
)
from services.scoring.api.shapes import Closed, Coverage, Figure
from services.scoring.evaluation.cycle import State

Status = Literal["ok", "few", "none", "no_report", "not_computable"]


class InForce(Closed):
    """The policy of a card; *from*: the subject of its publication, null for one that was shipped or is only tried."""

    policy: str
    version: int
    sha256: str
    from_: str | None = Field(alias="from")
    simulated: bool


class Segment(Closed):
    """Days in one unit under one supervisor."""

    from_: str = Field(alias="from")
    to: str
    unit: str | None
    supervisor: str | None
    measures: dict[str, Figure]


class Source(Closed):
    """What an indicator is made of: a measure, or a result by its code."""

    measure: str | None = None
    result: str | None = None


class Interval(Closed):
    """Wilson's interval at 95 %."""

    low: str
    high: str


class Trend(Closed):
    """Against the period before; a direction only where the intervals are apart."""

    previous: str
    change: str
    direction: Literal["up", "down", "none"] | None


class Target(Closed):
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


class Indicator(Closed):
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


class Index(Closed):
    """The weighted mean of the components that have data; null with too little of it."""

    index: str | None
    coverage: str | None
    status: Literal["ok", "not_enough_data"]


class Suggested(Closed):
    """A level that figures suggest, and the clause by which."""

    level: Level
    clause: str


class Without(Closed):
    """A component without what is disputed."""

    status: Status
    n: int | None
    total: int | None
    value: str | None
    score: str | None


class UnitRange(Closed):
    """The figures without what is disputed."""

    groups: dict[str, Index]
    indicators: dict[str, Without]


class PersonRange(UnitRange):
    """The figures without what is disputed, and what those suggest."""

    suggested: dict[str, Suggested | None]


class Obstacle(Closed):
    """How many missed targets name a factor, and of how many subjects."""

    factor: str
    missed: int
    subjects: int


class Missed(Closed):
    """The targets of a unit's tree."""

    targets: int
    missed: int
    unnamed: int
    no_report: int


class _Card(Closed):
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


class ListedEvaluation(Closed):
    """Somebody's evaluation on a work list; *unit*: where they last belonged in the period."""

    employee: str
    period: str
    unit: str | None
    state: State
    evaluator: str | None
    act: Act | None
    document: Identity | None
    predikat: Predikat | None


class EvaluationsAnswer(Closed):
    """A page of a work list, late ones first."""

    evaluations: list[ListedEvaluation]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last.")
    position: dict[str, int]
