"""The read API: units, measures, events."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BeforeValidator

from schemas.fields import Day, Moment
from schemas.rights import READ_SCORING
from services.kit.guards import Granted, holder_of
from services.kit.problems import Problem
from services.scoring.api.shapes import PROBLEMS, EventsAnswer, Granularity, MeasuresAnswer, UnitsAnswer
from services.scoring.reading.answers import Answers, Question, Unknown
from services.scoring.reading.waiting import Waiters, read_positions

may_read = holder_of(READ_SCORING)
router = APIRouter(prefix="/v1", dependencies=[Depends(may_read)], responses=PROBLEMS)

Code = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="Code of the unit or id of the employee.")]
AtLeast = Annotated[str | None, Query(description="Wait for positions first: events/3:120,directory/0:5.")]


def _plus_sign(value: Any) -> Any:
    """Mend an offset's plus sign that was not percent-encoded, as in a curl line typed by hand."""
    return value.replace(" ", "+") if isinstance(value, str) else value


On = Annotated[Day | None, Query(description="Default: today in Jakarta.")]
KnownAt = Annotated[Moment | None, BeforeValidator(_plus_sign), Query(description="As known at this moment.")]


async def _span(
    first: Annotated[Day, Query(alias="from", description="First day.")],
    last: Annotated[Day, Query(alias="to", description="Last day, included.")],
) -> Question:
    return Question(first, last)


async def _question(
    span: Annotated[Question, Depends(_span)],
    granularity: Annotated[Granularity | None, Query(description="`day`: one entry for every day too.")] = None,
    known_at: KnownAt = None,
) -> Question:
    return Question(span.first, span.last, granularity == "day", known_at)


async def _position(request: Request, at_least: AtLeast = None) -> None:
    if at_least is not None:
        waiters: Waiters = request.app.state.waiters
        await waiters.wait_for(read_positions(at_least))


Asked = Annotated[Question, Depends(_question)]
Position = Depends(_position)


Reader = Annotated[Granted, Depends(may_read)]


def _answers(request: Request) -> Answers:
    answers: Answers = request.app.state.answers
    return answers


async def _unit(reader: Reader, code: Code) -> str:
    """Return the code of a unit that *reader* may see; to everybody else it is not there."""
    if not reader.scope.has(f"unit:{code}"):
        raise Problem(404, f"There is no unit {code}; GET /v1/units lists them.")
    return code


async def _employee(reader: Reader, code: Code) -> str:
    """Return the id of an employee whom *reader* may see; to everybody else they are not there."""
    if not reader.scope.has(f"employee:{code}"):
        raise Problem(404, f"There is no employee {code}; the id is the one they were registered with.")
    return code


UnitCode = Annotated[str, Depends(_unit)]
EmployeeId = Annotated[str, Depends(_employee)]


def _json(content: Any) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")


@router.get("/units", response_model=UnitsAnswer, dependencies=[Position])
async def units(
    request: Request, reader: Reader, on: Annotated[Day | None, Query(description="Default: today in Jakarta.")] = None
) -> Response:
    """List every registered unit that the token may see, in its state of a day."""
    answer = await _answers(request).units(on or datetime.now(ZoneInfo("Asia/Jakarta")).date())
    if not reader.scope.is_everything:
        answer["units"] = [unit for unit in answer["units"] if reader.scope.has(f"unit:{unit['code']}")]
    return _json(answer)


@router.get("/units/{code}/measures", response_model=MeasuresAnswer, dependencies=[Position])
async def unit_measures(request: Request, code: UnitCode, question: Asked) -> Response:
    """Measure a unit with all below it, as the tree was on each day."""
    return await _known(_answers(request).unit_measures(code, question))


@router.get("/employees/{code}/measures", response_model=MeasuresAnswer, dependencies=[Position])
async def employee_measures(request: Request, code: EmployeeId, question: Asked) -> Response:
    """Measure a person."""
    return await _known(_answers(request).employee_measures(code, question))


@router.get("/employees/{code}/events", response_model=EventsAnswer, dependencies=[Position])
async def employee_events(request: Request, code: EmployeeId, span: Annotated[Question, Depends(_span)]) -> Response:
    """List the events behind a person's days, those taken back included."""
    return await _known(_answers(request).employee_events(code, span))


async def _known(answer: Awaitable[Any]) -> Response:
    """Answer about a subject; raises a 404 Problem where there is none."""
    try:
        return _json(await answer)
    except Unknown as exc:
        raise Problem(404, str(exc)) from exc
