"""A unit's own people and services per day: `unit_day`."""
