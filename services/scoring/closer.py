"""The day closer as a process: tells ingest, once per date, that the day is over for everyone; see `closing`."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from fastapi import FastAPI

from services.kit.application import application
from services.kit.calling import open_client
from services.kit.logs import configure_logs
from services.kit.postgres import open_pool
from services.kit.server import health_routes, serve
from services.kit.settings import read_settings
from services.kit.supervision import end_with, keep
from services.kit.working import answers
from services.scoring.closing import Closer, clock
from services.scoring.settings import ScoringSettings

LOOK_EVERY_S = 20.0
ANSWER_WITHIN_S = 10.0


def create_app(settings: ScoringSettings, now: Callable[[], datetime] = clock) -> FastAPI:
    """Return the closer as an application that serves only its health and metrics."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.pool = await open_pool(settings.scoring_dsn.get_secret_value(), size=2)
        token = settings.closer_token.get_secret_value()
        async with open_client(settings.ingest_url, token, timeout_s=ANSWER_WITHIN_S) as client:
            app.state.closer = Closer(app.state.pool, client, settings.close_at, now)
            task = asyncio.create_task(keep("closing", app.state.closer.close_due, idle_s=LOOK_EVERY_S))
            end_with(task)
            try:
                yield
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                app.state.pool.terminate()

    async def database() -> bool:
        return await answers(app.state.pool, "installation")

    async def closing() -> bool:
        return app.state.closer.trouble is None

    app = application("Kinerja day closer", lifespan)
    app.include_router(health_routes({"database": database, "closing": closing}))
    return app


def run() -> None:
    """Run until SIGTERM. Raises UserError when its settings are not usable."""
    settings = read_settings(ScoringSettings)
    configure_logs("closer")
    serve(create_app(settings), settings.closer_host, settings.closer_port, settings)
