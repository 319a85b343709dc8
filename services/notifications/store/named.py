"""The named queries of notifications, loaded once."""

from services.kit.postgres import load_queries

queries = load_queries(__file__)
