"""One process that serves HTTP: health, metrics, and an end that lets answers under way finish."""

import asyncio
import gc
import logging
import signal
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import cast

import orjson
import uvicorn
from fastapi import APIRouter, FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.kit.answering import Answering
from services.kit.connections import Connections, Limits, room_for_descriptors
from services.kit.protocol import Http1
from services.kit.settings import ProcessSettings

Check = Callable[[], Awaitable[bool]]

MOST_BODY = 1_048_576
LOOK_EVERY_S = 0.5
BACKLOG = 64
"""Few, as they are accepted all at once, before any of them is counted and could make room."""


def health_routes(checks: Mapping[str, Check], shown: Mapping[str, Check] | None = None) -> APIRouter:
    """
    Return /health/live, /health/ready and /metrics.

    Ready is 200 when all *checks* hold, else 503 with those that fail; *shown* are told beside them and decide nothing.
    However many ask at once, the checks are made once.
    """
    beside = shown or {}
    router = APIRouter(include_in_schema=False)
    asking: asyncio.Future[tuple[dict[str, bool], dict[str, bool]]] | None = None

    @router.get("/health/live")
    async def live() -> Response:
        return Response(b'{"status":"live"}', media_type="application/json")

    @router.get("/health/ready")
    async def ready() -> Response:
        nonlocal asking
        if asking is None or asking.done():
            asking = asyncio.gather(_ask(checks), _ask(beside))
        held, told = await asyncio.shield(asking)
        all_hold = all(held.values())
        answered = {"status": "ready" if all_hold else "not ready", "checks": held} | ({"shown": told} if told else {})
        return Response(orjson.dumps(answered), 200 if all_hold else 503, media_type="application/json")

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


async def _ask(checks: Mapping[str, Check]) -> dict[str, bool]:
    return dict(zip(checks, await asyncio.gather(*(check() for check in checks.values())), strict=True))


def serve(app: FastAPI, host: str, port: int, settings: ProcessSettings, *, most_body: int | None = MOST_BODY) -> None:
    """
    Serve *app* until SIGTERM or SIGINT; then finish what is under way, for at most `drain_s`, and return.

    A SIGHUP is ignored: there is nothing to reload, and it would end the process with everything under way.

    A body longer than *most_body* bytes is refused; None leaves that to the application.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _already_stopped)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    gc.freeze()  # what is imported stays; without it every full collection walks all of it again
    gc.set_threshold(20_000, 20, 20)
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    server(app, host, port, settings, most_body=most_body).run()


def server(
    app: FastAPI, host: str, port: int, settings: ProcessSettings, *, most_body: int | None = MOST_BODY
) -> uvicorn.Server:
    """Return what serves *app* once it is run."""
    connections = Connections(_limits(settings, most_body))
    config = uvicorn.Config(
        Answering(app),
        host=host,
        port=port,
        backlog=BACKLOG,
        loop="uvloop",
        http=cast(type[asyncio.Protocol], partial(Http1, guard=connections)),
        ws="none",
        callback_notify=connections.look,
        timeout_notify=LOOK_EVERY_S,  # type: ignore[arg-type]  # compared with a float, and looked at once a second
        access_log=False,
        proxy_headers=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=max(1, round(settings.drain_s)),
    )
    return uvicorn.Server(config)


def _limits(settings: ProcessSettings, most_body: int | None) -> Limits:
    return Limits(
        head_bytes=settings.http_head_bytes,
        headers=settings.http_headers,
        head_s=settings.http_head_timeout_s,
        silent_s=settings.http_silent_s,
        idle_s=settings.http_idle_s,
        stalled_s=settings.http_stalled_s,
        most_body=most_body,
        connections=room_for_descriptors(settings.http_connections),
    )


def _is_news(record: logging.LogRecord) -> bool:
    """An exception of the application was logged and answered by the problem handler already."""
    return not record.getMessage().startswith("Exception in ASGI application")


def _already_stopped(*_: object) -> None:
    """Uvicorn raises the signal again after it has stopped; a clean end is no death by signal."""
