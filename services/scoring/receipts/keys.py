"""
The keys that sign receipts: a folder of Ed25519 keys, of which the last by name signs.

The others stay so that what they signed can still be checked: a new key is a new file with a greater name.
"""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.kit.errors import UserError
from services.scoring.ledger.keys import load_key, make_key, public_bytes
from services.scoring.receipts.signed import ALGORITHM, Body, digests, jwk, key_id, statement, written_signature

FIRST = "0001.pem"


@dataclass(frozen=True)
class SigningKeys:
    """Keys in the order of their names, at least one."""

    keys: tuple[Ed25519PrivateKey, ...]

    def signed(self, body: Body) -> dict[str, object]:
        """Return a receipt: the body, its digests, and their signature by the newest key."""
        found, key = digests(body), self.keys[-1]
        value = written_signature(key.sign(statement(found)))
        signature = {"alg": ALGORITHM, "key": key_id(public_bytes(key)), "value": value}
        return {"receipt": body, "digests": found, "signature": signature}

    @property
    def published(self) -> dict[str, list[dict[str, str]]]:
        """The public halves as a JSON Web Key set, newest first."""
        return {"keys": [jwk(public_bytes(key)) for key in reversed(self.keys)]}


def read_keys(folder: Path | None) -> SigningKeys | None:
    """Read the keys of a folder; None without one. Raises UserError, naming the file, where a key cannot be read."""
    if folder is None:
        return None
    files = sorted(folder.glob("*.pem"))
    if not files:
        raise UserError(f"KINERJA_SIGNING_KEYS: {folder} has no key; make one: kinerja ledger key {folder / FIRST}")
    return SigningKeys(tuple(load_key(file) for file in files))


def ensure_keys(folder: Path) -> None:
    """Make the first key of a folder, for its owner alone, where there is none."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if not any(folder.glob("*.pem")):
        make_key(folder / FIRST)
