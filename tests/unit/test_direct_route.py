"""A route that reads its parameters itself answers, word for word, as the framework's own does."""

from typing import Annotated

import httpx
import orjson
import pytest
from fastapi import APIRouter, Depends, FastAPI, Path, Query, Request, Response
from fastapi.routing import APIRoute

from services.kit.direct_route import DirectRoute, Signature
from services.kit.problems import Problem, install_problems
from services.scoring.api.questions import Asked

SPAN = "from=2026-11-01&to=2026-11-30"


async def guard(request: Request) -> str:
    """Let through whoever says a name."""
    name = request.headers.get("x-name")
    if name is None:
        raise Problem(401, "Say your name.")
    return name


async def endpoint(
    request: Request,
    name: Annotated[str, Depends(guard)],
    code: Annotated[str, Path(pattern=r"^[A-Z0-9]{1,4}$")],
    number: Annotated[int, Path(alias="id", ge=1)],
    asked: Annotated[Asked, Query()],
) -> Response:
    """Answer with what was understood."""
    return Response(orjson.dumps([request.url.path, name, code, number, repr(asked.question), asked.at_least]))


def _application(kind: type[APIRoute]) -> FastAPI:
    app = FastAPI()
    install_problems(app)
    app.router.route_class = kind
    app.get("/{code}/{id}")(endpoint)
    return app


async def _answer(kind: type[APIRoute], path: str, headers: dict[str, str]) -> tuple[int, str, bytes]:
    transport = httpx.ASGITransport(_application(kind))
    async with httpx.AsyncClient(transport=transport, base_url="http://us", headers=headers) as http:
        answer = await http.get(path)
    return answer.status_code, answer.headers.get("content-type", ""), answer.content


@pytest.mark.parametrize("headers", [{"x-name": "Siti"}, {}], ids=["named", "nameless"])
@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/K1/7?{SPAN}", 200),
        (f"/K1/7?{SPAN}&granularity=day&known_at=2026-11-24T08:00:00+07:00&at_least=events/3:120", 200),
        (f"/K1/7?{SPAN}&known_at=2026-11-24T08:00:00%2B07:00&other=1&other=2", 200),
        (f"/K1/7?{SPAN}&from=2026-11-02", 200),
        ("/K1/7", 422),
        ("/K1/7?from=&to=", 422),
        ("/K1/7?from=2026-11-31&to=soon", 422),
        (f"/toolong/0?{SPAN}&granularity=hour&known_at=yesterday", 422),
        (f"/K1/7?{SPAN}&granularity=", 422),
        (f"/K%00/x?{SPAN}", 422),
        ("/K1/7?%ff=%fe&from=%00", 422),
    ],
)
async def test_answers_are_those_of_the_framework(path: str, status: int, headers: dict[str, str]) -> None:
    """What is understood, what is wrong and where, and that nobody hears of it without saying who asks."""
    direct, classic = await _answer(DirectRoute, path, headers), await _answer(APIRoute, path, headers)

    assert direct == classic
    assert direct[0] == (status if headers else 401)


def test_both_are_documented_alike() -> None:
    """The document comes from the signature, whoever reads by it."""
    direct, classic = _application(DirectRoute).openapi(), _application(APIRoute).openapi()

    assert direct == classic


def test_a_parameter_that_would_not_be_read_is_a_mistake() -> None:
    """It is told when the application is made and not when somebody asks."""

    async def other(request: Request, limit: int) -> Response:
        return Response()

    with pytest.raises(AssertionError, match="limit is none of path, query, dependency"):
        Signature(other)


def test_a_guard_that_would_not_be_asked_is_a_mistake() -> None:
    """What stands beside the signature is not read, so it must not look like a guard."""
    router = APIRouter(route_class=DirectRoute, dependencies=[Depends(guard)])

    with pytest.raises(AssertionError, match="name its dependencies in the signature"):
        router.get("/{code}/{id}")(endpoint)
