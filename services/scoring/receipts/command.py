"""`kinerja receipt`: whether a receipt is what it says, without asking anybody; and the form for people."""

import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from services.kit.errors import UserError
from services.scoring.api.receipt_shapes import ReceiptAnswer
from services.scoring.ledger.keys import public_bytes
from services.scoring.receipts.keys import read_keys
from services.scoring.receipts.signed import key_id, read_signature, sha256_of
from services.scoring.receipts.verifying import Verdict, verify

_WORDS = {
    Verdict.EQUAL: "Sah: tanda tangan dan semua angka cocok (valid: signature and figures agree).",
    Verdict.DIFFERS: "Tidak cocok: {} perbedaan (differs).",
    Verdict.UNSIGNED: "Tanda tangan tidak dapat dipastikan (signature or key).",
    Verdict.NO_RECEIPT: "Bukan tanda terima kinerja (no receipt).",
}


def verify_file(file: Path, keys: Path | None, folder: Path | None) -> int:
    """
    Say what is wrong with a receipt, a line each; return the exit code: 0 equal, 1 differs, 2 signature, 3 no receipt.

    *keys*: what GET /v1/keys answered, kept in a file; without it the keys of *folder*. Raises UserError.
    """
    receipt = _read(file)
    found = verify(receipt, _given(keys) if keys is not None else _own(folder))
    if found.verdict is not Verdict.NO_RECEIPT:
        print(f"sha256 {sha256_of(receipt['digests'])}")
    for sentence in found.sentences:
        print(sentence)
    print(_WORDS[found.verdict].format(len(found.sentences)))
    return int(found.verdict)


def write_form(file: Path, names: Path | None, out: Path) -> int:
    """Write a person's form as PDF; *names*: what GET /v1/people answered, kept in a file. Raises UserError."""
    receipt = _read(file)
    try:
        ReceiptAnswer.model_validate(receipt)
        if not receipt["receipt"]["card"]["subject"].startswith("employee:"):
            raise UserError(f"{file} is the receipt of a unit: forms are of people.")
    except ValidationError:
        raise UserError(f"{file} is no receipt.") from None
    known = {} if names is None else _names(names)
    try:
        out.write_bytes(import_module("services.scoring.forms.rendering").form(receipt, known))
    except OSError as exc:
        raise UserError(f"{out} cannot be written: {exc.strerror}.") from exc
    print(f"{out}")
    return 0


def _names(file: Path) -> dict[str, str]:
    try:
        return {each["id"]: each["name"] for each in _read(file)["people"]}
    except (TypeError, KeyError):
        raise UserError(f"{file} has no names: keep there what GET /v1/people answers.") from None


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except OSError as exc:
        raise UserError(f"{file} cannot be read: {exc.strerror}.") from exc
    except (ValueError, RecursionError):
        return None


def _given(keys: Path) -> Mapping[str, bytes]:
    try:
        listed = [read_signature(key["x"]) for key in _read(keys)["keys"]]
    except (TypeError, KeyError, ValueError):
        raise UserError(f"{keys} has no keys: keep there what GET /v1/keys answers.") from None
    return {key_id(public): public for public in listed}


def _own(folder: Path | None) -> Mapping[str, bytes]:
    kept = read_keys(folder)
    if kept is None:
        raise UserError(
            "No keys to check with: add --keys FILE, what GET /v1/keys answers, or set KINERJA_SIGNING_KEYS."
        )
    return {key_id(public): public for public in map(public_bytes, kept.keys)}
