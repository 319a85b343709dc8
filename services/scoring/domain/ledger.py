"""
What the journal's rows prove: that they are the records that were chained, and what differs where they are not.

Rows come as the journal stores them and records as Kafka has them; nothing here reads either.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from services.scoring.domain.journal_row import EPOCH_MS, KEYS, NAMES, NO_EVENT, SEALED, Row, Stored, moment_of
from services.scoring.domain.record import Record, chained, identity_of, is_for_later, read_record

_KEYS = slice(NAMES.index(KEYS[0]), NAMES.index(KEYS[-1]) + 1)


class Kind(StrEnum):
    """What happened to a record, as far as the journal shows."""

    ALTERED = "altered"
    MISSING = "missing"
    INSERTED = "inserted"
    HEAD = "head"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong in a partition: records *offset* to *last*, and which columns differ."""

    partition: int
    offset: int
    last: int
    kind: Kind
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """How far a partition is folded, and the hash of its last record, as the fence keeps them."""

    partition: int
    next_offset: int
    chain: bytes


class Logged(NamedTuple):
    """A record as Kafka has it."""

    milliseconds: int
    payload: bytes | None


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Records of one partition by offset: all that Kafka holds of the rows examined, from *begin* to before *end*."""

    begin: int
    end: int
    records: Mapping[int, Logged]

    def covers(self, offset: int) -> bool:
        """Say whether Kafka would have to have this record. What it has deleted and what it lost looks alike."""
        return offset >= self.begin


def duplicates(rows: Sequence[Stored]) -> list[bytes]:
    """Return the identities of rows that claim to be duplicates; their originals are to be looked up."""
    return [row[6] for row in rows if row[4] and row[6] is not None]


class Walk:
    """
    The examination of one partition, row after row in the order of their offsets, in constant memory.

    *linked_only*: duplicates whose bytes nobody could see; their stored hash is taken as the next link. *set_aside*:
    records that count for nothing because of their fault; *later*: because a newer version has to fold them. *wrong*:
    how many findings there are.

    *refolded*: by offset the fault that a row had until its record was taken in.
    """

    def __init__(self, head: Head, refolded: Mapping[int, str] | None = None) -> None:
        self.head = head
        self._refolded = refolded or {}
        self.rows = self.compared = self.linked_only = self.set_aside = self.later = self.wrong = 0
        self.first: Finding | None = None
        self._next = 0
        self._links: tuple[bytes, ...] = (b"",)
        self._digest = hashlib.sha256()

    def evidence(self) -> tuple[bytes, bytes]:
        """
        Return the hash of the last record and a digest of what all rows so far store.

        The chain alone cannot speak for rows before a duplicate, whose bytes are not in the journal; the digest can.
        """
        return self._links[0] if self._links else b"", self._digest.digest()

    def take(self, rows: Sequence[Stored], log: Excerpt | None, originals: Mapping[bytes, int]) -> None:
        """
        Examine the next rows. *log* is None when Kafka cannot be asked.

        *originals*: by identity the offset of the row that is no duplicate, for all `duplicates(rows)`.
        """
        kept = []
        for stored in rows:
            if self._passes(stored, log):
                kept.append(stored[3])
                continue
            row = Row.of(stored)
            kept.append(_kept(row, self._refolded.get(row.offset)))
            if self._is_in_place(row.offset):
                self._examine(row, log, originals)
        self.rows += len(rows)
        self._digest.update(b"".join(kept))

    def finish(self) -> None:
        """Compare the end of the rows with what the fence says."""
        head = self.head
        if self._next < head.next_offset:
            self._found(Kind.MISSING, self._next, last=head.next_offset - 1)
        elif self._links and head.chain not in self._links:
            self._found(Kind.HEAD, head.next_offset - 1, ("chain",))

    def _passes(self, row: Stored, log: Excerpt | None) -> bool:
        """Say whether nothing is wrong with an ordinary row; if something may be, `_examine` finds out what."""
        offset, moment, payload, chain, duplicate, fault = row[:6]
        if (
            duplicate
            or fault is not None
            or offset != self._next
            or offset >= self.head.next_offset
            or len(self._links) != 1
        ):
            return False
        if offset in self._refolded:
            return False
        microseconds = int.from_bytes(moment, signed=True)
        milliseconds = microseconds // 1000 + EPOCH_MS
        if (
            milliseconds < 0
            or microseconds % 1000
            or (log is not None and log.records.get(offset) != (milliseconds, payload))
        ):
            return False
        record = read_record(self.head.partition, offset, milliseconds, payload)
        if record.event is None or _columns(record) != row[6:] or chained(self._links[0], record) != chain:
            return False
        self._next, self._links = offset + 1, (chain,)
        self.compared += log is not None
        return True

    def _is_in_place(self, offset: int) -> bool:
        wanted = min(offset, self.head.next_offset)
        if self._next < wanted:
            self._found(Kind.MISSING, self._next, last=wanted - 1)
            self._next, self._links = wanted, ()
        if offset != self._next or offset >= self.head.next_offset:
            self._found(Kind.INSERTED, offset)
            return False
        self._next = offset + 1
        return True

    def _examine(self, row: Row, log: Excerpt | None, originals: Mapping[bytes, int]) -> None:
        logged = None
        if log is not None and log.covers(row.offset):
            logged = log.records.get(row.offset)
            if logged is None:
                self._found(Kind.INSERTED, row.offset)
                self._links = (*self._links, row.chain)
                return
            self.compared += 1
        differs = _unlike_log(row, logged) + self._unlike_itself(row, logged) + self._misflagged(row, originals)
        if differs:
            self._found(Kind.ALTERED, row.offset, tuple(dict.fromkeys(differs)))

    def _unlike_itself(self, row: Row, logged: Logged | None) -> tuple[str, ...]:
        """Compare hash and columns with the record: as Kafka has it if it has, so that only what is wrong differs."""
        if row.duplicate and row.payload is None and logged is None:
            self.linked_only += 1
            self._links = (row.chain,)
            return ()
        milliseconds, payload = logged or (row.milliseconds, row.payload)
        if milliseconds < 0:  # no log ever said so, and no hash was taken of it
            self._links = (row.chain,)
            return ("recorded_at",)
        record = read_record(self.head.partition, row.offset, milliseconds, payload)
        differs = self._unchained(row, record)
        differs += () if moment_of(milliseconds) == row.moment else ("recorded_at",)
        self.later += is_for_later(row.fault)
        self.set_aside += row.fault is not None and not is_for_later(row.fault)
        if row.fault is not None and record.fault is None:
            return differs + _unlike_set_aside(row, record)
        return differs + _unlike_read(row, record)

    def _unchained(self, row: Row, record: Record) -> tuple[str, ...]:
        """Follow the chain; after a row that contradicts itself either of its hashes may be the true one."""
        reached = [chained(link, record) for link in self._links] or [row.chain]
        if row.chain in reached:
            self._links = (row.chain,)
            return ()
        self._links = (row.chain, *reached[:1])
        return ("chain",)

    def _misflagged(self, row: Row, originals: Mapping[bytes, int]) -> tuple[str, ...]:
        """A duplicate repeats an earlier record; one taken in afterwards perhaps one that came later."""
        if not row.duplicate:
            return ()
        original = originals.get(row.columns[0])
        known = original is not None and (original < row.offset or row.offset in self._refolded)
        return () if known and row.payload is None else ("duplicate",)

    def _found(self, kind: Kind, offset: int, differs: tuple[str, ...] = (), *, last: int | None = None) -> None:
        self.wrong += 1
        if self.first is None:
            self.first = Finding(self.head.partition, offset, offset if last is None else last, kind, differs)


def _unlike_log(row: Row, logged: Logged | None) -> tuple[str, ...]:
    return ("payload",) if logged is not None and not row.duplicate and row.payload != logged.payload else ()


def _unlike_read(row: Row, record: Record) -> tuple[str, ...]:
    expected = _columns(record)
    if row.duplicate:  # nothing finds it by its keys: they stay unsaid where a version before had none
        found = row.columns[_KEYS]
        keys = (None if one is None else other for one, other in zip(found, expected[_KEYS], strict=True))
        expected = (*expected[: _KEYS.start], *keys, *expected[_KEYS.stop :])
    differs = () if row.columns == expected else _named(row.columns, expected)
    return differs if (row.fault is None) == (record.fault is None) else (*differs, "fault")


def _unlike_set_aside(row: Row, record: Record) -> tuple[str, ...]:
    """A record that broke the fold is no event to the journal; its keys may stand, nothing finds it by them."""
    keys = row.columns[_KEYS]
    kept = keys if any(key is not None for key in keys) else ()
    expected = (None, None, None, *(_columns(record)[_KEYS] if kept else keys), None, None)
    return () if row.columns == expected else _named(row.columns, expected)


def _columns(record: Record) -> tuple[Any, ...]:
    event, keys = record.event, record.keys
    if event is None:
        return NO_EVENT
    target = event.voids
    voids = (identity_of(target[2], target[3]), target[0]) if target else (None, None)
    return (record.identity, event.type, event.subject, *(getattr(keys, name) for name in KEYS), *voids)


def _named(found: tuple[Any, ...], expected: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(name for name, one, other in zip(NAMES, found, expected, strict=True) if one != other)


def _kept(row: Row, fault_before: str | None) -> bytes:
    """
    The hash speaks for all that was examined; of a duplicate and of a fault the journal has nothing but the row.

    A record taken in afterwards is kept as what it was before, so that no seal is broken by it.
    """
    if fault_before is not None:
        texts: tuple[object, ...] = (row.moment.hex(), False, fault_before, *(NO_EVENT[place] for place in SEALED))
    elif row.duplicate or row.fault is not None:
        texts = (row.moment.hex(), row.duplicate, row.fault, *(row.columns[place] for place in SEALED))
    else:
        return row.chain
    return b"\x1f".join([row.chain, *(str(text).encode("utf-8", "surrogatepass") for text in texts)])
