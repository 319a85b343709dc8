"""What stands on a form: a receipt put into words, by plain functions that know nothing of paper."""

import json
from collections.abc import Mapping
from typing import Any, Literal

from services.scoring.domain.days import natural_day
from services.scoring.domain.evaluation_facts import ObjectionDecided, ObjectionFiled
from services.scoring.evaluation.evidence import Stamped
from services.scoring.forms.words import (
    BEHAVIOURS,
    FACTORS,
    GROUPS,
    INDICES,
    LEVELS,
    PREDIKAT,
    STATUS,
    TITLES,
    day,
    figure,
    number,
    period,
)
from services.scoring.receipts.recomputing import events_of
from services.scoring.receipts.signed import sha256_of

Form = Literal["C.1", "D.1.1", "D.1.2", "D.1.3"]
Shape = dict[str, Any]
_OBJECTED = ("objected", "decided", "reissued")
NOBODY, NOTHING = "-", "-"


def form_of(card: Mapping[str, Any]) -> Form:
    """
    Return which form a person's card is rendered on.

    C.1 while nobody has set a predikat; D.1.2 when it was set by somebody above the evaluator, D.1.3 once there is an
    objection, else D.1.1.
    """
    evaluation = card["evaluation"]
    predikat = evaluation["predikat"]
    if predikat is None:
        return "C.1"
    if evaluation["state"] in _OBJECTED or predikat["event"]["type"] == ObjectionDecided.TYPE:
        return "D.1.3"
    return "D.1.1" if evaluation["evaluator"] in (None, predikat["rater"]) else "D.1.2"


def contents(receipt: Mapping[str, Any], names: Mapping[str, str] | None = None) -> Shape:
    """Return what the form of a person's receipt says; *names* of people by id, for those who may know them."""
    body, known = receipt["receipt"], names or {}
    card = body["card"]
    form = form_of(card)
    digest = sha256_of(receipt["digests"])
    return {
        "form": form,
        "title": TITLES[form],
        "period": period(card["period"]),
        "people": _people(card, known),
        "unit": next((each["unit"] for each in reversed(card["segments"]) if each["unit"]), NOTHING),
        "rows": [_row(each) for each in card["indicators"]],
        "indices": [_index(name, card, group) for group, name in INDICES.items()],
        "behaviours": _behaviours(card),
        "predikat": _predikat(card),
        "objection": _objection(body) if form == "D.1.3" else None,
        "notes": _notes(card),
        "policy": f"{card['policy']['policy']} versi {card['policy']['version']}",
        "sha256": digest,
        "code": "-".join(digest[start : start + 4] for start in range(0, 16, 4)).upper(),
    }


def _people(card: Mapping[str, Any], names: Mapping[str, str]) -> list[list[str]]:
    employee = card["subject"].partition(":")[2]
    evaluator = card["evaluation"]["evaluator"]
    rows = [["Pegawai yang dinilai", _named(employee, names)], ["Pejabat penilai kinerja", _named(evaluator, names)]]
    predikat = card["evaluation"]["predikat"]
    if predikat is not None and predikat["rater"] != evaluator:
        rows.append(["Predikat ditetapkan oleh", _named(predikat["rater"], names)])
    return rows


def _named(employee: str | None, names: Mapping[str, str]) -> str:
    if employee is None:
        return NOBODY
    return f"{names[employee]} ({employee})" if employee in names else employee


def _row(indicator: Mapping[str, Any]) -> Shape:
    target = indicator["target"]
    return {
        "group": GROUPS[indicator["group"]],
        "name": indicator["name"],
        "target": NOTHING if target is None else _target(target),
        "realised": _realised(indicator),
        "score": _or(indicator["score"], STATUS.get(indicator["status"], NOTHING)),
        "level": LEVELS.get(indicator["level"], NOTHING),
    }


def _target(target: Mapping[str, Any]) -> str:
    words = {"higher": "", "lower": "paling banyak ", "range": ""}[target["direction"]]
    upper = "" if target["upper"] is None else f" sampai {number(target['upper'])}"
    return f"{words}{number(target['target'])}{upper}"


def _realised(indicator: Mapping[str, Any]) -> str:
    target = indicator["target"]
    if target is not None:
        return _or(target["realised"], NOTHING)
    if indicator["value"] is None:
        return NOTHING
    return f"{figure(indicator['source']['measure'], indicator['value'])} (n = {indicator['n']})"


def _or(written: str | None, otherwise: str) -> str:
    return otherwise if written is None else number(written)


def _index(name: str, card: Mapping[str, Any], group: str) -> list[str]:
    found, suggested = card["groups"][group], card["suggested"][group]
    return [name, _or(found["index"], "data belum cukup"), LEVELS[suggested["level"]] if suggested else NOTHING]


def _behaviours(card: Mapping[str, Any]) -> list[list[str]]:
    """What the evaluator rated of the seven values."""
    evaluator = card["evaluation"]["evaluator"]
    rated = (each["behaviours"] for each in card["ratings"]["supervisor"] if each["rater"] == evaluator)
    return [[BEHAVIOURS[name], LEVELS[level]] for name, level in next(rated, {}).items()]


def _predikat(card: Mapping[str, Any]) -> Shape | None:
    found = card["evaluation"]["predikat"]
    if found is None:
        return None
    return {
        "predikat": PREDIKAT[found["predikat"]],
        "hasil_kerja": LEVELS[found["hasil_kerja"]],
        "perilaku": LEVELS[found["perilaku"]],
        "reason": found["reason"],
    }


def _objection(body: Shape) -> Shape | None:
    """The objection, and what was decided on it, as the events of the receipt say."""
    events = [each.event for each in events_of(body)]
    filed = [each for each in events if isinstance(each.fact, ObjectionFiled)]
    decided = [each for each in events if isinstance(each.fact, ObjectionDecided)]
    if not filed:
        return None
    first: Stamped[Any] = min(filed, key=lambda each: each.stamp)
    answer: Stamped[Any] | None = min(decided, key=lambda each: each.stamp, default=None)
    return {
        "filed_on": day(natural_day(first.stamp[0]).isoformat()),
        "reason": first.fact.reason,
        "decision": None if answer is None else {"kept": "dipertahankan", "changed": "diubah"}[answer.fact.decision],
        "decided_on": None if answer is None else day(natural_day(answer.stamp[0]).isoformat()),
        "decision_reason": None if answer is None else answer.fact.reason,
    }


def _notes(card: Mapping[str, Any]) -> list[str]:
    """What whoever reads the form should know of its figures."""
    factors = sorted({factor for each in card["indicators"] if each["target"] for factor in each["target"]["factors"]})
    notes = [f"Kendala yang dilaporkan: {', '.join(FACTORS[each] for each in factors)}."] if factors else []
    if card["range"] is not None:
        notes.append("Ada kejadian yang disanggah: tanpa kejadian itu angkanya " + _without(card["range"]) + ".")
    elif card["provisional"]:
        notes.append("Sementara: belum semua hari dalam periode ini ditutup.")
    if card["evaluation"]["restated"]:
        notes.append("Angka berubah sejak dokumen diserahkan.")
    return notes


def _without(found: Mapping[str, Any]) -> str:
    shown = ((name.lower(), found["groups"][group]["index"]) for group, name in INDICES.items())
    return ", ".join(f"{name} {number(index) if index else 'tidak cukup data'}" for name, index in shown)


def as_input(found: Shape) -> str:
    """Return the contents as the template takes them."""
    return json.dumps(found, ensure_ascii=False, sort_keys=True)
