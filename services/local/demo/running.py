"""`kinerja up --demo`: load what is missing, show the table, then let today trickle until stopped."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from services.kit.calling import open_client
from services.local.addresses import Addresses
from services.local.console import say
from services.local.demo.feed import Feed, Progress, read_progress, write_progress
from services.local.demo.live import follow, jakarta_now
from services.local.demo.loading import close, load
from services.local.demo.noticing import alerted, introduce, mailed
from services.local.demo.reporting import LoadReport
from services.local.demo.sending import Sender
from services.local.demo.shape import SEED
from services.local.demo.table import read_rows, show
from services.local.demo.wire import second, second_of

KEPT_AS = "demo.json"
ANSWER_WITHIN_S = 30.0
_KEEP_EVERY_S = 20
_PIPE_WIDTH = 120


@dataclass(frozen=True, slots=True)
class Doors:
    """Connections to a running instance."""

    sender: Sender
    scoring: httpx.AsyncClient
    notifications: httpx.AsyncClient


async def run(addresses: Addresses | Mapping[str, Any], data_dir: Path | None = None, seed: int = SEED) -> None:
    """
    Load, show the table, and follow until cancelled.

    *addresses* is what the ready file holds. The progress is kept in *data_dir*, by default the folder that has the
    mails; a later start in the same folder sends only what has come since.
    """
    where = addresses if isinstance(addresses, Addresses) else _read_addresses(addresses)
    path = (data_dir or Path(where.mail).parent) / KEPT_AS
    now = jakarta_now()
    progress = read_progress(path, now.date(), seed)
    write_progress(path, progress)
    feed = await asyncio.to_thread(Feed, progress)  # passes over a year of what has been sent
    async with _open(where) as doors:
        progress = await _catch_up(doors, feed, progress, now, Path(where.mail))
        write_progress(path, progress)
        await _show(doors, where)
        say("today's events keep coming; watch the figures move.")
        await follow(doors.sender, feed, jakarta_now, _Keeper(path, progress).sent)


async def _catch_up(doors: Doors, feed: Feed, progress: Progress, now: datetime, mail: Path) -> Progress:
    """Send everything up to *now*: facts first, closings once they are folded. Return the new progress."""
    until = second_of(now)
    began = second(feed.story.first, 0)
    with LoadReport(max(progress.sent_until, began), until, again=progress.sent_until > 0) as report:
        await load(doors.sender, doors.scoring, feed, until, report.sent)
        report.folded(doors.sender.accepted)
        if progress.sent_until == 0:
            await introduce(doors.notifications, feed.story.seed)
        report.closed(await close(doors.sender, doors.scoring, feed, until))
        if await alerted(doors.notifications):
            await mailed(mail)
    return replace(progress, sent_until=until)


async def _show(doors: Doors, addresses: Addresses) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=_PIPE_WIDTH)
    now = jakarta_now()
    rows = await read_rows(doors.scoring, now.date())
    show(console, rows, await alerted(doors.notifications, within_s=0), addresses, now)


@asynccontextmanager
async def _open(addresses: Addresses) -> AsyncIterator[Doors]:
    source, reader = addresses.tokens["source"], addresses.tokens["hr"]
    async with AsyncExitStack() as stack:
        ingest, scoring, notifications = [
            await stack.enter_async_context(open_client(url, token, timeout_s=ANSWER_WITHIN_S))
            for url, token in (
                (addresses.ingest, source),
                (addresses.scoring, reader),
                (addresses.notifications, reader),
            )
        ]
        yield Doors(Sender(ingest), scoring, notifications)


def _read_addresses(told: Mapping[str, Any]) -> Addresses:
    return Addresses(**{field.name: told[field.name] for field in fields(Addresses)})


class _Keeper:
    """Writes the progress down now and then while following."""

    def __init__(self, path: Path, progress: Progress) -> None:
        self._path, self._progress = path, progress

    def sent(self, until: int) -> None:
        """Hear that all up to the second *until* is sent."""
        if until - self._progress.sent_until >= _KEEP_EVERY_S:
            self._progress = replace(self._progress, sent_until=until)
            write_progress(self._path, self._progress)
