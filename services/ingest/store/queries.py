"""The named queries of `sql/`, as text for asyncpg: parameters stand in the order of their first use."""

from typing import Any

from services.kit.postgres import load_queries

QUERIES: Any = load_queries(__file__)
