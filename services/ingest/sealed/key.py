"""
What makes sealed answers unreadable without the key: names that nobody can guess, contents that nobody can open.

Every use has a key of its own, derived from the one in the file. Contents are as long whatever they say.
"""

import base64
import binascii
import hmac
import os
from pathlib import Path

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.kit.errors import UserError

LEAST_BYTES = 32
_NONCE = 12
_BLOCK = 1_024
"""Contents are filled up to a multiple of this; an answer has one."""


class WrongKey(Exception):
    """What is kept was sealed with another key."""


class SealedKey:
    """The key of the sealed answers, *secret*, in all its uses."""

    def __init__(self, secret: bytes) -> None:
        self._naming, content = (hmac.digest(secret, b"kinerja " + use, "sha256") for use in (b"names", b"contents"))
        self._cipher = AESGCM(content)
        self.fingerprint = hmac.digest(secret, b"kinerja fingerprint", "sha256")
        """By which the database knows the key again; it says nothing about it."""

    def name(self, kind: str, *parts: str) -> bytes:
        """Return the name of something of a *kind*; no two have the same, and without the key it cannot be told."""
        told = b"".join(len(part).to_bytes(4) + part for part in map(str.encode, (kind, *parts)))
        return hmac.digest(self._naming, told, "sha256")

    def answer(self, ratee: str, rater: str, relation: str, period: str) -> bytes:
        """Return the name of the one answer that stands for these."""
        return self.name("answer", ratee, rater, relation, period)

    def about(self, ratee: str, period: str) -> bytes:
        """Return the name of all answers about somebody for a period."""
        return self.name("about", ratee, period)

    def identity(self, identity: str) -> bytes:
        """Return the name of an event's identity."""
        return self.name("identity", identity)

    def lock(self, content: object, name: bytes) -> bytes:
        """Return *content*, what JSON can say, to be kept under *name* and readable there only."""
        written = orjson.dumps(content)
        filled = written + b" " * (-len(written) % _BLOCK)
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, filled, name)

    def unlock(self, kept: bytes, name: bytes) -> object:
        """Return what was kept under *name*. Raises WrongKey."""
        try:
            content: object = orjson.loads(self._cipher.decrypt(kept[:_NONCE], kept[_NONCE:], name))
        except InvalidTag:
            raise WrongKey from None
        return content


def read_key(path: Path) -> SealedKey:
    """Read the key from its file, base64 of at least 32 random bytes. Raises UserError."""
    try:
        secret = base64.b64decode(path.read_text("ascii").strip(), validate=True)
    except OSError as exc:
        raise UserError(f"The key of sealed answers, {path}, cannot be read: {exc.strerror}.") from exc
    except (UnicodeDecodeError, binascii.Error):
        secret = b""
    if len(secret) < LEAST_BYTES:
        raise UserError(f"{path} is no key: write {LEAST_BYTES} random bytes in base64 (openssl rand -base64 32).")
    return SealedKey(secret)
