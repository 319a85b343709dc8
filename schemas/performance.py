"""Targets, results, ratings and actions: what people set, report, judge and do."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from schemas.fields import Amount, Code, Day, EmployeeRef, Level, Moment, Name, Period, Record, Text


class ResultTargeted(Record):
    """A target for an indicator and period. Register of (subject, indicator, period)."""

    indicator: Code
    name: Name
    period: Period
    target: Amount
    direction: Literal["higher", "lower", "range"]
    upper: Amount | None = None
    class_: Literal["utama", "tambahan"] = Field(alias="class")

    @model_validator(mode="after")
    def _only_a_range_has_an_upper_bound(self) -> "ResultTargeted":
        if (self.direction == "range") != (self.upper is not None):
            raise ValueError("upper belongs to direction range, and only to it")
        if self.upper is not None and self.upper < self.target:
            raise ValueError("upper must not be below target")
        return self


class ResultReported(Record):
    """A realised figure as at a moment. Register of (subject, indicator, period, as_at)."""

    indicator: Code
    period: Period
    realised: Amount
    as_at: Moment
    evidence: Text | None = None
    obstacles: Annotated[list[Text], Field(max_length=64)] | None = None


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
