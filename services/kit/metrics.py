"""The metrics of what services share, each with its unit and meaning; *group* is the consumer group."""

from prometheus_client import Counter, Gauge

FENCE_REJECTS = Counter(
    "kinerja_fence_rejects",
    "Batches that the database refused because its offsets were elsewhere: somebody else had folded them.",
    ["group"],
)
REBALANCES = Counter("kinerja_rebalances", "Times that this member was given its partitions.", ["group"])
PARTITIONS = Gauge("kinerja_partitions_owned", "Partitions that this member owns and knows the position of.", ["group"])
FOLD_FAILURES = Counter(
    "kinerja_fold_failures",
    "Batches rolled back, to be tried again: disposition `wait` for a server away, `stand_still` for anything else.",
    ["group", "disposition"],
)
FOLD_FAILING = Gauge(
    "kinerja_fold_failing", "Partitions whose fold stands still now; above 0 somebody must look.", ["group"]
)
MESSAGES_REFUSED = Counter(
    "kinerja_messages_refused", "Messages too large for their topic, left out so that the others go on.", ["topic"]
)
WORK_FAILURES = Counter(
    "kinerja_work_failures", "Failures of work beside the fold, by disposition.", ["work", "disposition"]
)
ACCESS_FILE_REFUSED = Gauge(
    "kinerja_access_file_refused",
    "1 while the access file has changed into something unusable, so that the rights before it stay in force.",
)
CONNECTIONS = Gauge("kinerja_http_connections", "Open connections of HTTP clients.")
CONNECTIONS_ENDED = Counter(
    "kinerja_http_connections_ended",
    "Connections that this process ended, by why: `made_room` and `full` say that there were too many.",
    ["reason"],
)
