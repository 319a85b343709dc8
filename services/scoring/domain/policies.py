"""
Which policies were proposed and published, as the directory's events say (scoring.md 1, "In force").

Immutable; `with_events` returns the next state, which is a function of the set of events, not of their order. A
document is not read before somebody asks for what it says.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple

import msgspec

from schemas.policy.identity import sha256_of
from schemas.policy.model import Policy
from schemas.policy.refusals import InvalidPolicy, read_policy
from services.scoring.domain.days import in_jakarta
from services.scoring.domain.evaluation_facts import PolicyName, PolicyProposed, PolicyPublished
from services.scoring.domain.events import Event
from services.scoring.domain.fact import Identity

TYPES = frozenset((PolicyProposed.TYPE, PolicyPublished.TYPE))
KEPT_POLICIES = 32
"""Read policies that are remembered: 0.1 MB each."""

Stamp = tuple[datetime, str, str]
Reference = tuple[str, str, str, str]
"""Type, subject, source and id: what a void must name."""


class Document:
    """A proposed policy as it stands on the log; its names and hash are kept once somebody has asked."""

    __slots__ = ("_name", "text")

    def __init__(self, text: bytes) -> None:
        self.text = text
        self._name: PolicyName | None = None

    @property
    def name(self) -> PolicyName | None:
        """What it is known by; None when it is no policy."""
        if self._name is None and (policy := self.policy) is not None:
            self._name = PolicyName(policy.policy, policy.version, sha256_of(policy))
        return self._name

    @property
    def policy(self) -> Policy | None:
        """What it says; None when it is no policy."""
        return _read(self.text)


@lru_cache(maxsize=KEPT_POLICIES)
def _read(text: bytes) -> Policy | None:
    try:
        return read_policy(msgspec.json.decode(text))
    except (InvalidPolicy, ValueError, RecursionError):
        return None


class Proposal(NamedTuple):
    """Somebody proposes a policy for a subject from a day on."""

    stamp: Stamp
    reference: Reference
    effective_from: date
    proposer: str
    reason: str
    document: Document

    @property
    def subject(self) -> str:
        return self.reference[1]

    @property
    def identity(self) -> Identity:
        return Identity(self.stamp[1], self.stamp[2])


class Publication(NamedTuple):
    """Somebody else puts a proposal in force."""

    stamp: Stamp
    reference: Reference
    fact: PolicyPublished

    @property
    def subject(self) -> str:
        return self.reference[1]

    @property
    def identity(self) -> Identity:
        return Identity(self.stamp[1], self.stamp[2])

    @property
    def order(self) -> tuple[date, Stamp]:
        """The later day, then the greater stamp is the one in force."""
        return self.fact.effective_from, self.stamp


class Policies:
    """The proposals and publications at one position of the directory's log."""

    def __init__(
        self,
        proposals: dict[Identity, Proposal],
        publications: dict[str, tuple[Publication, ...]],
        voided: frozenset[Reference],
    ) -> None:
        self._proposals = proposals
        self._publications = publications
        self._voided = voided

    @classmethod
    def empty(cls) -> "Policies":
        """Return the policies before the first event."""
        return cls({}, {}, frozenset())

    def with_events(self, events: Iterable[Event]) -> "Policies":
        """Return the policies that also know *events*, each about policies as `is_about` has it."""
        proposals, voided = dict(self._proposals), set(self._voided)
        published: dict[str, set[Publication]] = defaultdict(set)
        for event in events:
            if event.voids is not None:
                voided.add(event.voids)
            elif isinstance(event.fact, PolicyProposed):
                found = _proposal(event, event.fact)
                proposals.setdefault(found.identity, found)
            elif isinstance(event.fact, PolicyPublished):
                published[event.subject].add(Publication(_stamp(event), event.reference, event.fact))
        publications = dict(self._publications)
        for subject, added in published.items():
            added |= set(publications.get(subject, ()))
            publications[subject] = tuple(sorted(added, key=lambda each: each.order, reverse=True))
        return Policies(proposals, publications, frozenset(voided))

    @property
    def proposals(self) -> Iterator[Proposal]:
        """Every standing proposal."""
        return (each for each in self._proposals.values() if each.reference not in self._voided)

    @property
    def publications(self) -> Iterator[Publication]:
        """Every standing publication, those that do not count too."""
        return (each for subject in self._publications for each in self.published_for(subject))

    def published_for(self, subject: str) -> Iterator[Publication]:
        """The standing publications for exactly this subject, those in force later first."""
        return (each for each in self._publications.get(subject, ()) if each.reference not in self._voided)

    def in_force(self, subject: str, on: date) -> Publication | None:
        """Return the publication for exactly this subject that is in force on a day."""
        for each in self.published_for(subject):
            if each.fact.effective_from <= on and self.refusal(each) is None:
                return each
        return None

    def proposed_by(self, publication: Publication) -> Proposal | None:
        """Return the standing proposal that a publication names."""
        found = self._proposals.get(publication.fact.proposal)
        return None if found is None or found.reference in self._voided else found

    def refusal(self, publication: Publication) -> str | None:
        """Say why a publication does not count, the field first; None when it does."""
        fact, proposal = publication.fact, self.proposed_by(publication)
        published_on = in_jakarta(publication.stamp[0]).date()
        if proposal is None:
            gone = "was taken back" if fact.proposal in self._proposals else "is not known"
            return f"proposal: {fact.proposal.source} {fact.proposal.id} {gone}."
        if publication.subject != proposal.subject:
            return f"subject: the proposal is for {proposal.subject}."
        if fact.effective_from != proposal.effective_from:
            return f"effective_from: the proposal is for {proposal.effective_from}."
        if fact.effective_from <= published_on:
            return f"effective_from: no rule reaches back, and this was published on {published_on}."
        if fact.approver == proposal.proposer:
            return f"approver: {fact.approver} proposed it, and somebody else has to approve."
        return _of_document(fact, proposal)


def _of_document(fact: PolicyPublished, proposal: Proposal) -> str | None:
    """Last, for it may have to be read."""
    name = proposal.document.name
    if name is None:
        return "proposal: its document is no policy."
    return None if fact.sha256 == name.sha256 else f"sha256: the document that was proposed has {name.sha256}."


def is_about(event: Event) -> bool:
    """Say whether an event proposes or publishes a policy, or voids such an event."""
    return event.type in TYPES or ((voids := event.voids) is not None and voids[0] in TYPES)


def _stamp(event: Event) -> Stamp:
    return event.time.astimezone(UTC), event.source, event.id


def _proposal(event: Event, fact: PolicyProposed) -> Proposal:
    text = bytes(fact.document)  # a copy: what it was cut out of need not be kept
    return Proposal(_stamp(event), event.reference, fact.effective_from, fact.proposer, fact.reason, Document(text))
