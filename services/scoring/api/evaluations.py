"""The read API: what waits for whom."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.kit.direct_route import DirectRoute
from services.scoring.api.card_shapes import EvaluationsAnswer
from services.scoring.api.questions import AskedEvaluations
from services.scoring.api.routes import Reader, answers_of, check_unit, or_not_found
from services.scoring.api.shapes import PROBLEMS
from services.scoring.reading.work_lists import WorkLists

router = APIRouter(prefix="/v1", responses=PROBLEMS, route_class=DirectRoute)


@router.get("/evaluations", response_model=EvaluationsAnswer)
async def evaluations(request: Request, reader: Reader, asked: Annotated[AskedEvaluations, Query()]) -> Response:
    """
    List the evaluations of a period, late ones first, of those people whom the token may see.

    `who`: those that wait for somebody; `*hr`: those that wait for nobody in particular, so for HR.
    """
    if asked.unit is not None and asked.unit != "*":
        check_unit(reader, asked.unit)
    answers = await answers_of(request, asked.at_least)
    scope = reader.scope
    return await or_not_found(WorkLists(answers).waiting(asked.question, lambda each: scope.has(f"employee:{each}")))
