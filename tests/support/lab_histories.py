"""Random histories for the policy lab: a village with heads, targets, evaluations, and policies that come and go."""

import copy
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any

from schemas.evaluation import MATRIX
from schemas.fields import Level
from schemas.policy.identity import document_of
from schemas.policy.shipped import DEFAULT, shipped
from tests.support.event_builders import event
from tests.support.histories import VILLAGE, random_history
from tests.support.histories.choices import Choices, Seeded
from tests.support.oracle import Event
from tests.support.policy_events import Document, hash_of, proposed, published

PERIODS = ("2026-02", "2026-03", "2026-04")
QUARTERS = ("2026-Q1", "2026-Q2")
POSITIONS = ("Pelaksana", "Kasi", "=SUM(A1)")
CAPAIAN = ("istimewa", "baik", "butuh_perbaikan", "kurang", "sangat_kurang")
LEVELS: tuple[Level, ...] = ("below", "meets", "above")
BEFORE = "2026-01-02T08:00:00+07:00"
MONTH_ENDS = {"2026-02": date(2026, 2, 28), "2026-03": date(2026, 3, 31), "2026-04": date(2026, 4, 30)}
QUARTER_ENDS = {"2026-Q1": date(2026, 3, 31), "2026-Q2": date(2026, 6, 30)}
ENDS = MONTH_ENDS | QUARTER_ENDS


def lab_history(seed: int) -> tuple[list[Event], Document]:
    """A history with the proposal of a policy to try, which is in force nowhere."""
    choices = Seeded(seed)
    events = random_history(seed, 90, VILLAGE)
    events += [_led(choices) for _ in range(5)]
    events += [_closed(day) for day in range(1, 17)]
    for period in (*PERIODS, *QUARTERS):
        events += [each for _ in range(8) for each in _targeted(choices, period)]
        events += [_capaian(choices, period) for _ in range(8)]
        events += [each for _ in range(24) for each in _evaluated(choices, period)]
    for number in range(3):
        events += _in_force(choices, number)
    trial = a_document(choices, 99)
    return [proposed("*", trial, "2099-01-01", time=BEFORE), *events, *_voids(choices, events)], trial


def _led(choices: Choices) -> Event:
    data = {
        "unit": choices.one(VILLAGE.units),
        "position": choices.one(POSITIONS),
        "basis": choices.one(("definitive", "definitive", "delegate")),
        "effective_from": choices.one(("2026-01-01", "2026-03-10", "2026-04-02")),
        "head": True,
    }
    return event("assignment.started.v1", f"employee:{choices.one(VILLAGE.people)}", data, source="sk")


def _closed(day: int) -> Event:
    data = {"date": f"2026-03-{day:02}"}
    return event("day.closed.v1", "unit:*", data, id=f"c{day}", source="kinerja-closer")


def _targeted(choices: Choices, period: str) -> list[Event]:
    subject, code = f"employee:{choices.one(VILLAGE.people)}", choices.one(("i-1", "i-2", "i-3"))
    target: dict[str, Any] = {
        "indicator": code,
        "name": "Berkas",
        "period": period,
        "target": choices.one(("10", "7.5", "0")),
        "direction": choices.one(("higher", "lower")),
        "class": choices.one(("utama", "tambahan")),
        "maximum": bool(choices.between(0, 1)),
    }
    if not choices.between(0, 3):
        target |= {"direction": "range", "upper": "12", "maximum": False}
    report = {"indicator": code, "period": period, "realised": choices.one(("6", "9", "10", "11", "15"))}
    report["as_at"] = f"2026-03-{choices.between(1, 28):02}T08:00:00+07:00"
    made = [event("result.targeted.v1", subject, target)]
    return [*made, event("result.reported.v1", subject, report)] if choices.between(0, 3) else made


def _capaian(choices: Choices, period: str) -> Event:
    data = {"period": period, "capaian": choices.one(CAPAIAN), "setter": choices.one(VILLAGE.people), "reason": "rapat"}
    return event("capaian.set.v1", f"unit:{choices.one(VILLAGE.units)}", data)


