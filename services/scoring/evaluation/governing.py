"""Which policy governs a unit in a period, and which policies there are at all (scoring.md 1, "In force")."""

from collections.abc import Iterator
from functools import cache

from schemas.policy.identity import sha256_of
from schemas.policy.model import Policy
from schemas.policy.shipped import DEFAULT, shipped
from services.scoring.domain.directory import EVERYONE
from services.scoring.domain.policies import Document, Policies
from services.scoring.evaluation.governing_policy import GoverningPolicy
from services.scoring.evaluation.organisation import Walks
from services.scoring.evaluation.periods import Period


def governing(policies: Policies, walks: Walks, unit: str | None, period: Period) -> GoverningPolicy:
    """
    Return the policy of a unit in a period: the nearest in force on its first day.

    Of the units on the walk of that day, then of `unit:*`, else the shipped one. Without a unit that of `unit:*`.
    """
    day = period.first
    walk = () if unit is None else walks.walk(unit, day)
    for place in (*walk, EVERYONE):
        found = policies.in_force(f"unit:{place}", day)
        if found is not None and (proposal := policies.proposed_by(found)) is not None:
            return GoverningPolicy(_policy(proposal.document), found.fact.sha256, found.subject)
    return _default()


def with_sha256(policies: Policies, sha256: str) -> Policy | None:
    """
    Return the policy of this hash, shipped or proposed, whatever its place and date; None when there is none.

    Reads every proposal once in its life, some milliseconds each: ask beside the event loop.
    """
    if (known := shipped_by_sha256().get(sha256)) is not None:
        return known
    for document in _candidates(policies, sha256):
        if document.name is not None and document.name.sha256 == sha256:
            return _policy(document)
    return None


def _candidates(policies: Policies, sha256: str) -> Iterator[Document]:
    """Those that a publication says to have the hash, then all."""
    for each in policies.publications:
        if each.fact.sha256 == sha256 and (proposal := policies.proposed_by(each)) is not None:
            yield proposal.document
    yield from (each.document for each in policies.proposals)


def _policy(document: Document) -> Policy:
    policy = document.policy
    assert policy is not None, "a document that has a hash is a policy"
    return policy


@cache
def shipped_by_sha256() -> dict[str, Policy]:
    """Return the policies that come with the program by their hashes, in the order of their names."""
    return {sha256_of(policy): policy for _, policy in sorted(shipped().items())}


@cache
def _default() -> GoverningPolicy:
    policy = shipped()[DEFAULT]
    return GoverningPolicy(policy, sha256_of(policy))
