"""Asking a local service whether it is ready, without a client library in the supervisor's memory."""

import asyncio

from services.local.ports import LOOPBACK

ANSWER_WITHIN_S = 2.0


async def answers_ready(port: int, path: str = "/health/ready") -> bool:
    """Tell whether a GET of *path* on the port of loopback is answered with 200."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return await _status(port, path) == b"200"
    except (OSError, TimeoutError, IndexError, asyncio.IncompleteReadError):
        return False


async def _status(port: int, path: str) -> bytes:
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {LOOPBACK}:{port}\r\nConnection: close\r\n\r\n".encode())
        return (await reader.readline()).split()[1]
    finally:
        writer.close()
