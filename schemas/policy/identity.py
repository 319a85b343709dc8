"""What a policy is known by: the hash of its one canonical text."""

import hashlib
from typing import Any

import rfc8785

from schemas.policy.model import Policy


def document_of(policy: Policy) -> dict[str, Any]:
    """Return the whole document: defaults written in, nothing that is absent, rationals as they were spelled."""
    return policy.model_dump(by_alias=True, exclude_none=True)


def canonical(policy: Policy) -> bytes:
    """Return the JCS (RFC 8785) of the whole document."""
    return rfc8785.dumps(document_of(policy))


def sha256_of(policy: Policy) -> str:
    """Return the SHA-256, in hex, of the canonical text."""
    return hashlib.sha256(canonical(policy)).hexdigest()
