"""Policies for tests, and events that propose, publish and take them back."""

import copy
import hashlib
import json
from typing import Any

import rfc8785

from schemas.policy.identity import document_of
from schemas.policy.shipped import DEFAULT, shipped
from tests.support.event_builders import event
from tests.support.oracle import Event

Document = dict[str, Any]


_BLOCKS = ("distribution", "lateness", "absence", "angka_kredit", "feedback")
_INDICATORS = ("skp-utama", "kehadiran", "unit-layanan")


def document(version: int, name: str = "Aturan percobaan", policy: str = "percobaan") -> Document:
    """A small policy, written in full: three indicators of the shipped one and no block that may be left out."""
    whole = copy.deepcopy(document_of(shipped()[DEFAULT])) | {"policy": policy, "version": version, "name": name}
    whole = {key: value for key, value in whole.items() if key not in _BLOCKS}
    whole["indicators"] = [each for each in whole["indicators"] if each["code"] in _INDICATORS]
    rules = json.dumps({key: value for key, value in whole.items() if key != "clauses"})
    whole["clauses"] = [each for each in whole["clauses"] if f'"{each["id"]}"' in rules]
    return whole


def hash_of(whole: Document) -> str:
    """The hash of a document that is written in full."""
    return hashlib.sha256(rfc8785.dumps(whole)).hexdigest()


def shorter(whole: Document) -> Document:
    """The same policy with a default left out and another said to be null."""
    shortened = copy.deepcopy(whole) | {"min_coverage": None, "pp30": None}
    del shortened["suggestion"]["behaviour_ceiling"]
    return shortened


def proposed(code: str, proposal: Document, since: str, proposer: str = "E1", **envelope: str) -> Event:
    """A proposal for a unit, or everyone."""
    data = {"document": proposal, "effective_from": since, "proposer": proposer, "reason": "disepakati"}
    return event("policy.proposed.v1", f"unit:{code}", data, **envelope)


def published(proposal: Event, sha256: str, approver: str = "E2", **envelope: str) -> Event:
    """The publication of a proposal as it stands."""
    data = {
        "proposal": {"source": proposal["source"], "id": proposal["id"]},
        "sha256": sha256,
        "effective_from": proposal["data"]["effective_from"],
        "approver": approver,
    }
    return event("policy.published.v1", proposal["subject"], data, **envelope)
