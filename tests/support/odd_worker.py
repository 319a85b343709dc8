"""
The real scoring worker in a consumer group of a test's own, with a weakness that the environment switches on.

KINERJA_ODD_BREAK: events whose id begins so raise in the fold. KINERJA_ODD_DECODER: so do records that hold this text,
in the decoder. KINERJA_ODD_FORGET: types that this worker does not know, apart by commas. KINERJA_ODD_BEFORE,
KINERJA_ODD_INSIDE: the process freezes once, as by SIGSTOP, when the event with this id is about to be folded, or is
folded and not committed.
"""

import os
import signal
from contextvars import ContextVar
from typing import Any

from asyncpg.transaction import Transaction

from services.scoring import main, worker
from services.scoring.domain import events, fact_types
from services.scoring.domain.record import Record

FORGET = [name for name in os.environ.get("KINERJA_ODD_FORGET", "").split(",") if name]
BREAK, DECODER = os.environ.get("KINERJA_ODD_BREAK"), os.environ.get("KINERJA_ODD_DECODER", "").encode()
_pauses = {name: os.environ.get(f"KINERJA_ODD_{name}") for name in ("BEFORE", "INSIDE")}
_drowsy = ContextVar("_drowsy", default=False)

_fold_records, _end_transaction = worker.Projector.fold_records, Transaction.__aexit__
_read_record = getattr(worker, "read_record")  # noqa: B009 - not exported; missed loudly when it moves


async def fold_records(self: worker.Projector, records: dict[int, list[Record]]) -> None:
    """Fold, unless a record is one that breaks us."""
    folded = [record for listed in records.values() for record in listed]
    if _has("BEFORE", folded):
        os.kill(os.getpid(), signal.SIGSTOP)
    if BREAK and any(record.event is not None and record.event.id.startswith(BREAK) for record in folded):
        raise RuntimeError("a bug in the fold that this event \x00 meets")
    token = _drowsy.set(_has("INSIDE", folded))
    try:
        await _fold_records(self, records)
    finally:
        _drowsy.reset(token)


async def end_transaction(self: Any, *exc: Any) -> None:
    """End a transaction, perhaps after falling asleep with everything written and nothing committed."""
    if _drowsy.get():
        os.kill(os.getpid(), signal.SIGSTOP)
    await _end_transaction(self, *exc)


def read_record(partition: int, offset: int, timestamp_ms: int, payload: bytes | None) -> Record:
    """Read a record, unless it is one that breaks us."""
    if DECODER and DECODER in (payload or b""):
        raise RuntimeError("a bug in the decoder")
    read: Record = _read_record(partition, offset, timestamp_ms, payload)
    return read


def _has(name: str, records: list[Record]) -> bool:
    """Whether the event that this pause waits for is among the records, for the first time."""
    found = _pauses[name] is not None and any(record.event and record.event.id == _pauses[name] for record in records)
    if found:
        _pauses[name] = None
    return found


if __name__ == "__main__":
    for forgotten in FORGET:
        del fact_types.FACTS[forgotten]
        del getattr(events, "_DECODERS")[forgotten]  # noqa: B009
    main.GROUP = os.environ["KINERJA_ODD_GROUP"]
    worker.Projector.fold_records = fold_records  # type: ignore[method-assign]
    setattr(Transaction, "__aexit__", end_transaction)  # noqa: B010
    setattr(worker, "read_record", read_record)  # noqa: B010
    main.run_worker()
