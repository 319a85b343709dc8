"""The read API: units, measures, events."""

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BeforeValidator

from schemas.fields import Day, Moment
from services.kit.problems import Problem, reader_of
from services.scoring.api.shapes import PROBLEMS, EventsAnswer, Granularity, MeasuresAnswer, UnitsAnswer
from services.scoring.reading.answers import Answers, Question, Unknown
from services.scoring.reading.waiting import Waiters, read_positions

router = APIRouter(prefix="/v1", dependencies=[Depends(reader_of("scoring"))], responses=PROBLEMS)

Code = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="Code of the unit or id of the employee.")]
AtLeast = Annotated[str | None, Query(description="Wait for positions first: events/3:120,directory/0:5.")]


def _plus_sign(value: Any) -> Any:
    """Mend an offset's plus sign that was not percent-encoded, as in a curl line typed by hand."""
    return value.replace(" ", "+") if isinstance(value, str) else value


On = Annotated[Day | None, Query(description="Default: today in Jakarta.")]
KnownAt = Annotated[Moment | None, BeforeValidator(_plus_sign), Query(description="As known at this moment.")]


def _span(
    first: Annotated[Day, Query(alias="from", description="First day.")],
    last: Annotated[Day, Query(alias="to", description="Last day, included.")],
) -> Question:
    return Question(first, last)


def _question(
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


def answers_of(request: Request) -> Answers:
    """Return the reader that the application was made with."""
    answers: Answers = request.app.state.answers
    return answers


Reader = Annotated[Answers, Depends(answers_of)]


def _json(content: Any) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")


@router.get("/units", response_model=UnitsAnswer, dependencies=[Position])
async def units(
    answers: Reader, on: Annotated[Day | None, Query(description="Default: today in Jakarta.")] = None
) -> Response:
    """List every registered unit in its state of a day."""
    return _json(await answers.units(on or datetime.now(ZoneInfo("Asia/Jakarta")).date()))


@router.get("/units/{code}/measures", response_model=MeasuresAnswer, dependencies=[Position])
async def unit_measures(answers: Reader, code: Code, question: Asked) -> Response:
    """Measure a unit with all below it, as the tree was on each day."""
    try:
        return _json(await answers.unit_measures(code, question))
    except Unknown as exc:
        raise Problem(404, str(exc)) from exc


@router.get("/employees/{code}/measures", response_model=MeasuresAnswer, dependencies=[Position])
async def employee_measures(answers: Reader, code: Code, question: Asked) -> Response:
    """Measure a person."""
    try:
        return _json(await answers.employee_measures(code, question))
    except Unknown as exc:
        raise Problem(404, str(exc)) from exc


@router.get("/employees/{code}/events", response_model=EventsAnswer, dependencies=[Position])
async def employee_events(answers: Reader, code: Code, span: Annotated[Question, Depends(_span)]) -> Response:
    """List the events behind a person's days, those taken back included."""
    try:
        return _json(await answers.employee_events(code, span))
    except Unknown as exc:
        raise Problem(404, str(exc)) from exc
