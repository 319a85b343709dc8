"""The shapes of the answers, as OpenAPI shows them."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.fields import Text


class FieldProblem(BaseModel):
    """One thing wrong with an item."""

    pointer: str = Field(description="JSON pointer into the event; empty for the event as a whole.")
    detail: str = Field(description="What is wrong and how to mend it.")


class ItemProblem(BaseModel):
    """
    Why an item was rejected: 422 invalid, 409 identity taken with other content, 403 not allowed; 429 too many new
    events of this client today, 507 no room for one that has to wait or for another dead letter.
    """

    status: int
    title: str
    detail: str
    errors: list[FieldProblem]


class Result(BaseModel):
    """
    What became of one item; `parked` waits until what it names is registered. Answers of peers and subordinates, which
    are sealed, are `parked` too.
    """

    source: str | None = Field(description="As sent; null where it is missing or no text.")
    id: str | None = Field(description="As sent; null where it is missing or no text.")
    status: Literal["accepted", "parked", "rejected"]
    problem: ItemProblem | None = Field(None, description="Only with `rejected`.")


class Taken(BaseModel):
    """At least one item was taken."""

    results: list[Result] = Field(description="In the order of the request.")
    position: dict[str, int] = Field(
        description="By topic and partition (`events/3`) the offset after the last accepted event; for `at_least`.",
        examples=[{"events/3": 120, "directory/0": 5}],
    )


class ProblemDetails(BaseModel):
    """An error as RFC 9457 has it."""

    type: str
    title: str
    status: int
    detail: str = Field(description="What is wrong and how to mend it.")
    errors: list[FieldProblem] = Field([], description="Of a request with wrong parameters: which.")


class NothingTaken(ProblemDetails):
    """Every item was rejected."""

    results: list[Result]
    position: dict[str, int]


class EventName(BaseModel):
    """Which event a dead letter or a parked event is, as far as it says so."""

    source: str | None
    id: str | None
    type: str | None


class DeadLetter(BaseModel):
    """A rejected item."""

    id: int
    received_at: str
    client: str = Field(description="Name of the token that sent it.")
    origin: str
    event: EventName
    reason: str
    pointer: str | None = Field(description="JSON pointer to the first problem.")
    errors: list[FieldProblem]
    complete: bool = Field(
        description="False where the body was too long to keep whole: replay needs a corrected body."
    )
    state: Literal["open", "replayed"]


class DeadLetterWithBody(DeadLetter):
    """A rejected item with what was sent."""

    body: str = Field(description="The item as it was sent.")


class DeadLetters(BaseModel):
    """A page of dead letters, oldest first."""

    dead_letters: list[DeadLetter]
    next: int | None = Field(description="Pass it as `after` for the next page; null at the end.")


class ParkedEvent(BaseModel):
    """An event that waits."""

    id: int = Field(description="Under which `/v1/parked/{id}` has it.")
    event: EventName
    waits_for: str = Field(description="One thing it misses, such as `employee:E1`, `unit:U1` or `badge:T7/12`.")
    parked_at: str


class Discarding(BaseModel):
    """Why a parked event will never be needed."""

    model_config = ConfigDict(extra="forbid")
    reason: Text


class Discarded(BaseModel):
    """Who discarded a parked event, when and why."""

    at: str
    client: str = Field(description="Name of the token.")
    reason: str


class ParkedEventWithBody(ParkedEvent):
    """An event that waits, or was discarded, as it was sent."""

    state: Literal["parked", "discarded"]
    body: str = Field(description="The event as it was sent, nulls left out.")
    discarded: Discarded | None


class ParkedEvents(BaseModel):
    """A page of parked events, oldest first."""

    parked: list[ParkedEvent]
    next: int | None = Field(description="Pass it as `after` for the next page; null at the end.")


class Person(BaseModel):
    """An employee's name."""

    id: str
    name: str


class People(BaseModel):
    """Names of employees; unknown ids are left out."""

    people: list[Person]


Json = dict[str, Any]
