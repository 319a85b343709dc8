"""The policy by which a card is made, and from where it is in force."""

from dataclasses import dataclass
from typing import Any

from schemas.policy.model import Policy


@dataclass(frozen=True, slots=True)
class GoverningPolicy:
    """
    A policy with its hash; *source*: the subject of its publication, None for one that was shipped or only tried.

    *simulated*: asked for by its hash, whatever is in force.
    """

    policy: Policy
    sha256: str
    source: str | None = None
    simulated: bool = False

    @property
    def shape(self) -> dict[str, Any]:
        """Return the "policy" of a card."""
        return {
            "policy": self.policy.policy,
            "version": self.policy.version,
            "sha256": self.sha256,
            "from": self.source,
            "simulated": self.simulated,
        }
