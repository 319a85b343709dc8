"""
Named places between two steps that touch the outside, so that tests can end a process exactly there.

Nothing in production gives a place a meaning. Only code under `tests/` puts something else in the place of `reached`,
which is why callers look it up in this module at every call: `crashpoints.reached("scoring.fence")`.
"""


def reached(name: str) -> None:
    """Say that the process is at the place *name*, `service.step`. Does nothing; called per step, never per record."""
