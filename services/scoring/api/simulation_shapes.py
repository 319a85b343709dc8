"""The shapes of simulations, for the OpenAPI document."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from services.kit.problems import TITLES
from services.scoring.api.card_shapes import InForce
from services.scoring.api.shapes import PROBLEMS
from services.scoring.api.simulation_request import SimulationRequest

Level = Literal["below", "meets", "above"]


class Ways(BaseModel):
    """How many cases moved which way: `appears` from no suggestion, `goes` to none."""

    up: int
    down: int
    same: int
    appears: int
    goes: int


class GroupMoves(BaseModel):
    """Moves of both suggestions of a card."""

    hasil_kerja: Ways
    perilaku: Ways


class WarningsTurned(BaseModel):
    """Clauses of the distribution that would warn the head of a unit, and those that would no longer."""

    unit: str
    period: str
    appears: list[str]
    goes: list[str]


class MovedPersonRow(BaseModel):
    """Somebody's suggestion that moves."""

    employee: str
    period: str
    group: Literal["hasil_kerja", "perilaku"]
    before: Level | None
    after: Level | None


class SimulationAnswer(BaseModel):
    """
    What a policy would have suggested, against what governs; cells of fewer than five people stand under `rest`.

    `people` is null unless it was asked for.
    """

    policy: InForce
    position: dict[str, int]
    cases: int
    moves: GroupMoves
    by_unit: dict[str, GroupMoves]
    by_position: dict[str, GroupMoves]
    by_pattern: dict[str, GroupMoves]
    warnings: list[WarningsTurned]
    no_data: list[str] = Field(description="Indicators that were on some card and had data enough on none.")
    people: list[MovedPersonRow] | None


class SimulationState(BaseModel):
    """How far a large simulation is, in cases; `result` once it is done."""

    state: Literal["running", "done", "failed"]
    done: int
    of: int
    result: SimulationAnswer | None


BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": SimulationRequest.model_json_schema()}},
    }
}
_TABLE = {"text/csv": {"schema": {"type": "string"}}}
WHOLE: dict[str, Any] = {"description": "The whole answer.", "content": _TABLE}
GOES_ON: dict[str, Any] = {
    "model": SimulationState,
    "description": "More than 5,000 cases: it goes on, and is asked about at `Location`.",
    "headers": {"Location": {"schema": {"type": "string"}}},
}
STATE: dict[str, Any] = {"description": "How far it is; in CSV the result, once it is done.", "content": _TABLE}
REFUSED: dict[int | str, dict[str, Any]] = {
    status: PROBLEMS[401] | {"description": f"{TITLES[status]}."} for status in (400, 413, 415)
}
