"""The way to ingest, for what people do with alerts."""

from typing import Any

from services.kit.calling import open_client
from services.kit.errors import Refused, Unavailable
from services.kit.event_sender import send_events

TIMEOUT_S = 8.0


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
            (problem,) = await send_events(self._client, [event])
        except (Unavailable, Refused) as exc:  # refused as a whole: our token, not the action
            raise Unavailable(f"{exc} The action is not recorded yet; send it again.") from exc
        if problem is not None:
            raise Refused(f"Ingest refused the action: {problem}")
