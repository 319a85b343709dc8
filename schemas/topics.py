"""The Kafka topics: names, partitions, retention. Canonical topics are never compacted and never transactional."""

from dataclasses import dataclass, field

DIRECTORY = "kinerja.directory"
EVENTS = "kinerja.events"
INBOUND = "kinerja.inbound"
DEAD_LETTERS = "kinerja.dead-letters"
MEASURES = "kinerja.measures"
ALERTS = "kinerja.alerts"

_FOR_EVER = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
_LOG = {**_FOR_EVER, "message.timestamp.type": "LogAppendTime", "max.message.bytes": "8388608"}

# Uncompressed, so that the broker measures what upstream systems send as ingest will have to hold it.
_INBOUND = {
    "cleanup.policy": "delete",
    "retention.ms": "604800000",
    "max.message.bytes": "8388608",
    "compression.type": "uncompressed",
}


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic and its settings; the partition count of a canonical topic never changes."""

    name: str
    partitions_local: int
    partitions_production: int
    config: dict[str, str] = field(default_factory=dict)


TOPICS = (
    Topic(DIRECTORY, 1, 1, _LOG),
    Topic(EVENTS, 8, 64, _LOG),
    Topic(INBOUND, 8, 64, _INBOUND),
    Topic(DEAD_LETTERS, 8, 64, _LOG),
    Topic(MEASURES, 8, 64, _FOR_EVER),
    Topic(ALERTS, 8, 64, _FOR_EVER),
)


def position_key(topic: str, partition: int) -> str:
    """Name a partition as the HTTP interfaces do: ("kinerja.events", 3) -> "events/3"."""
    return f"{topic.removeprefix('kinerja.')}/{partition}"
