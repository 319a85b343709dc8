"""The cycle of an evaluation: policies, predikat, documents, objections, what peers' answers came to (scoring.md 6)."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from schemas.corrections import EventRef, Source
from schemas.fields import WHOLE, Code, Day, EmployeeRef, Level, Number, Period, Record, Sha256, Text
from schemas.performance import Behaviours
from schemas.policy.model import Capaian, Policy, Predikat, Relation
from schemas.policy.refusals import read_policy
from schemas.problems import Problem, Problems

MATRIX: dict[tuple[Level, Level], Predikat] = {
    ("above", "below"): "kurang",
    ("above", "meets"): "baik",
    ("above", "above"): "sangat_baik",
    ("meets", "below"): "kurang",
    ("meets", "meets"): "baik",
    ("meets", "above"): "baik",
    ("below", "below"): "sangat_kurang",
    ("below", "meets"): "butuh_perbaikan",
    ("below", "above"): "butuh_perbaikan",
}
"""The predikat that hasil kerja and perilaku give: the quadrants of PermenPANRB 6/2022 Lamp. IV pp. 99-103."""


class Identity(Record):
    """The identity of another event whose type is understood."""

    source: Source
    id: Number


class PolicyProposed(Record):
    """A policy is proposed for a unit and all below it, or everyone; in force it is put by somebody else."""

    document: Annotated[Policy, BeforeValidator(read_policy)]
    effective_from: Day
    proposer: EmployeeRef
    reason: Text


class PolicyPublished(Record):
    """A proposed policy is put in force from a day to come. Register of (subject, effective_from)."""

    proposal: Identity
    sha256: Sha256
    effective_from: Day
    approver: EmployeeRef
    reason: Text | None = None

    @model_validator(mode="after")
    def _reaches_not_back(self, info: ValidationInfo) -> Self:
        on: date | None = info.context
        if on is not None and self.effective_from <= on:
            detail = f"no rule reaches back: write a day after {on}, the day of this publication"
            raise Problems([Problem("/effective_from", detail)])
        return self


class CapaianSet(Record):
    """What a unit achieved, as its superior sees it. Register of (unit, period)."""

    period: Period
    capaian: Capaian
    setter: EmployeeRef
    reason: Text


class FeedbackGroup(Record):
    """The levels at which more than half of a group's *n* answers stand; of values those answered by enough."""

    relation: Relation
    n: Annotated[int, Field(ge=3, le=1_000_000), WHOLE]
    result: Level | None = None
    behaviours: Behaviours


class FeedbackReleased(Record):
    """What remains of sealed answers once they are closed. Sent by ingest alone."""

    period: Period
    k: Annotated[int, Field(ge=3, le=20), WHOLE]
    groups: Annotated[list[FeedbackGroup], Field(min_length=1, max_length=2)]


class PolicyName(Record):
    """A policy by the names that people know, and by its hash."""

    policy: Code
    version: Annotated[int, Field(ge=1, le=9999), WHOLE]
    sha256: Sha256


def _check_predikat(hasil_kerja: Level, perilaku: Level, predikat: Predikat) -> None:
    expected = MATRIX[hasil_kerja, perilaku]
    if predikat != expected:
        detail = f"hasil kerja {hasil_kerja} and perilaku {perilaku} give {expected} (PermenPANRB 6/2022 Lamp. IV)"
        raise Problems([Problem("/predikat", detail)])


class PredikatSet(Record):
    """A person sets somebody's predikat for a period, with a reason; figures only suggest one."""

    period: Period
    rater: EmployeeRef
    hasil_kerja: Level
    perilaku: Level
    predikat: Predikat
    reason: Text
    policy: PolicyName

    @model_validator(mode="after")
    def _is_of_the_matrix(self) -> Self:
        _check_predikat(self.hasil_kerja, self.perilaku, self.predikat)
        return self


class DocumentIssued(Record):
    """The document of an evaluation, or of what was decided on an objection, was handed out."""

    period: Period
    of: EventRef
    receipt: Sha256


class DocumentAcknowledged(Record):
    """A document was received on a day; with a *witness* where the signature was refused."""

    period: Period
    document: Identity
    received_on: Day
    witness: EmployeeRef | None = None
    remarks: Text | None = None


class ObjectionFiled(Record):
    """The employee objects to a document, within 14 workdays of having received it."""

    period: Period
    document: Identity
    reason: Text


class ObjectionDecided(Record):
    """The rater's superior decides an objection, after having heard both."""

    period: Period
    objection: Identity
    decider: EmployeeRef
    decision: Literal["kept", "changed"]
    hasil_kerja: Level | None = None
    perilaku: Level | None = None
    predikat: Predikat | None = None
    heard_employee: Day
    heard_rater: Day
    reason: Text

    @model_validator(mode="after")
    def _says_what_it_changes(self) -> Self:
        changed = self.decision == "changed"
        given = {name: getattr(self, name) for name in ("hasil_kerja", "perilaku", "predikat")}
        detail = "is needed with decision changed" if changed else "goes with decision changed only"
        wrong = [Problem(f"/{name}", detail) for name, value in given.items() if (value is not None) != changed]
        if wrong:
            raise Problems(wrong)
        if self.hasil_kerja and self.perilaku and self.predikat:
            _check_predikat(self.hasil_kerja, self.perilaku, self.predikat)
        return self
