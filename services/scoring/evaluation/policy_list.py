"""Every policy there is, and what became of it: shipped, proposed, published, or refused and why (scoring.md 8)."""

from collections.abc import Iterator
from typing import Any

from schemas.policy.model import Policy
from services.scoring.domain.fact import Identity
from services.scoring.domain.policies import Document, Policies, Proposal, Publication
from services.scoring.evaluation.governing import shipped_by_sha256
from services.scoring.evaluation.shapes import moment

Row = dict[str, Any]
_NAMELESS: Row = {"policy": None, "version": None, "name": None, "sha256": None}


def listed(policies: Policies) -> list[Row]:
    """
    Return the shipped policies by name, then those of the log by subject, day and stamp.

    A proposal stands for itself until a publication of it counts; a publication has its proposal with it. Reads every
    document that was not read before.
    """
    counting = {each.reference: policies.refusal(each) is None for each in policies.publications}
    done = {each.fact.proposal for each in policies.publications if counting[each.reference]}
    rows = [(_order(each), _proposed(each)) for each in policies.proposals if each.identity not in done]
    rows += [(_order(each), _published(policies, each)) for each in policies.publications]
    return [*_shipped(), *(row for _, row in sorted(rows, key=lambda each: each[0]))]


def _order(found: Proposal | Publication) -> tuple[Any, ...]:
    effective_from = found.effective_from if isinstance(found, Proposal) else found.fact.effective_from
    return found.subject, effective_from, found.stamp, isinstance(found, Publication)


def _shipped() -> Iterator[Row]:
    for sha256, policy in shipped_by_sha256().items():
        yield _row("shipped", _named(policy, sha256))


def _proposed(proposal: Proposal) -> Row:
    names = _names(proposal.document)
    why = None if names["sha256"] else "document: is no policy as they are read now."
    about = {"subject": proposal.subject, "effective_from": proposal.effective_from.isoformat()}
    return _row("refused" if why else "proposed", names, why=why, **about, proposal=_proposal(proposal))


def _published(policies: Policies, publication: Publication) -> Row:
    why = policies.refusal(publication) or _replaced(policies, publication)
    proposal = policies.proposed_by(publication)
    names = _NAMELESS if proposal is None else _names(proposal.document)
    return _row(
        "refused" if why else "published",
        names,
        why=why,
        subject=publication.subject,
        effective_from=publication.fact.effective_from.isoformat(),
        proposal=proposal and _proposal(proposal),
        publication={
            **_identity(publication.identity),
            "time": moment(publication.stamp[0]),
            "proposal": _identity(publication.fact.proposal),
            "sha256": publication.fact.sha256,
            "approver": publication.fact.approver,
            "reason": publication.fact.reason,
        },
    )


def _replaced(policies: Policies, publication: Publication) -> str | None:
    day = publication.fact.effective_from
    holds = policies.in_force(publication.subject, day)
    if holds is None or holds.reference == publication.reference:
        return None
    return f"effective_from: from {day} on {holds.identity.source} {holds.identity.id}, published later, holds."


def _row(state: str, names: Row, **more: Any) -> Row:
    given = {"subject": None, "effective_from": None, "proposal": None, "publication": None, "why": None, **more}
    return {"state": state, **names, **given}


def _names(document: Document) -> Row:
    policy, name = document.policy, document.name
    return _NAMELESS if policy is None or name is None else _named(policy, name.sha256)


def _named(policy: Policy, sha256: str) -> Row:
    return {"policy": policy.policy, "version": policy.version, "name": policy.name, "sha256": sha256}


def _proposal(proposal: Proposal) -> Row:
    said = {"proposer": proposal.proposer, "reason": proposal.reason}
    return {**_identity(proposal.identity), "time": moment(proposal.stamp[0]), **said}


def _identity(identity: Identity) -> Row:
    return {"source": identity.source, "id": identity.id}
