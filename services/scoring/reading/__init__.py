"""Answering questions: figures from the projections, or from the journal as it was known at a moment."""
