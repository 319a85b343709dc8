"""Demonstration data that looks like life, and the loading of it: see `run`."""

SEED = 2026
"""The dice of the demonstration, unless others are asked for."""
