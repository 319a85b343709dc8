"""
A receipt's digests and signature: what was changed in it can be named, and by whom it was given can be checked.

Each event, day and indicator has a digest of its own, and so has every other member of the body and of its card.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import rfc8785

from services.scoring.ledger.keys import is_signed

KIND = "kinerja-receipt/1"
ALGORITHM = "Ed25519"
_IN_PARTS = ("events", "days")

Body = Mapping[str, Any]


def digests(body: Body) -> dict[str, str]:
    """Return the SHA-256, in hex, of the JCS (RFC 8785) of each part of a body, by its JSON pointer."""
    return {pointer: hashlib.sha256(rfc8785.dumps(part)).hexdigest() for pointer, part in _parts(body)}


def _parts(body: Body) -> Iterator[tuple[str, Any]]:
    for name, member in body.items():
        if name in _IN_PARTS:
            yield from ((f"/{name}/{number}", each) for number, each in enumerate(member))
        elif name == "card":
            yield from _card_parts(member)
        else:
            yield f"/{name}", member


def _card_parts(card: Body) -> Iterator[tuple[str, Any]]:
    for name, member in card.items():
        if name == "indicators":
            yield from ((f"/card/indicators/{number}", each) for number, each in enumerate(member))
        else:
            yield f"/card/{name}", member


def statement(found: Mapping[str, str]) -> bytes:
    """Return what is signed: the JCS of the digests."""
    return rfc8785.dumps(dict(found))


def sha256_of(found: Mapping[str, str]) -> str:
    """Return what a receipt is known by: the SHA-256 of what is signed."""
    return hashlib.sha256(statement(found)).hexdigest()


def key_id(public: bytes) -> str:
    """Return how a signature names its key: 16 hex digits of the SHA-256 of its public half."""
    return hashlib.sha256(public).hexdigest()[:16]


def written_signature(signature: bytes) -> str:
    """Write a signature in base64url, unpadded as in JSON Web Keys."""
    return base64.urlsafe_b64encode(signature).rstrip(b"=").decode()


def read_signature(text: str) -> bytes:
    """Read base64url, padded or not. Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def jwk(public: bytes) -> dict[str, str]:
    """Return a public key as a JSON Web Key (RFC 8037)."""
    return {
        "kty": "OKP",
        "crv": ALGORITHM,
        "alg": "EdDSA",
        "use": "sig",
        "kid": key_id(public),
        "x": written_signature(public),
    }


def is_by(public: bytes, signature: str, found: Mapping[str, str]) -> bool:
    """Say whether digests were signed by the key whose public half is *public*."""
    try:
        return is_signed(public, read_signature(signature), statement(found))
    except ValueError:
        return False
