"""Targets, results, ratings and actions: what people set, report, judge and do."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from schemas.fields import Amount, Code, Day, EmployeeRef, Level, Moment, Name, Period, Record, Text
from schemas.problems import Problem, Problems


class ResultTargeted(Record):
    """
    A target for an indicator and period. Register of (subject, indicator, period).

    *better* says how being outside a range counts (left out: higher); *maximum*: nothing above the target is possible.
    """

    indicator: Code
    name: Name
    period: Period
    target: Amount
    direction: Literal["higher", "lower", "range"]
    upper: Amount | None = None
    better: Literal["higher", "lower"] | None = None
    maximum: bool | None = None
    class_: Literal["utama", "tambahan"] = Field(alias="class")

    @model_validator(mode="after")
    def _only_a_range_has_an_upper_bound(self) -> Self:
        wrong = []
        if (self.direction == "range") != (self.upper is not None):
            wrong.append(Problem("/upper", "upper belongs to direction range, and only to it"))
        if self.upper is not None and self.upper < self.target:
            wrong.append(Problem("/upper", "upper must not be below target"))
        if self.direction != "range" and self.better is not None:
            wrong.append(Problem("/better", "better belongs to direction range: the others say it themselves"))
        if wrong:
            raise Problems(wrong)
        return self


Factor = Literal[
    "sdm",
    "anggaran",
    "peralatan",
    "pendampingan",
    "sarpras",
    "kompetensi",
    "prosedur",
    "beban",
    "data_sistem",
    "eksternal",
]
"""What held a result back: the first five as in PermenPANRB 6/2022 Ps. 11, the others ours."""


def _each_once(factors: list[Factor]) -> list[Factor]:
    repeated = [place for place, factor in enumerate(factors) if factor in factors[:place]]
    if repeated:
        raise Problems([Problem(f"/{place}", "this factor is named before: name each once") for place in repeated])
    return factors


class ResultReported(Record):
    """A realised figure as at a moment, and what held it back. Register of (subject, indicator, period, as_at)."""

    indicator: Code
    period: Period
    realised: Amount
    as_at: Moment
    evidence: Text | None = None
    obstacles: Annotated[list[Text], Field(max_length=64)] | None = None
    factors: (
        Annotated[
            list[Factor], AfterValidator(_each_once), Field(max_length=10, json_schema_extra={"uniqueItems": True})
        ]
        | None
    ) = None


class Behaviours(Record):
    """The seven BerAKHLAK values; those not observed are left out."""

    berorientasi_pelayanan: Level | None = None
    akuntabel: Level | None = None
    kompeten: Level | None = None
    harmonis: Level | None = None
    loyal: Level | None = None
    adaptif: Level | None = None
    kolaboratif: Level | None = None


class RatingGiven(Record):
    """A rating of the subject by `rater`. Register of (ratee, rater, relation, period)."""

    rater: EmployeeRef
    relation: Literal["supervisor", "peer", "subordinate", "self"]
    period: Period
    result: Level | None = None
    behaviours: Behaviours | None = None
    note: Text | None = None


class ActionRecorded(Record):
    """Help that was agreed: what, by whom, until when, and for which alert."""

    action: Code
    kind: Literal["coaching", "training", "resource", "expectation", "dialogue", "other"]
    owner: EmployeeRef
    due: Day | None = None
    alert: Code | None = None
    note: Text | None = None
