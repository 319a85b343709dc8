"""The policy lab over HTTP: a policy tried on what has happened, before it counts."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from starlette.requests import ClientDisconnect

from schemas.problems import Problems
from schemas.rights import READ_SCORING
from services.kit.direct_route import DirectRoute
from services.kit.guards import Granted, holder_of
from services.kit.problems import Problem
from services.scoring.api.shapes import PROBLEMS
from services.scoring.api.simulation_answers import answered, told
from services.scoring.api.simulation_request import read_question
from services.scoring.api.simulation_shapes import (
    BODY,
    GOES_ON,
    REFUSED,
    STATE,
    WHOLE,
    SimulationAnswer,
    SimulationState,
)
from services.scoring.reading.answers import Unknown
from services.scoring.reading.beside import worked_out
from services.scoring.reading.simulations import Job, SimulationQuestion, Simulations

router = APIRouter(prefix="/v1/policies", responses=PROBLEMS, route_class=DirectRoute)

Reader = Annotated[Granted, Depends(holder_of(READ_SCORING))]
JobId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="What `Location` said.")]
MOST_BYTES = 524_288
_ALL_UNITS, _ALL_PEOPLE = "unit:*", "employee:*"


@router.post(
    "/simulate",
    response_model=SimulationAnswer,
    responses={200: WHOLE, 202: GOES_ON, **REFUSED},
    openapi_extra=BODY,
)
async def simulate(request: Request, reader: Reader) -> Response:
    """
    Try a policy on some periods: how many suggestions would move, whose groups, which warnings come and go.

    Nothing is kept, and no card changes.
    """
    _check(reader)
    asked = await _question(request)
    _check(reader, people=asked.people)
    job = await _simulated(request, asked)
    accept = request.headers.get("accept", "")
    if not job.is_large:
        return answered(job, accept)
    return told(job, 202, accept, {"Location": f"/v1/policies/simulations/{job.id}"})


@router.get("/simulations/{job_id}", response_model=SimulationState, responses={200: STATE})
async def simulation(request: Request, reader: Reader, job_id: JobId) -> Response:
    """Say how far a simulation is that goes on by itself, and what came of it."""
    _check(reader)
    simulations: Simulations = request.app.state.simulations
    job = simulations.job(job_id)
    if job is None:
        raise Problem(404, f"There is no simulation {job_id}, or no longer: ask for it again.")
    _check(reader, people=job.asked.people)
    return told(job, 200, request.headers.get("accept", ""), {})


def _check(reader: Granted, *, people: bool = False) -> None:
    """Let through who may read about all units, and where people are named about all of them; raises a 403 Problem."""
    if not reader.scope.has(_ALL_UNITS):
        raise Problem(403, "This token may not read about all units, as whoever tries a policy has to.")
    if people and not reader.scope.has(_ALL_PEOPLE):
        raise Problem(403, "This token may not read about all people; ask again without `people`.")


async def _question(request: Request) -> SimulationQuestion:
    """Return what the body asks. Raises a Problem: 400, 413, 415, and 422 with all that is wrong."""
    body = await _body(request)
    try:
        return await worked_out(len(body) // 100, lambda: read_question(body))
    except Problems as exc:
        raise _refused(exc) from None


async def _body(request: Request) -> bytes:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" or request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(415, "Send what is asked as it is, as application/json.")
    try:
        body = await request.body()
    except ClientDisconnect:
        raise Problem(400, "The body broke off before its end.") from None
    if len(body) > MOST_BYTES:
        raise Problem(413, f"A simulation is asked for with at most {MOST_BYTES:,} bytes.")
    return body


async def _simulated(request: Request, asked: SimulationQuestion) -> Job:
    simulations: Simulations = request.app.state.simulations
    try:
        return await simulations.simulate(asked)
    except Unknown as exc:
        raise Problem(404, str(exc)) from exc
    except Problems as exc:
        raise _refused(exc) from None


def _refused(found: Problems) -> Problem:
    errors = [{"pointer": each.pointer, "detail": each.detail} for each in found.problems]
    count = "one mistake" if len(errors) == 1 else f"{len(errors):,} mistakes"
    return Problem(422, f"What is asked has {count}; `errors` says where and how to mend each.", errors=errors)
