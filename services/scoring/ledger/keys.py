"""The key that signs seals: Ed25519, made once, kept in a file of its owner's alone."""

import base64
import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from services.kit.errors import UserError


def make_key(path: Path) -> str:
    """Write a new private key (PEM, mode 0600) and return its fingerprint. Raises UserError; never overwrites."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
    except FileExistsError:
        raise UserError(f"{path} sudah ada dan tidak ditimpa (exists; not overwritten). Pilih berkas lain.") from None
    except OSError as exc:
        raise UserError(f"{path} tidak dapat ditulis (cannot be written): {exc.strerror}.") from None
    return fingerprint(public_bytes(key))


def load_key(path: Path | None) -> Ed25519PrivateKey:
    """Read the private key. Raises UserError that says how to get one."""
    if path is None:
        raise UserError(
            "KINERJA_LEDGER_KEY belum diisi (is missing): berkas kunci segel. Buat dengan `kinerja ledger key BERKAS`."
        )
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as exc:
        raise UserError(f"KINERJA_LEDGER_KEY: {path} tidak dapat dibaca (cannot be read): {exc.strerror}.") from None
    except (ValueError, TypeError):
        raise UserError(f"KINERJA_LEDGER_KEY: {path} bukan kunci PEM (is no PEM private key).") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UserError(f"KINERJA_LEDGER_KEY: {path} bukan kunci Ed25519 (is no Ed25519 key).")
    return key


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """Return the 32 bytes of the public half."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def fingerprint(public: bytes) -> str:
    """Return what people compare: `SHA256:` and the hash of the 32 bytes in base64, as OpenSSH writes it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(public).digest()).decode().rstrip("=")


def is_signed(public: bytes, signature: bytes, message: bytes) -> bool:
    """Say whether *signature* is by the key whose public half is *public*."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
