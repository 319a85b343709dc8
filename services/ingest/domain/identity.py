"""
What makes two events the same: the identity (`source`, `id`), and the content that must then be equal.

Both are 16 bytes of BLAKE2b; 64 bits would meet by chance within a few years of a whole country's events.
"""

import hashlib
from typing import Any

import orjson

Identity = str
"""32 hexadecimal digits."""


def event_identity(source: str, event_id: str) -> Identity:
    """Return the identity of (*source*, *event_id*); no two different pairs share one."""
    name = source.encode()
    digest = hashlib.blake2b(len(name).to_bytes(4, "big") + name + event_id.encode(), digest_size=16)
    return digest.hexdigest()


def content_hash(raw: dict[str, Any]) -> bytes:
    """
    Return the hash of what an event says, as it was sent: type, subject, time and data.

    The order of keys does not matter and null is the same as left out; everything else does (`0` is not `0.0`, and the
    same moment in another offset is another content).
    """
    said = [raw.get("type"), raw.get("subject"), raw.get("time"), raw.get("data")]
    written = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
    if b"null" in written:  # seldom, and then perhaps only within a text
        written = orjson.dumps(_without_nulls(said), option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(written, digest_size=16).digest()


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value
