"""The metrics of what services share, each with its unit and meaning; *group* is the consumer group."""

from prometheus_client import Counter, Gauge

FENCE_REJECTS = Counter(
    "kinerja_fence_rejects",
    "Batches that the database refused because its offsets were elsewhere: somebody else had folded them.",
    ["group"],
)
REBALANCES = Counter("kinerja_rebalances", "Times that this member was given its partitions.", ["group"])
PARTITIONS = Gauge("kinerja_partitions_owned", "Partitions that this member owns and knows the position of.", ["group"])
ACCESS_FILE_REFUSED = Gauge(
    "kinerja_access_file_refused",
    "1 while the access file has changed into something unusable, so that the rights before it stay in force.",
)
