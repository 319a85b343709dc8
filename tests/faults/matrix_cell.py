"""One cell: a history through a whole installation, one process of which is ended at a place and started again."""

import asyncio
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.armed import Armed
from tests.faults.matrix_bed import Bed, Site, settled
from tests.faults.matrix_history import History, is_answer, is_release, prelude
from tests.faults.matrix_points import Point
from tests.faults.matrix_processes import NAMES
from tests.faults.matrix_state import State, state_of
from tests.faults.matrix_verdict import Verdict, judge, judge_alerts
from tests.support.oracle import Event, Oracle

LAST_CHANCE_S = 2.0
"""How long a process may live on after all is at rest: the last places are passed after the last commit."""


@dataclass
class Cell:
    """What became of one cell. *broken* says why nothing could be compared."""

    point: Point
    seed: int
    seconds: float = 0.0
    verdict: Verdict = field(default_factory=Verdict)
    broken: str | None = None
    evidence: Path | None = None

    @property
    def arrival(self) -> int:
        """At which arrival the process was to end."""
        return self.point.arrival(self.seed)

    @property
    def failed(self) -> bool:
        """Whether something was lost or doubled, or the place was never reached."""
        return bool(self.broken or self.verdict.lost or self.verdict.doubled)


async def calm(bed: Bed, seed: int) -> State:
    """
    Run a history with nothing ended and return the end state, which is right.

    Raises AssertionError when even then it is not what the oracle says.
    """
    history = History(seed)
    async with bed.site() as site:
        for name in NAMES:
            site.processes.start(name)
        await _feed(site, history)
        verdict, state = await _judged(site, history)
    assert not verdict.lost, verdict.lost[:5]
    assert not verdict.doubled, verdict.doubled[:5]
    assert {"raised", "withdrawn"} <= {message for _, message, *_ in state.deliveries}, "the story raised no alert"
    assert len(state.mails) >= 4, "the story was told to nobody"
    return state


async def run_cell(bed: Bed, point: Point, seed: int, expected: State) -> Cell:
    """Run one cell; whatever happens in it is in what it returns."""
    cell, began = Cell(point, seed), time.monotonic()
    async with bed.site() as site:
        try:
            history = History(seed)
            await _run_and_end(site, history, point, cell.arrival)
            cell.verdict, state = await _judged(site, history)
            judge_alerts(cell.verdict, state, expected, resends=point.resends)
        except Exception as exc:
            cell.broken = _reason(exc)
        if cell.failed:
            cell.evidence = _kept(site, cell)
    cell.seconds = time.monotonic() - began
    return cell


async def _run_and_end(site: Site, history: History, point: Point, arrival: int) -> None:
    note = site.folder / "note"
    for name in NAMES:
        armed = Armed(point.name, arrival, note) if name == point.process else None
        site.processes.start(name, armed)
    async with asyncio.TaskGroup() as tasks:
        replacing = tasks.create_task(_replace(site, point, note, arrival))
        await _feed(site, history)
        await asyncio.wait([replacing], timeout=LAST_CHANCE_S)
        if not replacing.done():
            replacing.cancel()
            raise AssertionError(f"{point.name} was not reached {arrival} times")
    await settled(site, len(history.events))


async def _replace(site: Site, point: Point, note: Path, arrival: int) -> None:
    """Wait until the process has ended where it was to end, and start another in its place, as in production."""
    code = await site.processes.ended(point.process)
    assert code == -signal.SIGKILL, f"{point.process} ended with {code} before {point.name}"
    said = await asyncio.to_thread(note.read_text)
    assert said == f"{point.name} {arrival}", f"it was ended elsewhere: {said}"
    site.processes.start(point.process)


async def _feed(site: Site, history: History) -> None:
    """Send chapter after chapter, each once the one before has come to rest."""
    sent: set[tuple[str, str]] = set()
    for requests, clients in history.chapters():
        await site.upstream.send_all(requests, clients)
        sent |= {(event["source"], event["id"]) for request in requests for event in request if not is_answer(event)}
        closed = any(event in history.closings for request in requests for event in request)
        sent |= {(event["source"], event["id"]) for event in history.events if closed and is_release(event)}
        await settled(site, len(sent))


async def _judged(site: Site, history: History) -> tuple[Verdict, State]:
    oracle = Oracle([*directory_of_the_prelude(), *history.events])
    state = await state_of(site, oracle)
    return judge(state, history.events, oracle, site.upstream), state


def directory_of_the_prelude() -> list[Event]:
    """Of the prelude, what days after it depend on."""
    units, leaders, *_ = prelude()
    return [*units, *leaders]


def _reason(exc: BaseException) -> str:
    while isinstance(exc, BaseExceptionGroup):
        exc = exc.exceptions[0]
    return f"{type(exc).__name__}: {exc}"


def _kept(site: Site, cell: Cell) -> Path:
    """Keep the services' logs of a failed cell, with all that is wrong."""
    folder = site.folder.parent.with_name(f"{site.folder.parent.name}-{cell.point.name}-{cell.seed}")
    folder.mkdir(exist_ok=True)
    for log in site.processes.logs():
        if log.exists():
            (folder / log.name).write_bytes(log.read_bytes())
    wrong = [str(cell.broken), *cell.verdict.lost, *cell.verdict.doubled]
    (folder / "wrong.txt").write_text("\n".join(wrong), encoding="utf-8")
    return folder
