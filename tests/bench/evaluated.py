"""What cards rest on, in the journal: who leads and belongs where, targets, reports and ratings of some units."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import asyncpg

from services.kit.postgres import Connection
from services.scoring.domain.record import DIRECTORY_PARTITION, read_record
from services.scoring.folding.journal_copy import copy_rows, row_of
from services.scoring.folding.placing import Placing
from tests.bench.population import Population, employee_id, parent_of, unit_code

MONTHS = ("2026-10", "2026-11")
_MS = 1_796_100_000_000
_CHAIN = bytes(32)

Event = dict[str, Any]


async def add_evaluated(
    connection: asyncpg.Connection, population: Population, units: Iterable[int], parts: int
) -> None:
    """Append to the journal the assignments and results of everybody in *units*."""
    await append(connection, _events(population, list(units)), parts)


async def append(connection: Connection, events: Iterable[Event], parts: int) -> None:
    """Append events to the journal, after what it holds."""
    placing, rows = Placing(parts), defaultdict(list)
    offsets = {row["partition"]: row["next_offset"] for row in await connection.fetch("TABLE consumer_offset")}
    for event in events:
        directory = event["type"] in ("assignment.started.v1", "day.closed.v1")
        partition = DIRECTORY_PARTITION if directory else placing.partition(event["subject"].partition(":")[2])
        offset = offsets[partition]
        offsets[partition] += 1
        record = read_record(partition, offset, _MS, json.dumps(event, separators=(",", ":")).encode())
        if record.fault is not None:
            raise RuntimeError(record.fault)
        rows[partition].append(row_of(record, _CHAIN, duplicate=False))
    for listed in rows.values():
        await copy_rows(connection, listed)
    for partition, offset in offsets.items():
        await connection.execute("UPDATE consumer_offset SET next_offset = $2 WHERE partition = $1", partition, offset)


def _events(population: Population, units: list[int]) -> Iterator[Event]:
    """Yield whose card is asked about, and those who lead the units above them."""
    for unit in units:
        yield from members(population, unit)
    for above in sorted({place for unit in units for place in _walk(unit)} - set(units)):
        for person in population.members(above)[:1]:
            yield _assigned(person, above, head=True)


def members(population: Population, unit: int) -> Iterator[Event]:
    """Yield assignments and results of everybody in a unit."""
    people = population.members(unit)
    for person in people:
        yield _assigned(person, unit, head=person == people[0])
        yield from _evaluated(person, people[0])


def _walk(unit: int) -> Iterator[int]:
    place: int | None = unit
    while place is not None:
        yield place
        place = parent_of(place)


def _assigned(person: int, unit: int, *, head: bool) -> Event:
    data = {"unit": unit_code(unit), "position": "pelaksana", "head": head, "basis": "definitive"}
    return _event("assignment.started.v1", person, 0, "2026-01-01", data | {"effective_from": "2026-01-01"})


def _evaluated(person: int, head: int) -> Iterator[Event]:
    for number, month in enumerate(MONTHS):
        for code in ("surat", "arsip", "laporan"):
            target = {"indicator": code, "name": code, "period": month, "target": "40", "direction": "higher"}
            yield _event("result.targeted.v1", person, f"{number}-{code}", f"{month}-01", target | {"class": "utama"})
            report = {"indicator": code, "period": month, "realised": str(32 + person % 11)}
            moment = {"as_at": f"{month}-28T08:00:00+07:00", "factors": ["sdm"] if person % 3 else []}
            yield _event("result.reported.v1", person, f"{number}-{code}", f"{month}-28", report | moment)
        rating = {"rater": employee_id(head), "relation": "supervisor", "period": month, "result": "meets"}
        yield _event("rating.given.v1", person, number, f"{month}-28", rating | {"behaviours": {"akuntabel": "meets"}})


def _event(kind: str, person: int, number: object, day: str, data: Event) -> Event:
    head = {"specversion": "1.0", "id": f"{kind}-{person}-{number}", "source": "simpeg", "type": kind}
    return head | {"subject": f"employee:{employee_id(person)}", "time": f"{day}T08:00:00+07:00", "data": data}
