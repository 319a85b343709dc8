"""Answers of peers and subordinates: kept under a key of their own until their group is released (scoring.md 5)."""
