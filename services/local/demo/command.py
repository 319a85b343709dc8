"""`kinerja demo generate`: the demonstration's events as NDJSON."""

import os
import sys
from collections.abc import Iterable
from contextlib import nullcontext
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

import orjson

from services.kit.errors import UserError
from services.local.demo.history import generate
from services.local.demo.live import jakarta_now
from services.local.demo.shape import SEED


def write_events(today: date | None = None, seed: int | None = None, out: Path | None = None) -> int:
    """
    Write thirteen months up to *today*, one upstream event a line, to *out* or standard output; return their number.

    Of this very day only what has happened by now is written, of another the whole day. Returns 0 if the reader left.

    Raises:
        UserError: the day is out of range, or *out* cannot be written.
    """
    now = jakarta_now()
    day = today or now.date()
    if not 1990 <= day.year <= 2100:
        raise UserError(f"--today {day} is outside 1990..2100.")
    try:
        with out.open("wb") if out else nullcontext(sys.stdout.buffer) as file:
            return _write(file, generate(day, SEED if seed is None else seed, _until(day, now)))
    except BrokenPipeError:  # whoever read it, like `head`, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as exc:
        raise UserError(f"--out {out or 'standard output'} cannot be written: {exc.strerror}.") from exc


def _write(file: IO[bytes], events: Iterable[dict[str, Any]]) -> int:
    count = 0
    for told in events:
        file.write(orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE))
        count += 1
    return count


def _until(day: date, now: datetime) -> datetime | None:
    return now if day == now.date() else None
