"""Reads a request body: bounded in bytes and time, while it streams in."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import Request
from starlette.requests import ClientDisconnect

from services.ingest.limits import Account
from services.kit.problems import Problem

_CLOSE = {"Connection": "close"}
DRAIN_BYTES, DRAIN_S = 67_108_864, 5.0
"""How much of a body that is too long is read and thrown away, so that its sender hears the answer and no reset."""


async def read_body(request: Request, account: Account, *, most: int, within_s: float) -> bytes:
    """
    Return the body, accounting for its bytes as they come.

    Raises a Problem: 413 beyond *most* bytes, 408 when it takes longer than *within_s*, 400 when it breaks off, 415
    when it is compressed.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise Problem(415, f"Send the body as it is, without Content-Encoding: {encoding[:32]}.")
    stream = request.stream()
    try:
        async with asyncio.timeout(within_s):
            if _declared(request) > most:
                raise await _too_long(stream, most)
            return await _collect(stream, account, most)
    except TimeoutError:
        raise Problem(408, f"The body did not arrive within {within_s:g} s; send it again.", headers=_CLOSE) from None
    except ClientDisconnect:
        raise Problem(400, "The body broke off before its end.", headers=_CLOSE) from None


def _declared(request: Request) -> int:
    declared = request.headers.get("content-length", "0")
    return int(declared) if declared.isascii() and declared.isdigit() else 0


async def _collect(stream: AsyncIterator[bytes], account: Account, most: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in stream:
        size += len(chunk)
        if size > most:
            chunks.clear()
            raise await _too_long(stream, most)
        account.take(len(chunk))
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _too_long(stream: AsyncIterator[bytes], most: int) -> Problem:
    read = 0
    try:
        async with asyncio.timeout(DRAIN_S):
            async for chunk in stream:
                read += len(chunk)
                if read > DRAIN_BYTES:
                    break
    except TimeoutError:
        pass
    detail = f"The body is longer than {most:,} bytes; send the events in several requests."
    return Problem(413, detail, headers=_CLOSE)
