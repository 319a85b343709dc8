"""Which document governs, by the oracle of policies and the documents that are known by their hashes."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from schemas.policy.identity import document_of, sha256_of
from schemas.policy.refusals import read_policy
from schemas.policy.shipped import DEFAULT, shipped
from tests.support.oracle_cards.arithmetic import Document
from tests.support.oracle_cards.known import Known
from tests.support.oracle_policies import OraclePolicies


class Governing(NamedTuple):
    """A whole document, its hash, and whom it was published for; None for the shipped one."""

    document: Document
    sha256: str
    subject: str | None

    def shape(self) -> dict[str, object]:
        """The block `policy`."""
        named = {name: self.document[name] for name in ("policy", "version")}
        return {**named, "sha256": self.sha256, "from": self.subject, "simulated": False}


class Policies:
    """The policies of one state of knowledge."""

    def __init__(self, known: Known) -> None:
        default = shipped()[DEFAULT]
        read = [default, *(read_policy(each["data"]["document"]) for each in known.of("policy.proposed.v1"))]
        self.documents: Mapping[str, Document] = {sha256_of(each): document_of(each) for each in read}
        hashes = {(each.policy, each.version): sha256_of(each) for each in read}
        self.oracle = OraclePolicies(known.once.values(), hashes, sha256_of(default))

    def governing(self, unit: str | None, first: date) -> Governing:
        """What governs a unit in a period that begins on *first*."""
        sha256, subject = self.oracle.governing(unit, first)
        return Governing(self.documents[sha256], sha256, subject)
