"""The metrics of scoring, each with its unit and meaning."""

from prometheus_client import Counter, Gauge, Histogram

FOLDED = Counter("scoring_records_folded_total", "Records folded, duplicates included.", ["topic"])
FOLD_SECONDS = Histogram("scoring_fold_seconds", "Time of one fold transaction.", ["topic"])
SET_ASIDE = Counter("scoring_records_set_aside_total", "Records that cannot be read and were kept apart.")
FOR_LATER = Counter(
    "scoring_records_for_later_total", "Events of a type this version does not know, kept for one that does."
)
REFOLDED = Counter("scoring_records_refolded_total", "Records kept apart before that were taken in since.")
KEPT_APART = Gauge(
    "scoring_records_kept_apart",
    "Records in the journal that no figure has, by reason: malformed or later.",
    ["reason"],
)
DRAINED = Counter("scoring_stale_steps_total", "Steps of recomputing what directory changes moved.")
PUBLISHED = Counter("scoring_unit_days_published_total", "Unit-days written to kinerja.measures.")
