"""Errors over HTTP as problem+json (RFC 9457)."""

from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from services.kit.errors import Refused, Unavailable

log = structlog.get_logger()

TITLES = {
    400: "Bad request",
    401: "Not authenticated",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    409: "Conflict",
    413: "Too large",
    415: "Unsupported media type",
    422: "Not acceptable as it is",
    429: "Too many requests",
    431: "Headers too large",
    500: "Internal error",
    501: "Not implemented",
    503: "Not available right now",
    505: "HTTP version not supported",
    507: "No room left",
}

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_TEXT = {"type": "string"}
_ERROR = {"type": "object", "required": ["pointer", "detail"], "properties": {"pointer": _TEXT, "detail": _TEXT}}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "An error as RFC 9457 has it; `errors` says which parameters or fields are wrong.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        **dict.fromkeys(("type", "title", "detail"), _TEXT),
        "status": {"type": "integer"},
        "errors": {"type": "array", "items": _ERROR},
    },
}
"""The shape of every error answer, for OpenAPI documents."""


class Problem(Exception):
    """An answer other than success; *detail* names what is wrong and how to mend it."""

    def __init__(self, status: int, detail: str, *, headers: dict[str, str] | None = None, **members: Any) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers, self.members = status, detail, headers or {}, members

    def response(self) -> Response:
        """Render as application/problem+json."""
        body = {"type": "about:blank", "title": TITLES.get(self.status, "Error"), "status": self.status}
        content = orjson.dumps({**body, "detail": self.detail, **self.members})
        return Response(content, self.status, self.headers, "application/problem+json")


def unavailable(detail: str, retry_after_s: int = 2) -> Problem:
    """Return a 503 that tells the client when to try again."""
    return Problem(503, detail, headers={"Retry-After": str(retry_after_s)})


def install_problems(app: FastAPI) -> None:
    """Answer every error of *app* as problem+json; a bug becomes a 500 without its stack trace."""

    async def problem(_: Request, exc: Exception) -> Response:
        assert isinstance(exc, Problem)
        return exc.response()

    async def http(request: Request, exc: Exception) -> Response:
        assert isinstance(exc, HTTPException)
        if exc.status_code == 404:
            return Problem(404, "There is nothing under this path; mind a slash too many at its end.").response()
        if exc.status_code == 405:
            return _wrong_method(request).response()
        return Problem(exc.status_code, str(exc.detail), headers=dict(exc.headers or {})).response()

    async def invalid(_: Request, exc: Exception) -> Response:
        assert isinstance(exc, RequestValidationError)
        errors = [{"pointer": "/" + "/".join(map(str, error["loc"])), "detail": error["msg"]} for error in exc.errors()]
        return Problem(422, "The request has fields that are missing or wrong.", errors=errors).response()

    async def refused(_: Request, exc: Exception) -> Response:
        return Problem(422, str(exc)).response()

    async def gone(_: Request, exc: Exception) -> Response:
        return unavailable(str(exc)).response()

    async def bug(request: Request, exc: Exception) -> Response:
        log.error("http.failed", path=request.url.path, exc_info=exc)
        return Problem(500, "Something went wrong on our side; the log has the details.").response()

    for kind, handler in (
        (Problem, problem),
        (HTTPException, http),
        (RequestValidationError, invalid),
        (Refused, refused),
        (Unavailable, gone),
        (Exception, bug),
    ):
        app.add_exception_handler(kind, handler)


def _wrong_method(request: Request) -> Problem:
    """Routes of one path are several, and each knows only its own methods: ask all of them."""

    def served(method: str) -> bool:
        scope = {**request.scope, "method": method}
        return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)

    methods = [method for method in _METHODS if served(method)]
    allowed = ", ".join(["HEAD", *methods] if "GET" in methods else methods)
    return Problem(405, f"This path is served with {allowed}.", headers={"Allow": allowed})


def announce_bearer(app: FastAPI) -> None:
    """Let the OpenAPI document of *app* say that every request needs a bearer token."""
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        document = describe()
        document.setdefault("components", {})["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
        return document | {"security": [{"bearer": []}]}

    app.openapi = openapi  # type: ignore[method-assign]
