"""Nobody waits for a place of which the log was cut off: the record that stands there now is another."""

from collections.abc import Collection

from services.kit.errors import Unavailable
from services.kit.postgres import Connection
from services.scoring.places import name_of
from services.scoring.store import queries


async def refuse_truncated(conn: Connection, parts: Collection[int]) -> None:
    """Raise Unavailable if Kafka no longer holds what was folded of one of these partitions."""
    if lost := [row["part"] for row in await queries.truncated(conn, parts=list(parts))]:
        raise Unavailable(
            f"The log has lost records of {', '.join(map(name_of, lost))} that were folded; its operator was told."
        )
