"""
The frame around every process of `kinerja`: what it does not take from its surroundings, and how it ends when it fails.

Standard library only, since every subcommand passes through it before it has imported anything.
"""

import contextlib
import io
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from services.kit.errors import UserError

FAILED = 1
_FOREIGN = "PG"
"""A DSN is a whole address: what the environment says for other PostgreSQL clients would only alter it."""


@contextmanager
def framed() -> Iterator[None]:
    """Run a process in the block; a failure becomes a sentence on standard error and exit status 1, no stack trace."""
    for name in [name for name in os.environ if name.startswith(_FOREIGN)]:
        del os.environ[name]
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without our characters is no reason to fail
    try:
        yield
    except Exception as exc:
        print(f"kinerja: {told(exc)}", file=sys.stderr)
        sys.exit(FAILED)


def told(exc: Exception) -> str:
    """Say what went wrong: the sentence meant for the user, or where the details of what nobody foresaw are."""
    foreseen = _user_error(exc)
    return str(foreseen) if foreseen else f"{_kind(exc)}. {kept(exc)}"


def _user_error(exc: BaseException) -> UserError | None:
    if isinstance(exc, BaseExceptionGroup):
        return next(filter(None, map(_user_error, exc.exceptions)), None)
    return exc if isinstance(exc, UserError) else None


def _kind(exc: BaseException) -> str:
    while isinstance(exc, BaseExceptionGroup):
        exc = exc.exceptions[0]
    said = (str(exc).strip().splitlines() or [""])[0][:200].rstrip(".")
    return f"This failed in a way that was not foreseen ({type(exc).__name__}{': ' if said else ''}{said})"


def kept(exc: BaseException) -> str:
    """Keep the stack trace where a developer finds it, and say where: in the process's log, else in a file."""
    structlog = sys.modules.get("structlog")
    if structlog is not None and structlog.is_configured():
        structlog.get_logger().error("process.failed", exc_info=exc)
        return "The log has the details."
    with contextlib.suppress(OSError), _new_file() as file:
        traceback.print_exception(exc, file=file)
        return f"The details are in {file.name}."
    return "The details could not be kept: no folder for temporary files can be written."


def _new_file() -> "tempfile._TemporaryFileWrapper[str]":
    return tempfile.NamedTemporaryFile("w", prefix="kinerja-", suffix=".log", delete=False, encoding="utf-8")
