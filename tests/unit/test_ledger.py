"""The examination of the journal as a pure function: whatever is tampered with, the first record touched is named."""

from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.domain.journal_row import NAMES, moment_of
from services.scoring.domain.ledger import Excerpt, Finding, Head, Kind, Logged, Walk, duplicates
from services.scoring.domain.record import chained, identity_of, read_record
from services.scoring.ledger.output import sentence
from services.scoring.terminal import number
from tests.support.event_builders import event, punch

BEGIN_MS = 1_774_000_000_000
PART = 3
_VOIDS, _KEY = 6 + NAMES.index("voids"), 6 + NAMES.index("key")
Stored = list[Any]


def _log(size: int) -> list[Logged]:
    """Punches of some people; each fifth record repeats one that came before, and the last is garbage."""
    values: list[bytes] = []
    for index in range(size):
        sent = punch(f"E{index % 4}", f"2026-03-02T07:{index % 60:02}:00+07:00") | {"id": f"p-{index}"}
        values.append(values[index - 3] if index % 5 == 4 else orjson.dumps(sent))
    return [Logged(BEGIN_MS + index, value) for index, value in enumerate([*values, b"\xff garbage"])]


def _journal(log: Sequence[Logged]) -> tuple[list[Stored], Head]:
    """The rows as the fold would have written them."""
    chain, known, rows = b"", set(), []
    for offset, logged in enumerate(log):
        record = read_record(PART, offset, logged.milliseconds, logged.payload)
        chain = chained(chain, record)
        duplicate = record.identity is not None and record.identity in known
        known.add(record.identity)
        named = record.event
        columns = [record.identity, named and named.type, named and named.subject, record.keys.day]
        payload = None if duplicate else logged.payload
        rows.append(
            [offset, moment_of(logged.milliseconds), payload, chain, duplicate, record.fault, *columns, *[None] * 6]
        )
    return rows, Head(PART, len(rows), chain)


def _examined(rows: Sequence[Stored], head: Head, log: Sequence[Logged] | None = None, step: int = 4) -> Walk:
    originals = {row[6]: row[0] for row in reversed(rows) if not row[4] and row[6] is not None}
    walk = Walk(head)
    excerpt = Excerpt(0, len(log), dict(enumerate(log))) if log is not None else None
    for place in range(0, len(rows), step):
        piece = [tuple(row) for row in rows[place : place + step]]
        walk.take(piece, excerpt, {name: originals[name] for name in duplicates(piece) if name in originals})
    walk.finish()
    return walk


@given(st.integers(0, 40), st.integers(1, 50))
@settings(max_examples=30, deadline=None)
def test_what_the_fold_wrote_is_sound_however_it_is_cut(size: int, step: int) -> None:
    """Beside the log and alone, and what is sealed does not depend on the size of the steps."""
    log = _log(size)
    rows, head = _journal(log)
    alone, beside = _examined(rows, head, step=step), _examined(rows, head, log, step)

    assert (alone.first, beside.first) == (None, None)
    assert (alone.linked_only, beside.compared) == (sum(row[4] for row in rows), len(rows))
    assert alone.evidence() == _examined(rows, head).evidence() == beside.evidence()


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_the_first_record_touched_is_named(data: st.DataObject) -> None:
    """Any single bit of bytes, time or hash of any row that holds its bytes; alone as well as beside the log."""
    log = _log(24)
    rows, head = _journal(log)
    row = data.draw(st.sampled_from([row for row in rows if not row[4]]))
    field = data.draw(st.sampled_from([1, 2, 3]))
    place = data.draw(st.integers(0, len(row[field]) - 1))
    changed = bytearray(row[field])
    changed[place] ^= 1 << data.draw(st.integers(0, 7))
    row[field] = bytes(changed)

    for walk in (_examined(rows, head), _examined(rows, head, log)):
        assert walk.first is not None
        assert (walk.first.offset, walk.first.kind, walk.wrong) == (row[0], Kind.ALTERED, 1)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_tampering_at_several_places_names_the_first(data: st.DataObject) -> None:
    """Whatever is done further on."""
    log = _log(24)
    rows, head = _journal(log)
    offsets = data.draw(st.lists(st.sampled_from([row[0] for row in rows if not row[4]]), min_size=1, unique=True))
    for offset in offsets:
        rows[offset][7:9] = ["another.type.v1", "unit:other"]

    walk = _examined(rows, head, log if data.draw(st.booleans()) else None)

    assert walk.first is not None
    assert (walk.first.offset, walk.wrong) == (min(offsets), len(offsets))


