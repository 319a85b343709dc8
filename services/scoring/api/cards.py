"""The read API: scorecards, the receipts of them, and the keys that sign these."""

from collections.abc import Awaitable
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from services.kit.direct_route import DirectRoute
from services.kit.problems import Problem
from services.scoring.api.card_shapes import PersonCard, UnitCard
from services.scoring.api.questions import AskedCard, AskedGiven, AskedPersonsCard, AskedReceipt
from services.scoring.api.receipt_shapes import GivenAnswer, KeysAnswer, ReceiptAnswer
from services.scoring.api.routes import Code, Reader, answered, answers_of, check_employee, check_unit, or_not_found
from services.scoring.api.shapes import PROBLEMS
from services.scoring.evaluation.shapes import Shape
from services.scoring.reading.answers import Unknown
from services.scoring.reading.given_receipts import GivenReceipts, ReceiptBook
from services.scoring.reading.scorecards import Scorecards
from services.scoring.receipts.keys import SigningKeys

router = APIRouter(prefix="/v1", responses=PROBLEMS, route_class=DirectRoute)

Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="What the receipt is known by.")]


@router.get("/units/{code}/scorecard", response_model=UnitCard)
async def unit_scorecard(
    request: Request, reader: Reader, code: Code, asked: Annotated[AskedCard, Query()]
) -> Response:
    """Show what a unit and all below it came to in a period, by the policy that governs it."""
    check_unit(reader, code)
    answers = await answers_of(request, asked.at_least)
    return await or_not_found(Scorecards(answers).unit(code, asked.question, sees_few=reader.scope.is_everything))


@router.get("/employees/{code}/scorecard", response_model=PersonCard)
async def employee_scorecard(
    request: Request, reader: Reader, code: Code, asked: Annotated[AskedPersonsCard, Query()]
) -> Response:
    """Show what a person came to in a period, by the policy that governs their unit, and how the evaluation stands."""
    check_employee(reader, code)
    answers = await answers_of(request, asked.at_least)
    return await or_not_found(Scorecards(answers).employee(code, asked.question))


@router.get("/units/{code}/receipt", response_model=ReceiptAnswer)
async def unit_receipt(
    request: Request, reader: Reader, code: Code, asked: Annotated[AskedReceipt, Query()]
) -> Response:
    """Give a signed receipt of a unit's card, with what it can be worked out from again; without people."""
    check_unit(reader, code)
    keys, answers = _keys(request), await answers_of(request, asked.at_least)
    made = Scorecards(answers).unit_receipt(code, asked.question, keys, sees_few=reader.scope.is_everything)
    return await or_not_found(_kept(request, made))


@router.get("/employees/{code}/receipt", response_model=ReceiptAnswer)
async def employee_receipt(
    request: Request, reader: Reader, code: Code, asked: Annotated[AskedReceipt, Query()]
) -> Response:
    """Give a signed receipt of a person's card, with what it can be worked out from again."""
    check_employee(reader, code)
    keys, answers = _keys(request), await answers_of(request, asked.at_least)
    return await or_not_found(_kept(request, Scorecards(answers).employee_receipt(code, asked.question, keys)))


@router.get("/receipts/{sha256}", response_model=GivenAnswer)
async def receipt(request: Request, reader: Reader, sha256: Sha256, asked: Annotated[AskedGiven, Query()]) -> Response:
    """Say whether a receipt would come out otherwise now, and because of which events."""
    answers, unknown = await answers_of(request, asked.at_least), f"No receipt {sha256} was given here."
    try:
        kept = await ReceiptBook(request.app.state.pool).found(sha256)
    except Unknown as exc:
        raise Problem(404, unknown) from exc
    if not reader.scope.has(kept.subject):
        raise Problem(404, unknown)
    return answered(await GivenReceipts(answers).answer(kept))


async def _kept(request: Request, receipt: Awaitable[Shape]) -> bytes:
    """Keep that a receipt was given, before it is."""
    return await ReceiptBook(request.app.state.pool).keep_signed(await receipt)


@router.get("/keys", response_model=KeysAnswer)
async def keys(request: Request, reader: Reader) -> Response:
    """List the public keys that receipts are checked with, the one that signs now first."""
    return answered(_keys(request).published)


def _keys(request: Request) -> SigningKeys:
    found: SigningKeys | None = request.app.state.signing
    if found is None:
        raise Problem(503, "Receipts cannot be signed here: KINERJA_SIGNING_KEYS names no folder with a key.")
    return found
