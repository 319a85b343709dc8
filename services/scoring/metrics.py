"""The metrics of scoring, each with its unit and meaning."""

from prometheus_client import Counter, Histogram

FOLDED = Counter("scoring_records_folded_total", "Records folded, duplicates included.", ["topic"])
FOLD_SECONDS = Histogram("scoring_fold_seconds", "Time of one fold transaction.", ["topic"])
SET_ASIDE = Counter("scoring_records_set_aside_total", "Records that broke the fold and were kept apart.")
DRAINED = Counter("scoring_stale_steps_total", "Steps of recomputing what directory changes moved.")
PUBLISHED = Counter("scoring_unit_days_published_total", "Unit-days written to kinerja.measures.")
