"""What is kept of a person's day, with the type in the database; order and names follow from here."""

ATTENDANCE = {"timed": "smallint", "on_time": "smallint", "late_minutes": "int"}
"""Of one person on a day on which they were present: see `PersonDay`."""
