"""Sums of everybody below a unit: `descent`, `subtree_day`, `subtree_staffing`."""
