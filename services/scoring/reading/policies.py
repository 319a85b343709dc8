"""Policies as the read API answers about them, each answer from one consistent snapshot."""

import asyncio
from datetime import datetime
from typing import Any

from schemas.policy.identity import canonical
from services.scoring.evaluation.governing import with_sha256
from services.scoring.evaluation.policy_list import listed
from services.scoring.evaluation.shapes import moment
from services.scoring.reading.answers import Answers, Unknown
from services.scoring.reading.as_of import policies_known


class PolicyAnswers:
    """Answers about the policies of one database."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    async def listed(self, known_at: datetime | None) -> dict[str, Any]:
        """List every policy, and what became of it; *known_at*: as known then. Raises Unavailable, like all answers."""
        async with self._answers.snapshot() as here:
            found = here.directory.policies if known_at is None else await policies_known(here.conn, known_at)
        rows = await asyncio.to_thread(listed, found)
        return {"known_at": known_at and moment(known_at), "policies": rows, "position": here.position}

    async def whole(self, sha256: str) -> bytes:
        """Return a policy as it is hashed. Raises Unknown."""
        async with self._answers.snapshot() as here:
            found = here.directory.policies
        policy = await asyncio.to_thread(with_sha256, found, sha256)
        if policy is None:
            raise Unknown(f"There is no policy {sha256}; GET /v1/policies lists them.")
        return canonical(policy)
