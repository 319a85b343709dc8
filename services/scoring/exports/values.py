"""What exports say of a person or a unit: values by name, from a receipt's body and from where people belong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast, get_args

from schemas.policy.model import AngkaKredit, Predikat
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.tables import angka_kredit
from services.scoring.evaluation.written import written

Value = str | int | bool | None
Values = dict[str, Value]
Body = Mapping[str, Any]

PERSON = (
    "employee", "period", "unit", "unit_name", "position",
    "hasil_kerja_index", "hasil_kerja_coverage", "hasil_kerja_status",
    "perilaku_index", "perilaku_coverage", "perilaku_status",
    "suggested_hasil_kerja", "suggested_perilaku",
    "evaluator", "hasil_kerja", "perilaku", "predikat", "rater", "restated",
    "jenjang", "angka_kredit",
    "policy", "policy_version", "provisional",
)  # fmt: skip
"""The columns of `scorecards`, before the state and the receipt."""
MORE = (
    "kind", "year", "first_month", "first_year", "last_month", "last_year",
    "rater_position", "rater_unit", "rater_unit_name",
)  # fmt: skip
"""What is known of a person's evaluation beside these, for mappings."""
PREDIKAT: tuple[Predikat, ...] = get_args(Predikat)
UNIT = (
    "unit", "unit_name", "kind", "period",
    "hasil_kerja_index", "hasil_kerja_coverage", "hasil_kerja_status",
    "capaian", "used_capaian", "used_period",
    "targets", "missed", "unnamed", "no_report",
    "people", "set", *PREDIKAT,
    "policy", "policy_version", "provisional",
)  # fmt: skip
"""The columns of `unitcards`, before the state and the receipt."""
STATE, RECEIPT = "state", "receipt"


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody belongs, in what position; a name may be missing."""

    unit: str
    unit_name: str | None
    position: str


def person_values(body: Body, home: Place, rater: Place | None) -> Values:
    """Return what is known of a person's evaluation; *rater*: where who set the predikat belongs, if anybody did."""
    card, period = body["card"], Period.of(body["card"]["period"])
    evaluation, predikat = card["evaluation"], card["evaluation"]["predikat"] or {}
    suggested = card["suggested"]
    return {
        "employee": card["subject"].partition(":")[2],
        "unit": home.unit,
        "unit_name": home.unit_name,
        "position": home.position or None,
        **_index(card, "hasil_kerja"),
        **_index(card, "perilaku"),
        "suggested_hasil_kerja": suggested["hasil_kerja"] and suggested["hasil_kerja"]["level"],
        "suggested_perilaku": suggested["perilaku"] and suggested["perilaku"]["level"],
        "evaluator": evaluation["evaluator"],
        **{name: predikat.get(name) for name in ("hasil_kerja", "perilaku", "predikat", "rater")},
        "restated": evaluation["restated"],
        **_credit(body, home.position, predikat.get("predikat"), period),
        **_rules(card),
        **_dates(period),
        "rater_position": rater and (rater.position or None),
        "rater_unit": rater and rater.unit,
        "rater_unit_name": rater and rater.unit_name,
        STATE: evaluation["state"],
    }


def unit_values(body: Body, name: str | None, kind: str | None, *, sees_few: bool, few: int) -> Values:
    """Return what is known of a unit's card; counts of a group of fewer than *few* are for who *sees_few*."""
    card = body["card"]
    spread = card["distribution"]
    if not sees_few and sum(card["evaluations"].values()) < few:
        spread = None
    counts = {} if spread is None else spread["counts"]
    used = card["used"] or {}
    return {
        "unit": card["subject"].partition(":")[2],
        "unit_name": name,
        "kind": kind,
        "period": card["period"],
        **_index(card, "hasil_kerja"),
        "capaian": card["capaian"] and card["capaian"]["capaian"],
        "used_capaian": used.get("capaian"),
        "used_period": used.get("period"),
        **card["missed"],
        "people": spread and spread["of"],
        "set": spread and spread["set"],
        **{each: None if spread is None else counts.get(each, 0) for each in PREDIKAT},
        **_rules(card),
        STATE: "provisional" if card["provisional"] else "final",
    }


def _index(card: Mapping[str, Any], group: str) -> Values:
    return {f"{group}_{name}": card["groups"][group][name] for name in ("index", "coverage", "status")}


def _rules(card: Mapping[str, Any]) -> Values:
    policy = card["policy"]
    return {
        "policy": policy["policy"],
        "policy_version": policy["version"],
        "provisional": card["provisional"],
    }


def _dates(period: Period) -> Values:
    return {
        "period": period.text,
        "kind": period.kind,
        "year": period.year,
        "first_month": period.first.month,
        "first_year": period.first.year,
        "last_month": period.last.month,
        "last_year": period.last.year,
    }


def _credit(body: Body, position: str, predikat: str | None, period: Period) -> Values:
    """
    Return the jenjang, where the position's text is one of the policy's table, and the angka kredit of the period.

    No event has a jenjang. Example: a quarter of baik as pertama: 3/12 x 100/100 x 12.5 = 3.125, written 3.13.
    """
    document = body["policy"].get("angka_kredit")
    if document is None:
        return {"jenjang": None, "angka_kredit": None}
    rules = AngkaKredit.model_validate(document)
    jenjang = position if position in rules.coefficient else None
    if jenjang is None or predikat is None:
        return {"jenjang": jenjang, "angka_kredit": None}
    months = period.last.month - period.first.month + 1
    found = angka_kredit(rules, cast(Predikat, predikat), jenjang, months)
    return {"jenjang": jenjang, "angka_kredit": None if found is None else written(found, 2)}
