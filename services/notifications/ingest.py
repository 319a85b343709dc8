"""The way to ingest, for what people do with alerts."""

from typing import Any

import httpx
import orjson

from services.kit.calling import open_client
from services.kit.errors import Refused, Unavailable

TIMEOUT_S = 8.0
_STRUCTURED = {"Content-Type": "application/cloudevents+json"}


class Ingest:
    """Sends single events with the service's own token."""

    def __init__(self, url: str, token: str) -> None:
        self._client = open_client(url, token, timeout_s=TIMEOUT_S)

    async def stop(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def send(self, event: dict[str, Any]) -> None:
        """
        Send an event; return once it is taken, which includes a second time.

        Raises Refused with ingest's reason, Unavailable when sending again may succeed.
        """
        try:
            response = await self._client.post("/v1/events", content=orjson.dumps(event), headers=_STRUCTURED)
        except httpx.HTTPError as exc:
            raise Unavailable("Ingest does not answer, so the action is not recorded yet; send it again.") from exc
        if response.status_code == httpx.codes.ACCEPTED:
            return
        if response.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
            raise Refused(_reason(response))
        raise Unavailable(f"Ingest answered {response.status_code}, so the action is not recorded yet; send it again.")


def _reason(response: httpx.Response) -> str:
    """What ingest says is wrong with the one event it was sent."""
    try:
        problem = response.json()["results"][0]["problem"]
        errors = "; ".join(f"{error['pointer']}: {error['detail']}" for error in problem.get("errors", ()))
        return f"Ingest refused the action. {problem.get('detail', '')} {errors}".strip()
    except (ValueError, LookupError, TypeError):
        return "Ingest refused the action."
