"""Exports over HTTP: a file at once, or every cell that is missing for it."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import IO, Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from schemas.rights import EXPORT
from services.kit.direct_route import DirectRoute
from services.kit.errors import Unavailable
from services.kit.guards import Granted, holder_of
from services.kit.problems import Problem
from services.scoring.api.export_shapes import FILE, REFUSED
from services.scoring.api.questions import AskedExport
from services.scoring.api.routes import answers_of
from services.scoring.api.shapes import PROBLEMS
from services.scoring.evaluation.periods import Period
from services.scoring.exports.sheets import MEDIA_TYPES
from services.scoring.reading.answers import Unknown
from services.scoring.reading.exports import Export, ExportQuestion, Exports, NotCovered, Written

log = structlog.get_logger()
router = APIRouter(prefix="/v1/exports", responses=PROBLEMS, route_class=DirectRoute)

Exporter = Annotated[Granted, Depends(holder_of(EXPORT))]
Which = Annotated[Export, Path(description="What the rows are.")]
_CHUNK = 65_536
_IN_MEMORY = 1_000_000
"""Bytes of a file that lie in memory; a larger one lies on the disk."""


class _Turns:
    """Exports are made one at a time in a process: each keeps a connection, and a core half busy."""

    def __init__(self, most: int) -> None:
        self._turn, self._most, self._waiting = asyncio.Semaphore(1), most, 0

    @contextmanager
    def queued(self) -> Iterator[asyncio.Semaphore]:
        """Lend the turn to wait for. Raises Unavailable when too many wait."""
        if self._waiting >= self._most:
            raise Unavailable("Too many exports are being made right now; ask again in a minute.")
        self._waiting += 1
        try:
            yield self._turn
        finally:
            self._waiting -= 1


_TURNS = _Turns(most=5)


@router.get("/{export}", responses={200: FILE, 422: REFUSED}, response_class=Response)
async def export(
    request: Request, exporter: Exporter, export: Which, asked: Annotated[AskedExport, Query()]
) -> Response:
    """
    Give a file with a row for each person, or unit, of a tree, all of one position of the log.

    Each row carries the state and the SHA-256 of a receipt. One in which a required cell is missing is not given.
    """
    question = ExportQuestion(
        export, asked.unit, Period.of(asked.period), asked.format, exporter.principal.name, asked.purpose
    )
    answers = await answers_of(request, asked.at_least)
    exports = Exports(answers, request.app.state.pool, request.app.state.siasn)
    file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # closed when the last of it was sent
    try:
        with _TURNS.queued() as turn:
            async with turn:
                written = await exports.write(question, exporter.scope, file)
    except BaseException as exc:
        file.close()
        if isinstance(exc, Unknown):
            raise Problem(404, str(exc)) from exc
        if isinstance(exc, NotCovered):
            raise Problem(403, str(exc)) from exc
        raise
    if written.count_missing:
        file.close()
        raise _refusal(written)
    _tell(question, written)
    return _sent(question, file)


def _tell(question: ExportQuestion, written: Written) -> None:
    log.info(
        "export.given",
        export=question.export,
        unit=question.unit,
        period=question.period.text,
        reader=question.reader,
        purpose=question.purpose,
        rows=written.rows,
    )


def _refusal(written: Written) -> Problem:
    errors: list[dict[str, Any]] = [
        {
            "pointer": f"/rows/{each.row - 1}/{each.missing.column}",
            "detail": each.missing.detail,
            "row": each.row,
            "column": each.missing.column,
            "subject": each.subject,
        }
        for each in written.missing
    ]
    count = "One required cell is" if written.count_missing == 1 else f"{written.count_missing:,} required cells are"
    detail = f"{count} missing or without a code; `errors` says which. No file was given."
    return Problem(422, detail, errors=errors, missing=written.count_missing)


def _sent(question: ExportQuestion, file: IO[bytes]) -> Response:
    name = f"{question.export}-{question.unit}-{question.period.text}.{question.format}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "Content-Length": str(file.seek(0, 2)),
    }
    file.seek(0)
    return StreamingResponse(_chunks(file), headers=headers, media_type=MEDIA_TYPES[question.format])


async def _chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk
