"""An application of ours on a port of loopback, served as its process serves it, for clients that speak real HTTP."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from services.kit.server import server
from services.kit.settings import ProcessSettings


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """Serve an application on a free port during the block; its address."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    settings = ProcessSettings(kafka="127.0.0.1:9", tokens_file=Path("/nonexistent"))
    serving_it = server(app, "127.0.0.1", 0, settings, most_body=None)
    serving = asyncio.create_task(serving_it.serve(sockets=[listening]))
    async with asyncio.timeout(10):
        while not serving_it.started:
            await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        serving_it.should_exit = True
        await serving
