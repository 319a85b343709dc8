"""Simulations as they are answered, in JSON or CSV, piece by piece: whatever the length, others get their turn."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from itertools import chain, islice

import orjson
from fastapi.responses import StreamingResponse

from services.scoring.evaluation.moves import MovedPerson
from services.scoring.evaluation.shapes import Shape
from services.scoring.reading.lab import Simulated
from services.scoring.reading.simulations import Job

JSON, CSV = "application/json", "text/csv"
_ROWS_AT_ONCE = 1_000
_HEADINGS = (
    "table",
    "key",
    "period",
    "group",
    "up",
    "down",
    "same",
    "appears",
    "goes",
    "before",
    "after",
)
_FORMULA = ("=", "+", "-", "@")
"""What spreadsheets take for the beginning of one."""


def answered(job: Job, accept: str) -> StreamingResponse:
    """Return the answer to a request that was waited for, as it is accepted."""
    assert job.result is not None
    kind = preferred(accept)
    pieces = _table(job.result) if kind == CSV else _whole(job.result)
    return _streamed(pieces, 200, kind, {})


def told(job: Job, status: int, accept: str, headers: dict[str, str]) -> StreamingResponse:
    """Return how far a large one is, with its result once it is done; in CSV the result alone."""
    if job.result is not None and preferred(accept) == CSV:
        return _streamed(_table(job.result), status, CSV, headers)
    head = orjson.dumps({"state": job.state, "done": job.done, "of": job.of})[:-1] + b',"result":'
    result = iter([b"null"]) if job.result is None else _whole(job.result)
    return _streamed(chain([head], result, [b"}"]), status, JSON, headers)


def preferred(accept: str) -> str:
    """Return which of JSON and CSV is wanted more; JSON where it makes no difference."""
    wanted = {JSON: 0.0, CSV: 0.0}
    for each in accept.split(","):
        kind, _, parameters = each.partition(";")
        if (name := kind.strip().lower()) in wanted:
            wanted[name] = _quality(parameters)
    return CSV if wanted[CSV] > wanted[JSON] else JSON


def _quality(parameters: str) -> float:
    for each in parameters.split(";"):
        name, _, value = each.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def _streamed(pieces: Iterable[bytes], status: int, kind: str, headers: dict[str, str]) -> StreamingResponse:
    async def each() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    headers = {"Vary": "Accept", **headers}
    return StreamingResponse(each(), status, headers, f"{kind}; charset=utf-8" if kind == CSV else kind)


def _whole(result: Simulated) -> Iterator[bytes]:
    yield orjson.dumps(result.shape)[:-1] + b',"people":'
    if result.people is None:
        yield b"null}"
        return
    before = b"["
    for rows in _parts(result.people):
        yield before + orjson.dumps([_person(row) for row in rows])[1:-1]
        before = b","
    yield b"]}" if before == b"," else b"[]}"


def _person(row: MovedPerson) -> Shape:
    return {
        "employee": row.employee,
        "period": row.period,
        "group": row.group,
        "before": row.before,
        "after": row.after,
    }


def _parts(rows: Iterable[MovedPerson]) -> Iterator[list[MovedPerson]]:
    left = iter(rows)
    while part := list(islice(left, _ROWS_AT_ONCE)):
        yield part


def _table(result: Simulated) -> Iterator[bytes]:
    """Yield CSV (RFC 4180) with a row for each figure of each table of the answer."""
    yield _lines([_HEADINGS])
    yield _lines(_summary(result.shape))
    for rows in _parts(result.people or ()):
        yield _lines(_row("people", each.employee, each._asdict()) for each in rows)


def _summary(shape: Shape) -> Iterator[Sequence[object]]:
    policy = shape["policy"]
    yield _row("policy", f"{policy['policy']} {policy['version']} {policy['sha256']}")
    for partition, offset in shape["position"].items():
        yield _row("position", f"{partition}:{offset}")
    yield _row("cases", shape["cases"])
    yield from _moves("moves", "", shape["moves"])
    for table in ("by_unit", "by_position", "by_pattern"):
        for key, moves in shape[table].items():
            yield from _moves(table, key, moves)
    for each in shape["warnings"]:
        clauses = {name: " ".join(each[name]) for name in ("appears", "goes")}
        yield _row("warnings", each["unit"], {"period": each["period"], **clauses})
    for code in shape["no_data"]:
        yield _row("no_data", code)


def _moves(table: str, key: str, moves: Shape) -> Iterator[Sequence[object]]:
    for group, counts in moves.items():
        yield _row(table, key, {"group": group, **counts})


def _row(table: str, key: object, columns: Shape | None = None) -> Sequence[object]:
    said = {"table": table, "key": key, **(columns or {})}
    return [_harmless(said.get(name)) for name in _HEADINGS]


def _harmless(value: object) -> object:
    """Return a text that no spreadsheet computes."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _lines(rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
