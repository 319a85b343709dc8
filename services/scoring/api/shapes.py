"""The shapes of the read API's answers, for its OpenAPI document. The answers are built to them, not parsed."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.kit.problems import SCHEMA


class Closed(BaseModel):
    """A shape that has these members and no others."""

    model_config = ConfigDict(extra="forbid")


class Figure(BaseModel):
    """One measure: exact integers, and their value as a decimal string (null when n = 0)."""

    n: int
    total: int
    value: str | None


class DayFigures(BaseModel):
    """The measures of one day."""

    date: str
    measures: dict[str, Figure]


class Coverage(BaseModel):
    """Up to which moment a source says it is complete."""

    up_to: str


class MeasuresAnswer(BaseModel):
    """Measures of a subject over days, both ends included."""

    subject: str
    first: str = Field(alias="from")
    to: str
    known_at: str | None
    measures: dict[str, Figure]
    days: list[DayFigures] | None = None
    coverage: dict[str, Coverage]
    position: dict[str, int]


class UnitState(BaseModel):
    """A unit as on a day."""

    code: str
    name: str
    kind: str
    parent: str | None


class UnitsAnswer(BaseModel):
    """Every registered unit."""

    on: str
    units: list[UnitState]


class VoidedBy(BaseModel):
    """The void that took an event back."""

    source: str
    id: str
    reason: str | None
    recorded_at: str


class ListedEvent(BaseModel):
    """An event with its place on the log."""

    event: dict[str, Any]
    recorded_at: str
    position: str
    voided: VoidedBy | None


class EventsAnswer(BaseModel):
    """What is known about a person's days."""

    subject: str
    first: str = Field(alias="from")
    to: str
    events: list[ListedEvent]
    position: dict[str, int]


Granularity = Literal["day"]

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": text,
        "content": {"application/problem+json": {"schema": SCHEMA}},
    }
    for status, text in {
        401: "No valid token.",
        403: "The token may not read this.",
        404: "There is no such subject.",
        422: "A parameter is missing or wrong.",
        503: "The database, or the position asked for, is not there yet.",
    }.items()
}
