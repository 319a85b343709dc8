"""
A seal: a signed statement of what the journal held at a moment, to be kept where the journal's keepers cannot reach.

What is signed is the statement as JSON with sorted keys and without spaces, UTF-8.
"""

import os
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Annotated, Literal

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from services.kit.errors import UserError
from services.scoring.ledger.keys import fingerprint, is_signed, public_bytes

_Hash = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?\z")]


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SealedPartition(_Closed):
    """A partition up to *position*: the hash of its last record, and the digest of what all its rows store."""

    position: int = Field(ge=0)
    head: _Hash
    rows_digest: _Hash


class Statement(_Closed):
    """What is signed; partitions are named as in the HTTP interfaces (`events/3`)."""

    format: Literal["kinerja-ledger-seal/1"] = "kinerja-ledger-seal/1"
    installation: str
    first_started: str | None
    sealed_at: AwareDatetime
    compared_with_log: bool
    partitions: dict[str, SealedPartition]

    def message(self) -> bytes:
        """Return the bytes that are signed."""
        return orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)


class Seal(_Closed):
    """The file: a statement, who says so, and the proof."""

    statement: Statement
    public_key: str
    fingerprint: str
    signature: str


def sign(statement: Statement, key: Ed25519PrivateKey) -> Seal:
    """Seal a statement."""
    public = public_bytes(key)
    return Seal(
        statement=statement,
        public_key=b64encode(public).decode(),
        fingerprint=fingerprint(public),
        signature=b64encode(key.sign(statement.message())).decode(),
    )


def write_seal(path: Path, seal: Seal) -> None:
    """Write a seal to a new file. Raises UserError, also if the file exists."""
    content = orjson.dumps(seal.model_dump(mode="json"), option=orjson.OPT_INDENT_2) + b"\n"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "wb") as file:
            file.write(content)
    except FileExistsError:
        raise UserError(f"{path} sudah ada dan tidak ditimpa (exists; not overwritten). Pilih berkas lain.") from None
    except OSError as exc:
        raise UserError(f"{path} tidak dapat ditulis (cannot be written): {exc.strerror}.") from None


def read_seal(path: Path) -> Seal:
    """
    Read a seal and check its signature. Raises UserError.

    The key is the one in the file: whose it is, only the fingerprint tells, compared with one that was noted elsewhere.
    """
    try:
        seal = Seal.model_validate_json(path.read_bytes())
        public, signature = b64decode(seal.public_key, validate=True), b64decode(seal.signature, validate=True)
    except OSError as exc:
        raise UserError(f"{path} tidak dapat dibaca (cannot be read): {exc.strerror}.") from None
    except (ValidationError, ValueError):
        raise UserError(f"{path} bukan berkas segel yang utuh (is no intact seal file).") from None
    if seal.fingerprint != fingerprint(public) or not is_signed(public, signature, seal.statement.message()):
        raise UserError(f"{path}: tanda tangan tidak sah; segel ini diubah (the signature is not valid).")
    return seal
