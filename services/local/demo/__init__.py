"""Demonstration data that looks like life, and the loading of it into a running instance."""

from services.local.demo.running import run
from services.local.demo.shape import SEED

__all__ = ["SEED", "run"]
