"""`kinerja policy`: whether a file could be proposed, on which lines it could not, and the JSON that is proposed."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from schemas.policy.identity import canonical, sha256_of
from schemas.policy.model import Policy
from schemas.policy.refusals import InvalidPolicy, read_policy
from schemas.policy.text import Source, read_source
from schemas.problems import Problem
from services.kit.errors import UserError

_NONE = Source(None, {})


def validate(file: Path) -> int:
    """Say what a policy is known by, or all that is wrong with it; return the exit code. Raises UserError."""
    return _judge(file, _say)


def as_json(file: Path) -> int:
    """
    Print a policy as it is hashed, to the byte, or say all that is wrong with it; return the exit code.

    Raises UserError.
    """
    return _judge(file, lambda policy: print(canonical(policy).decode(), end=""), sys.stderr)


def _judge(file: Path, sound: Callable[[Policy], None], complaints: TextIO | None = None) -> int:
    source = _NONE
    try:
        source = read_source(_content(file))
        policy = read_policy(source.document)
    except InvalidPolicy as exc:
        for problem in sorted(exc.problems, key=lambda each: source.line_of(each.pointer)):
            print(_sentence(file, source, problem), file=complaints)
        print(f"Tidak sah: {len(exc.problems)} kesalahan (not valid).", file=complaints)
        return 1
    sound(policy)
    return 0


def _say(policy: Policy) -> None:
    print(f"Sah (valid): {policy.name}, {policy.policy} versi {policy.version}")
    print(f"sha256 {sha256_of(policy)}")


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as exc:
        raise UserError(f"{file} cannot be read: {exc.strerror}.") from exc


def _sentence(file: Path, source: Source, problem: Problem) -> str:
    where = f"{file}:{source.line_of(problem.pointer)}" if source is not _NONE else str(file)
    return f"{where}: {problem.pointer or '/'}: {problem.detail}"
