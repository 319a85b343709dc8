"""
The secrets of one instance: random, made once per data folder, kept in `secrets.json` for the owner's eyes only.

The access file says what each token may do. Services see hashes, except for the one token a process itself uses.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from schemas.rights import ACKNOWLEDGE, ACT, DISCARD, EXPORT, SET_PREFERENCES, TAKE_ALIASES
from services.kit.errors import UserError
from services.local.addresses import write_private
from services.scoring.receipts.keys import ensure_keys

HOLDERS = ("source", "hr", "closer", "notifications")
ROLES = ("ingest", "scoring", "notifications")

Grant = Mapping[str, Sequence[dict[str, str]] | Sequence[str]]
GRANTS: dict[str, Grant] = {
    "source": {"write": [{"source": "*", "type": "*"}], "read": [], "act": [str(TAKE_ALIASES)]},
    "hr": {"write": [], "read": ["*"], "act": [*map(str, (ACKNOWLEDGE, ACT, SET_PREFERENCES, DISCARD, EXPORT))]},
    "closer": {"write": [{"source": "kinerja-closer", "type": "day.closed.v1", "subject": "unit:*"}], "read": []},
    "notifications": {
        "write": [{"source": "kinerja-notifications", "type": "action.recorded.v1", "subject": "unit:*"}],
        "read": ["*"],
    },
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """Password of the database's superuser, passwords by role, tokens by holder, password of the broker's user."""

    admin_password: str
    roles: dict[str, str]
    tokens: dict[str, str]
    kafka_password: str


def load_or_create(folder: Path) -> Credentials:
    """
    Read the secrets of the instance in *folder*; make and keep new ones when it has none, and a key for receipts.

    Raises:
        UserError: the file is there and is not what we wrote.
    """
    ensure_keys(signing_keys(folder))
    path = folder / "secrets.json"
    if not path.exists():
        _keep(path, new())
    try:
        kept = json.loads(path.read_text("utf-8"))
        found = Credentials(**{"kafka_password": _secret()} | kept)  # a broker of an earlier version let in everybody
    except (OSError, ValueError, TypeError) as exc:
        raise UserError(
            f"The secrets of this instance, {path}, cannot be read. Put the file back, "
            "or begin anew with another folder (--data); without it the data there cannot be opened."
        ) from exc
    if asdict(found) != kept:
        _keep(path, found)
    return found


def signing_keys(folder: Path) -> Path:
    """Return where an instance keeps the keys that sign its receipts."""
    return folder / "signing-keys"


def new() -> Credentials:
    """Make up all secrets of an instance."""
    roles, tokens = {role: _secret() for role in ROLES}, {holder: _secret() for holder in HOLDERS}
    return Credentials(_secret(), roles, tokens, _secret())


def ensure_sealed_key(path: Path) -> None:
    """Make the key of the sealed answers, once: whoever takes it away takes what is sealed with it."""
    if not path.exists():
        write_private(path, base64.b64encode(secrets.token_bytes(32)).decode() + "\n")


def _keep(path: Path, credentials: Credentials) -> None:
    write_private(path, json.dumps(asdict(credentials), indent=2) + "\n")


def write_access_file(path: Path, tokens: dict[str, str]) -> None:
    """Write who may do what, with the SHA-256 of each token in place of the token."""
    entries = [
        {"name": holder, "sha256": hashlib.sha256(token.encode()).hexdigest(), **GRANTS[holder]}
        for holder, token in tokens.items()
    ]
    write_private(path, json.dumps({"tokens": entries}, indent=2) + "\n")


def _secret() -> str:
    return secrets.token_urlsafe(32)
