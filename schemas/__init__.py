"""
The public contract: event types, topics, golden examples and the generated JSON Schemas.

Everything that services exchange is described here and nowhere else; no service is imported.
"""
