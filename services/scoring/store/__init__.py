"""Scoring's tables: migrations and named queries, one per use of the database."""

from services.kit.postgres import load_queries

queries = load_queries(__file__)
