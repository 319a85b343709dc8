"""The policies that come with the program; a released one never changes."""

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from schemas.policy.model import Policy
from schemas.policy.refusals import read_policy
from schemas.policy.text import read_source

DEFAULT = "permenpanrb-6-2022"
"""Governs wherever nothing else was published."""


@cache
def shipped() -> dict[str, Policy]:
    """Return every shipped policy by its name."""
    found = (read_policy(read_source(each.read_bytes()).document) for each in _texts())
    return {policy.policy: policy for policy in found}


def _texts() -> list[Traversable]:
    folder = files("schemas") / "policies"
    return sorted((each for each in folder.iterdir() if each.name.endswith(".yaml")), key=lambda each: each.name)