def _evaluated(choices: Choices, period: str) -> list[Event]:
    """A predikat of somebody by anybody, perhaps with its document."""
    subject, levels = f"employee:{choices.one(VILLAGE.people)}", (choices.one(LEVELS), choices.one(LEVELS))
    moment = datetime.combine(ENDS[period], datetime.min.time(), timezone(timedelta(hours=7)))
    data = {
        "period": period,
        "rater": choices.one(VILLAGE.people),
        "hasil_kerja": levels[0],
        "perilaku": levels[1],
        "predikat": MATRIX[levels],
        "reason": "dinilai",
        "policy": {"policy": "percobaan", "version": 1, "sha256": "0" * 64},
    }
    time = moment + timedelta(days=choices.between(0, 3))
    return [event("predikat.set.v1", subject, data, time=time.isoformat())]


def _in_force(choices: Choices, number: int) -> list[Event]:
    whole = a_document(choices, number + 1)
    since = choices.one(("2026-02-01", "2026-03-01", "2026-03-15", "2026-04-01"))
    proposal = proposed(choices.one(("*", *VILLAGE.units)), whole, since, time=BEFORE)
    publication = published(proposal, hash_of(whole), time=choices.one((BEFORE, BEFORE, "2026-05-01T08:00:00+07:00")))
    return [proposal, publication]


def _voids(choices: Choices, events: Sequence[Event]) -> list[Event]:
    kinds = ("policy.published.v1", "result.targeted.v1", "result.reported.v1", "predikat.set.v1", "capaian.set.v1")
    targets = [each for each in events if each["type"] in kinds and not choices.between(0, 7)]
    return [
        event(
            "event.voided.v1",
            each["subject"],
            {"voided": {name: each[name] for name in ("type", "source", "id")}, "reason": "keliru"},
        )
        for each in targets
    ]


def whole_document(version: int) -> Document:
    """All of the shipped policy under a name of its own."""
    return copy.deepcopy(document_of(shipped()[DEFAULT])) | {"policy": "percobaan", "version": version}


def a_document(choices: Choices, version: int) -> Document:
    """A policy that little data is enough for, most of its numbers others than the shipped one's."""
    whole = whole_document(version)
    whole["min_coverage"] = choices.one(("1/10", "1/2", "1"))
    suggestion = whole["suggestion"]
    suggestion["levels"] = choices.one(
        ({"meets": 90, "above": 110}, {"meets": 50, "above": 99}, {"meets": 80, "above": 90})
    )
    suggestion |= {"most": choices.one(("1/2", "3/4")), "small_part": choices.one(("1/4", "0"))}
    suggestion["behaviour_ceiling"] = choices.one(("meets", "above"))
    whole["capaian_levels"]["baik"] = choices.one(("meets", "above"))
    for indicator in whole["indicators"]:
        indicator["weight"] = choices.one((1, 5, "2.5"))
        if "min_n" in indicator:
            indicator |= {"min_n": choices.one((1, 1, 2)), "optional": bool(choices.between(0, 1))}
        if not choices.between(0, 5):
            indicator["kinds"] = ["kelurahan"]
        elif not choices.between(0, 5) and indicator["for"] == "person":
            indicator["employees"] = list(VILLAGE.people[:3])
    named = copy.deepcopy(whole["indicators"][0]) | {"code": "khusus", "source": {"result": "i-2"}}
    return whole | {
        "indicators": [*whole["indicators"], *([named] if choices.between(0, 1) else [])],
        "distribution": choices.one((None, whole["distribution"], _spread(choices, whole))),
    }


def _spread(choices: Choices, whole: Document) -> Document:
    """Rules that small groups break, too."""
    clause = [each["id"] for each in whole["clauses"]][:4]
    rows: list[Document] = [
        {"capaian": each, "predikat": ["baik"], **rule, "clause": clause[place]}
        for each in CAPAIAN
        for place, rule in enumerate(_rules(choices))
        if choices.between(0, 2)
    ]
    spread: Document = whole["distribution"] | {"over": choices.one(("rater", "tree"))}
    return spread | ({"rows": rows} if rows else {})


def _rules(choices: Choices) -> list[Document]:
    return [{"at_most": choices.one(("1/2", "0"))}, {"exists": True}, {"peak": True}, {"at_least": "1/2"}]
