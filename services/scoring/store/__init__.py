"""Scoring's tables: migrations and named queries, one per use of the database."""

from services.kit.postgres import load_queries

queries = load_queries(__file__)

BY_KEY = {"enable_hashjoin": "off", "enable_mergejoin": "off", "enable_seqscan": "off"}
"""
Server settings of connections that fold: every lookup of theirs is by key.

Before the first ANALYZE, and in plans kept from when the journal was small, PostgreSQL would rather read it whole.
"""
