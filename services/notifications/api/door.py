"""What every route needs: who asks, and a connection or a clear word that there is none."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, Query, Request

from schemas.rights import ACKNOWLEDGE, ACT, READ_NOTIFICATIONS, SET_PREFERENCES
from services.kit.failures import or_database_unavailable
from services.kit.guards import Granted, holder_of
from services.kit.postgres import Connection, transaction
from services.kit.problems import SCHEMA

LARGEST_NUMBER = 2**63 - 1
ANSWER_WITHIN_S = 5

Reader = Annotated[Granted, Depends(holder_of(READ_NOTIFICATIONS))]
Acknowledger = Annotated[Granted, Depends(holder_of(ACKNOWLEDGE))]
Actor = Annotated[Granted, Depends(holder_of(ACT))]
Setter = Annotated[Granted, Depends(holder_of(SET_PREFERENCES))]
After = Annotated[int | None, Query(ge=1, le=LARGEST_NUMBER, description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=1000, description="Most entries of a page.")]
PROBLEM: dict[str, Any] = {"content": {"application/problem+json": {"schema": SCHEMA}}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI of error answers."""
    return {status: {"description": "What is wrong and how to mend it.", **PROBLEM} for status in statuses}


@asynccontextmanager
async def database(request: Request) -> AsyncIterator[Connection]:
    """Lend a connection in a transaction. Raises Unavailable when the database is away or slow."""
    with or_database_unavailable():
        async with asyncio.timeout(ANSWER_WITHIN_S), transaction(request.app.state.pool) as conn:
            yield conn