@given(st.integers(0, 24), st.booleans())
@settings(max_examples=30, deadline=None)
def test_a_row_taken_out_is_missing(offset: int, beside: bool) -> None:
    """First, last or in between; later duplicates of it may be blamed after it."""
    log = _log(24)
    rows, head = _journal(log)
    del rows[offset]

    assert _examined(rows, head, log if beside else None).first == Finding(PART, offset, offset, Kind.MISSING)


def test_only_the_log_unmasks_an_event_disguised_as_a_duplicate() -> None:
    """The journal alone cannot: a duplicate's bytes are not in it. This is what seals and the log are for."""
    log = _log(24)
    rows, head = _journal(log)
    rows[10][2], rows[10][4], rows[10][6] = None, True, rows[0][6]

    assert _examined(rows, head).first is None
    assert _examined(rows, head).evidence()[1] != _examined(*_journal(log)).evidence()[1]
    walk = _examined(rows, head, log)
    assert walk.first is not None
    assert walk.first.offset == 10


def test_a_record_set_aside_by_the_fold_is_counted_and_not_blamed() -> None:
    """It is sound by itself, as one that cannot be read is not; neither counts, so people should look at both."""
    log = _log(6)
    rows, head = _journal(log)
    rows[5][5:9] = ["KeyError: 'x'", None, None, None]

    walk = _examined(rows, head, log)

    assert (walk.first, walk.set_aside) == (None, 2)


def test_kafka_deleting_old_records_is_no_tampering() -> None:
    """What Kafka no longer has is examined by itself."""
    log = _log(12)
    rows, head = _journal(log)
    walk = Walk(head)
    walk.take(
        [tuple(row) for row in rows], Excerpt(5, 13, dict(list(enumerate(log))[5:])), {rows[1][6]: 1, rows[6][6]: 6}
    )
    walk.finish()

    assert (walk.first, walk.compared) == (None, 8)


def test_void_columns_are_held_to_the_payload() -> None:
    """By them a void finds its target."""
    target = {"type": "attendance.punched.v1", "source": "hr", "id": "e-1"}
    sent = event("event.voided.v1", "employee:E1", {"voided": target, "reason": "wrong"})
    log = [Logged(BEGIN_MS, orjson.dumps(sent))]
    rows, head = _journal(log)
    rows[0][_VOIDS : _VOIDS + 2] = [identity_of("hr", "e-1"), "attendance.punched.v1"]
    assert _examined(rows, head, log).first is None

    rows[0][_VOIDS] = identity_of("hr", "e-2")
    assert _examined(rows, head, log).first == Finding(PART, 0, 0, Kind.ALTERED, ("voids",))


@pytest.mark.parametrize(
    ("finding", "said"),
    [
        (Finding(3, 120, 120, Kind.MISSING), "events/3, rekaman 120: HILANG (missing)"),
        (Finding(-1, 7, 9, Kind.MISSING), "directory/0, rekaman 7–9: HILANG (missing)"),
        (
            Finding(0, 1, 1, Kind.ALTERED, ("payload", "subject", "day")),
            "events/0, rekaman 1: DIUBAH (altered): isinya berbeda dari log Kafka (bytes); "
            "kolom subject, day tidak sesuai isinya (column)",
        ),
    ],
)
def test_a_finding_is_one_sentence(finding: Finding, said: str) -> None:
    """Where, what, and how it shows, for somebody who does not know the tables."""
    assert sentence(finding) == said
    assert number(1234567) == "1.234.567"


def test_a_duplicate_keeps_the_keys_of_the_version_that_wrote_it() -> None:
    """Nothing is found by them; what the row says else is held to the log."""
    data = {"period": "2026-11", "indicator": "surat", "realised": "36", "as_at": "2026-11-30T15:00:00+07:00"}
    sent = orjson.dumps(event("result.reported.v1", "employee:E1", data))
    log = [Logged(BEGIN_MS + index, sent) for index in range(2)]
    rows, head = _journal(log)
    rows[0][_KEY] = "2026-11"
    assert rows[1][4]
    assert rows[1][_KEY] is None
    assert _examined(rows, head, log).first is None

    rows[1][_KEY] = "2026-12"
    assert _examined(rows, head, log).first == Finding(PART, 1, 1, Kind.ALTERED, ("key",))
