"""The named queries of notifications, loaded once."""

from services.kit.postgres import named_queries

queries = named_queries(__file__)
