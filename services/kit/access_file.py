"""The access file, read again when it has changed: rights given and taken while the process runs."""

import time
from collections.abc import Callable
from pathlib import Path

import structlog

from services.kit import metrics
from services.kit.access_format import Access, read_access
from services.kit.errors import UserError

log = structlog.get_logger()

LOOK_EVERY_S = 1.0
"""A look reads the file, a few kilobytes: its times and number may stay the same when it is written in one moment."""


def _any(_: Access) -> None:
    return


class AccessFile:
    """
    The rights that the file at *path* gives; *check* raises UserError for what this service cannot use.

    Raises UserError when the first content is not usable. A later one that is not leaves those before it in force, is
    told once in the log, and in the metric for as long as it stays.
    """

    def __init__(
        self,
        path: Path,
        check: Callable[[Access], None] = _any,
        *,
        look_every_s: float = LOOK_EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path, self._check, self._every_s, self._clock = path, check, look_every_s, clock
        self._told = ""
        self._seen = _content(path)
        self._access = self._usable(self._seen)
        self._next = clock() + look_every_s

    def current(self) -> Access:
        """Return the rights in force, at most one look away from the file; between looks this costs nothing."""
        if self._clock() >= self._next:
            self._look()
            self._next = self._clock() + self._every_s
        return self._access

    def _look(self) -> None:
        try:
            content = _content(self._path)
            if content != self._seen:
                self._access = self._usable(content)
                self._seen = content
                log.info("access.changed", holders=len(self._access.tokens))
        except UserError as exc:
            if str(exc) != self._told:
                log.error("access.refused", reason=f"{exc} The rights before it stay in force.")
            self._told = str(exc)
            metrics.ACCESS_FILE_REFUSED.set(1)
        else:
            self._told = ""
            metrics.ACCESS_FILE_REFUSED.set(0)

    def _usable(self, content: bytes) -> Access:
        access = read_access(content, self._path)
        self._check(access)
        return access


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise UserError(f"The access file {path} (KINERJA_TOKENS_FILE) cannot be read: {exc.strerror}.") from exc
