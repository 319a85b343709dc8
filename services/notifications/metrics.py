"""Every metric of notifications, with its unit and meaning."""

from prometheus_client import Counter, Gauge, Histogram

FOLDED = Counter("kinerja_notifications_folded", "Records folded into the read model.", ["topic"])
SET_ASIDE = Counter("kinerja_notifications_set_aside", "Records kept apart because they cannot be read.")
FOR_LATER = Counter(
    "kinerja_notifications_for_later", "Events of a type this version does not know, kept for one that does."
)
KEPT_APART = Gauge(
    "kinerja_notifications_kept_apart", "Records that the read model lacks, by reason: malformed or later.", ["reason"]
)
WAITING = Gauge("kinerja_notifications_waiting", "Changed days that detection has not looked at yet.")
DETECTION_SECONDS = Histogram(
    "kinerja_notifications_detection_seconds",
    "From the start of a detection to its commit.",
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100),
)
STEPS = Counter("kinerja_notifications_steps", "Steps of alerts told by the detector.")
PUBLISHED = Counter("kinerja_notifications_published", "Steps written to kinerja.alerts.")
DELIVERIES = Counter("kinerja_notifications_deliveries", "Attempts to send a message, by how they ended.", ["outcome"])
