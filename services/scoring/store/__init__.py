"""Scoring's tables: migrations and named queries, one per use of the database."""

from services.kit.postgres import named_queries

queries = named_queries(__file__)
