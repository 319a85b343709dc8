"""The read API: units, measures, events."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from schemas.rights import READ_SCORING
from services.kit.direct_route import DirectRoute
from services.kit.guards import Granted, holder_of
from services.kit.problems import Problem
from services.scoring.api.questions import Asked, AskedEvents, AskedUnits
from services.scoring.api.shapes import PROBLEMS, EventsAnswer, MeasuresAnswer, UnitsAnswer
from services.scoring.reading.answers import Answers, Unknown
from services.scoring.reading.waiting import Waiters, read_positions

router = APIRouter(prefix="/v1", responses=PROBLEMS, route_class=DirectRoute)

Reader = Annotated[Granted, Depends(holder_of(READ_SCORING))]
Code = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="Code of the unit or id of the employee.")]


@router.get("/units/{code}/measures", response_model=MeasuresAnswer)
async def unit_measures(request: Request, reader: Reader, code: Code, asked: Annotated[Asked, Query()]) -> Response:
    """Measure a unit with all below it, as the tree was on each day."""
    check_unit(reader, code)
    answers = await answers_of(request, asked.at_least)
    return await or_not_found(answers.unit_measures(code, asked.question))


@router.get("/employees/{code}/measures", response_model=MeasuresAnswer)
async def employee_measures(request: Request, reader: Reader, code: Code, asked: Annotated[Asked, Query()]) -> Response:
    """Measure a person."""
    check_employee(reader, code)
    answers = await answers_of(request, asked.at_least)
    return await or_not_found(answers.employee_measures(code, asked.question))


@router.get("/employees/{code}/events", response_model=EventsAnswer)
async def employee_events(
    request: Request, reader: Reader, code: Code, asked: Annotated[AskedEvents, Query()]
) -> Response:
    """List the events behind a person's days, those taken back included."""
    check_employee(reader, code)
    answers = await answers_of(request, asked.at_least)
    return await or_not_found(answers.employee_events(code, asked.question))


@router.get("/units", response_model=UnitsAnswer)
async def units(request: Request, reader: Reader, asked: Annotated[AskedUnits, Query()]) -> Response:
    """List every registered unit that the token may see, in its state of a day."""
    answers = await answers_of(request, asked.at_least)
    answer = await answers.units(asked.on or datetime.now(ZoneInfo("Asia/Jakarta")).date())
    if not reader.scope.is_everything:
        answer["units"] = [unit for unit in answer["units"] if reader.scope.has(f"unit:{unit['code']}")]
    return answered(answer)


async def answers_of(request: Request, at_least: str | None) -> Answers:
    """Return what reads figures, once everything before *at_least* is folded. Raises Refused and Unavailable."""
    if at_least is not None:
        waiters: Waiters = request.app.state.waiters
        await waiters.wait_for(read_positions(at_least))
    answers: Answers = request.app.state.answers
    return answers


def check_unit(reader: Granted, code: str) -> None:
    """Answer about a unit that *reader* may not see as about one that is not there; raises a 404 Problem."""
    if not reader.scope.has(f"unit:{code}"):
        raise Problem(404, f"There is no unit {code}; GET /v1/units lists them.")


def check_employee(reader: Granted, code: str) -> None:
    """Answer about somebody whom *reader* may not see as about nobody; raises a 404 Problem."""
    if not reader.scope.has(f"employee:{code}"):
        raise Problem(404, f"There is no employee {code}; the id is the one they were registered with.")


async def or_not_found(answer: Awaitable[Any]) -> Response:
    """Answer about what is there; raises a 404 Problem where there is nothing."""
    try:
        return answered(await answer)
    except Unknown as exc:
        raise Problem(404, str(exc)) from exc


def answered(content: Any) -> Response:
    """Answer with JSON; *content* may be written already."""
    written = content if isinstance(content, bytes) else orjson.dumps(content)
    return Response(written, media_type="application/json")
