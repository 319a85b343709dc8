"""Measurements on real servers: `python -m tests.bench` prints them against the budgets. Nothing here is asserted."""
