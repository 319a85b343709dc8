"""Policies of an office: proposed, published rightly or wrongly, unlike the shipped one where cards tell."""

import copy
from datetime import date, timedelta
from functools import cache
from typing import Any

from schemas.policy.identity import document_of, sha256_of
from schemas.policy.refusals import read_policy
from schemas.policy.shipped import DEFAULT, shipped
from tests.support.histories.choices import Choices
from tests.support.histories.contents import Content, unit_or_all
from tests.support.histories.world import World

Document = dict[str, Any]
STARTS = ("2026-01-01", "2026-01-01", "2026-02-15", "2026-03-01", "2026-03-01", "2026-04-01")


@cache
def documents() -> tuple[Document, ...]:
    """The shipped ones as they are, one that takes little for enough, and one with other ways to count."""
    default, old = (document_of(shipped()[name]) for name in (DEFAULT, "pp-30-2019"))
    different = other(eager(default, version=3))
    return (different, eager(default), eager(old, version=2), different, default, old)


def eager(whole: Document, version: int = 1) -> Document:
    """A policy under which small numbers are enough, and middling ones good."""
    made = copy.deepcopy(whole) | {"policy": "cepat", "version": version, "min_coverage": "1/5"}
    for place, indicator in enumerate(made["indicators"]):
        if "min_n" in indicator:
            indicator["min_n"] = 1 + place % 4
    made["suggestion"] |= {"levels": {"meets": "40.5", "above": 80}, "behaviour_ceiling": "above"}
    made["clocks"] |= {"evaluation": 3, "contest": 2}
    return made


def other(made: Document) -> Document:
    """Kinds, employees, one named result, minutes late, a tree's distribution; no peers."""
    by_code = {indicator["code"]: indicator for indicator in made["indicators"]}
    by_code["kehadiran"]["kinds"] = ["kelurahan", "kecamatan"]
    by_code["unit-kehadiran"]["kinds"] = ["kecamatan"]
    by_code["layanan"] |= {"employees": ["P1", "P2", "P3"], "optional": False}
    by_code["skp-tambahan"]["weight"] = "2.50"
    clause = made["clauses"][0]["id"]
    scale = {"points": [[0, 100], [5, "90.5"], [60, 0]]}
    common = {"for": "person", "clause": clause, "weight": "3/2"}
    late = {"source": {"measure": "attendance.late_minutes"}, "direction": "lower", "min_n": 2, "scale": scale}
    named = {
        "source": {"result": "iks"},
        "scale": {"points": [[0, 0], [100, 100]], "grid": "0.5"},
        "kinds": ["seksi", "kelurahan"],
    }
    made["indicators"] = [
        {"code": "iks", "name": "Indeks", "group": "tambahan", **common, **named, "for": "both"},
        *made["indicators"],
        {"code": "terlambat", "name": "Menit terlambat", "group": "perilaku", **common, **late},
    ]
    made["distribution"] |= {"over": "tree", "small_under": 2}
    made["lateness"]["bands"].insert(0, {"from": 0, "label": "TL1", "percent": "0.125"})
    made["absence"]["consecutive"] = {"from": 2, "label": "dua hari"}
    return {key: value for key, value in made.items() if key != "feedback"}


def put_in_force(choices: Choices, world: World) -> tuple[Content, date, Content, date]:
    """A proposal and its publication with the days they are dated; mostly as it must be."""
    subject, start = unit_or_all(choices, world), choices.one(STARTS)
    whole = choices.one(documents())
    proposer, approver = choices.one((("P1", "P2"), ("P1", "P2"), ("P1", "P2"), ("P1", "P1")))
    day = date.fromisoformat(start) - timedelta(days=choices.one((1, 1, 10)))
    proposal = {"document": whole, "effective_from": start, "proposer": proposer, "reason": "disepakati"}
    publication = {
        "sha256": sha256_of(read_policy(whole)) if choices.between(0, 7) else "0" * 64,
        "effective_from": start,
        "approver": approver,
    }
    return (
        Content("policy.proposed.v1", subject, proposal),
        day - timedelta(days=3),
        Content("policy.published.v1", subject, publication),
        day,
    )
