"""
A route that reads its parameters without the framework's solver, which costs more than many an answer.

The framework matches and documents as ever, from the same signature.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from inspect import signature
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

from fastapi import Request, Response, params
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class _Read(NamedTuple):
    """A parameter, where it stands, and what makes a value of it."""

    name: str
    place: tuple[str, ...]
    adapter: TypeAdapter[Any]


class Signature:
    """
    What an endpoint takes.

    The request, what dependencies return for the request alone, texts of the path, and one model of the whole query.
    """

    def __init__(self, endpoint: Callable[..., Any]) -> None:
        self.request: str | None = None
        self.dependencies: dict[str, Callable[[Request], Awaitable[Any]]] = {}
        self.path: list[_Read] = []
        self.query: _Read | None = None
        hints = get_type_hints(endpoint, include_extras=True)
        for name in signature(endpoint).parameters:
            self._take(name, hints[name])

    def _take(self, name: str, hint: Any) -> None:
        marks = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
        if hint is Request:
            self.request = name
        elif depends := [mark for mark in marks if isinstance(mark, params.Depends)]:
            assert depends[0].dependency is not None
            self.dependencies[name] = depends[0].dependency
        elif paths := [mark for mark in marks if isinstance(mark, params.Path)]:
            self.path.append(_Read(name, ("path", paths[0].alias or name), TypeAdapter(hint)))
        else:
            assert any(isinstance(mark, params.Query) for mark in marks), f"{name} is none of path, query, dependency"
            self.query = _Read(name, ("query",), TypeAdapter(get_args(hint)[0]))

    async def read(self, request: Request) -> dict[str, Any]:
        """Return the arguments for a request. Raises what a dependency raises, then RequestValidationError."""
        found: dict[str, Any] = {} if self.request is None else {self.request: request}
        for name, dependency in self.dependencies.items():
            found[name] = await dependency(request)
        errors: list[Any] = []
        for path in self.path:
            _read(path, request.path_params[path.place[-1]], found, errors)
        if self.query is not None:
            _read(self.query, dict(request.query_params), found, errors)
        if errors:
            raise RequestValidationError(errors)
        return found


def _read(parameter: _Read, value: str | Mapping[str, str], found: dict[str, Any], errors: list[Any]) -> None:
    try:
        found[parameter.name] = parameter.adapter.validate_python(value)
    except ValidationError as exc:
        errors += [{**error, "loc": (*parameter.place, *error["loc"])} for error in exc.errors(include_url=False)]


class DirectRoute(APIRoute):
    """
    A route of an endpoint as `Signature` has it, which returns a Response.

    A guard stands in the signature: those that a router or an application would add are not asked.
    """

    def get_route_handler(self) -> Handler:
        """Return what answers a request."""
        endpoint, taken = self.endpoint, Signature(self.endpoint)
        assert not self.dependencies, f"{self.path}: name its dependencies in the signature, others are not asked"

        async def handle(request: Request) -> Response:
            response: Response = await endpoint(**await taken.read(request))
            return response

        return handle
