"""The evaluation: what is derived from acts, ratings and counts."""
