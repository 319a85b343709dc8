"""Every metric of ingest, with its unit and meaning."""

from prometheus_client import Counter, Gauge, Histogram

ITEMS = Counter("kinerja_ingest_items", "Items answered, by what became of them.", ["outcome"])
ACCEPTED, PARKED, REJECTED = (ITEMS.labels(outcome) for outcome in ("accepted", "parked", "rejected"))
GROUP_ITEMS = Histogram(
    "kinerja_ingest_group_items",
    "Items that shared one database transaction.",
    buckets=(1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000),
)
STORE_SECONDS = Histogram(
    "kinerja_ingest_store_seconds",
    "From the start of a group's transaction to its commit.",
    buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)
APPEND_SECONDS = Histogram(
    "kinerja_ingest_append_seconds",
    "From sending a group's records to the last acknowledgement.",
    buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)
BYTES_IN_FLIGHT = Gauge("kinerja_ingest_bytes_in_flight", "Bytes of request bodies not answered yet.")
PRODUCERS_LOST = Counter("kinerja_ingest_producers_lost", "Kafka producers replaced after a failure.")
TAILS_LOST = Counter(
    "kinerja_ingest_tails_lost", "Records not counted as written: the broker gave them offsets it had given before."
)
RELEASED = Counter("kinerja_ingest_released", "Parked events released.")
DISCARDED = Counter("kinerja_ingest_discarded", "Parked events that somebody has discarded.")
OWED_SENT = Counter(
    "kinerja_ingest_owed_sent", "Records sent by the release loop: released, left behind, dead letters."
)
DEAD_LETTERS = Counter("kinerja_ingest_dead_letters", "Rejected items kept.")
INBOUND_RECORDS = Counter("kinerja_ingest_inbound_records", "Records of kinerja.inbound taken, parked or rejected.")
INBOUND_BEHIND = Gauge(
    "kinerja_ingest_inbound_behind", "Records of this process's share of kinerja.inbound that it has not taken yet."
)
CLAIMS_EXPIRED = Counter("kinerja_ingest_claims_expired", "Claims removed because of their age.")
OVER_QUOTA = Counter(
    "kinerja_ingest_over_quota",
    "Items refused because their sender has too much here, by what: parked, dead_letters, identities.",
    ["what"],
)
PARKED_EXPIRED = Counter("kinerja_ingest_parked_expired", "Parked events made dead letters because of their age.")
DEAD_LETTERS_EXPIRED = Counter("kinerja_ingest_dead_letters_expired", "Dead letters removed because of their age.")
DIRECTORY_FOLDED = Counter("kinerja_ingest_directory_folded", "Records of kinerja.directory that ingest has taken in.")
DIRECTORY_SET_ASIDE = Counter(
    "kinerja_ingest_directory_set_aside", "Records of kinerja.directory that ingest cannot read, kept with the reason."
)
