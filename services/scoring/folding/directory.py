"""
Folding the directory: who belongs where, and what a change of units, schedules or zones moves.

Runs alone, under the exclusive lock: no fact is folded meanwhile. So a fact was either committed before, and the stale
rows written here make its partition recompute it, or it begins after and reads the new directory.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.kit.postgres import Connection
from services.scoring.domain.changes import Changes, Span, changes, differing
from services.scoring.domain.directory import EVERYONE, Directory, code_of
from services.scoring.domain.events import Event, decode
from services.scoring.domain.facts import AssignmentStarted
from services.scoring.domain.record import DIRECTORY_PARTITION, Record
from services.scoring.folding.differences import RESYNC
from services.scoring.folding.journaling import Effects, Journaling, journal
from services.scoring.folding.people import breakpoints, memberships, put_spans, same_unit
from services.scoring.folding.placing import Placing
from services.scoring.projections.membership.rows import Membership, membership_of
from services.scoring.store import queries
from services.scoring.store.directory_state import DirectoryState

MOST_SPANS = 32
"""More moved spans of one unit than this are recomputed as one."""


async def fold_directory(
    conn: Connection, state: DirectoryState, placing: Placing, records: list[Record], journaling: Journaling = journal
) -> None:
    """Fold one batch of the directory's log in the caller's transaction. Raises Fenced."""
    await queries.lock_for_directory(conn)
    old = await state.current(conn)
    effects = await journaling(conn, {DIRECTORY_PARTITION: records})
    new = old.with_events(effects.added[DIRECTORY_PARTITION])
    found = changes(old, new, effects.added[DIRECTORY_PARTITION])
    moved = await _moved_people(conn, placing, effects)
    await _note_changed(conn, new, found)
    await _note_stale(conn, placing, found, moved, records[0].offset)
    await queries.notify_changed(conn, subjects=RESYNC)


async def _note_changed(conn: Connection, directory: Directory, found: Changes) -> None:
    """Note the unit-days to publish as spans; what everyone's is, also for units that are not registered (yet)."""
    shown = {unit: list(spans) for unit, spans in found.shown.items()}
    if everyone := shown.get(EVERYONE):
        for row in await queries.units_with_people(conn):
            if row["unit"] not in directory.codes:
                shown[row["unit"]] = [*shown.get(row["unit"], ()), *everyone]
    rows = [(unit, span) for unit, spans in sorted(shown.items()) for span in spans]
    if rows:
        units, firsts, lasts = zip(*((unit, span.first, span.last) for unit, span in rows), strict=True)
        await queries.add_spans_to_outbox(conn, units=units, firsts=firsts, lasts=lasts)


def _few(spans: list[Span]) -> list[Span]:
    return spans if len(spans) <= MOST_SPANS else [Span(spans[0].first, spans[-1].last)]


async def _moved_people(conn: Connection, placing: Placing, effects: Effects) -> list[tuple[str, Span]]:
    """Rewrite the memberships that the batch touches; return who has another unit, and on which days."""
    touched = {
        code_of(event.subject)
        for event in (*effects.added[DIRECTORY_PARTITION], *effects.gone[DIRECTORY_PARTITION])
        if isinstance(event.fact, AssignmentStarted)
    }
    if not touched:
        return []
    partitions = {employee: placing.partition(employee) for employee in sorted(touched)}
    before = await memberships(conn, partitions)
    after = await _assigned(conn, partitions)
    moved = {employee: after[employee] for employee in partitions if before[employee].spans != after[employee].spans}
    await queries.drop_membership(conn, employees=list(moved))
    spans = {employee: membership.spans for employee, membership in moved.items()}
    await put_spans(conn, queries.put_membership, partitions, spans)
    return [
        (employee, span.widened())
        for employee in moved
        for span in differing(
            breakpoints(before[employee], after[employee]), same_unit(before[employee], after[employee])
        )
    ]


async def _assigned(conn: Connection, employees: Iterable[str]) -> dict[str, Membership]:
    assignments: dict[str, list[Event]] = {employee: [] for employee in employees}
    for row in await queries.assignments(conn, subjects=[f"employee:{employee}" for employee in assignments]):
        event = decode(row["payload"])
        assignments[code_of(event.subject)].append(event)
    return {employee: membership_of(events) for employee, events in assignments.items()}


async def _note_stale(
    conn: Connection, placing: Placing, found: Changes, people: list[tuple[str, Span]], since: int
) -> None:
    """Note what is to be recomputed; units without people or facts need nothing but to be known by those above."""
    if found.restated:
        await queries.queue_descents(conn, codes=sorted(found.restated), since=since)
    await _note(conn, queries.queue_people, placing, people, since)
    await _note(conn, queries.queue_services, placing, list(_spans(found.rezoned)), since)
    units = {unit: spans for unit, spans in found.moved.items() if unit != EVERYONE}
    await _note(conn, queries.queue_members, placing, list(_spans(units)), since)
    if everyone := [span.widened() for span in _few(found.moved.get(EVERYONE, []))]:
        firsts, lasts = zip(*((span.first, span.last) for span in everyone), strict=True)
        partitions = list(placing.partitions)
        await queries.queue_everyone(conn, partitions=partitions, firsts=firsts, lasts=lasts, since=since)


async def _note(conn: Connection, query: Any, placing: Placing, moved: Sequence[tuple[str, Span]], since: int) -> None:
    if moved:
        codes, firsts, lasts = zip(*((code, span.first, span.last) for code, span in moved), strict=True)
        partitions = [placing.partition(code) for code in codes]
        await query(conn, partitions=partitions, codes=codes, firsts=firsts, lasts=lasts, since=since)


def _spans(moved: Mapping[str, list[Span]]) -> Iterable[tuple[str, Span]]:
    for unit, spans in sorted(moved.items()):
        for span in _few(spans):
            yield unit, span.widened()
