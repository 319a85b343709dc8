"""One process that serves HTTP: health, metrics, and an end that lets answers under way finish."""

import asyncio
import gc
import logging
import signal
from collections.abc import Awaitable, Callable, Mapping

import orjson
import uvicorn
from fastapi import APIRouter, FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Check = Callable[[], Awaitable[bool]]


KEEP_ALIVE_S = 75
"""Longer than sources usually pause: closing just when the next request comes would look like an outage to them."""


def health_routes(checks: Mapping[str, Check], shown: Mapping[str, Check] | None = None) -> APIRouter:
    """
    Return /health/live, /health/ready and /metrics.

    Ready is 200 when all *checks* hold, else 503 with those that fail; *shown* are told beside them and decide nothing.
    """
    beside = shown or {}
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    async def live() -> Response:
        return Response(b'{"status":"live"}', media_type="application/json")

    @router.get("/health/ready")
    async def ready() -> Response:
        held, told = await asyncio.gather(_ask(checks), _ask(beside))
        all_hold = all(held.values())
        answered = {"status": "ready" if all_hold else "not ready", "checks": held} | ({"shown": told} if told else {})
        return Response(orjson.dumps(answered), 200 if all_hold else 503, media_type="application/json")

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


async def _ask(checks: Mapping[str, Check]) -> dict[str, bool]:
    return dict(zip(checks, await asyncio.gather(*(check() for check in checks.values())), strict=True))


def serve(app: FastAPI, host: str, port: int, *, drain_s: float) -> None:
    """Serve *app* until SIGTERM or SIGINT; then finish what is under way, for at most *drain_s*, and return."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        proxy_headers=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=max(1, round(drain_s)),
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _already_stopped)
    gc.freeze()  # what is imported stays; without it every full collection walks all of it again
    gc.set_threshold(20_000, 20, 20)
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    uvicorn.Server(config).run()


def _is_news(record: logging.LogRecord) -> bool:
    """An exception of the application was logged and answered by the problem handler already."""
    return not record.getMessage().startswith("Exception in ASGI application")


def _already_stopped(*_: object) -> None:
    """Uvicorn raises the signal again after it has stopped; a clean end is no death by signal."""
