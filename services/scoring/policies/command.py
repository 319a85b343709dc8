"""`kinerja policy validate FILE`: whether a policy could be proposed, and on which lines it could not."""

from pathlib import Path

from schemas.policy.identity import sha256_of
from schemas.policy.refusals import InvalidPolicy, read_policy
from schemas.policy.text import Source, read_source
from schemas.problems import Problem
from services.kit.errors import UserError

_NONE = Source(None, {})


def validate(file: Path) -> int:
    """Say what a policy is known by, or all that is wrong with it; return the exit code. Raises UserError."""
    source = _NONE
    try:
        source = read_source(_content(file))
        policy = read_policy(source.document)
    except InvalidPolicy as exc:
        for problem in sorted(exc.problems, key=lambda each: source.line_of(each.pointer)):
            print(_sentence(file, source, problem))
        print(f"Tidak sah: {len(exc.problems)} kesalahan (not valid).")
        return 1
    print(f"Sah (valid): {policy.name}, {policy.policy} versi {policy.version}")
    print(f"sha256 {sha256_of(policy)}")
    return 0


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as exc:
        raise UserError(f"{file} cannot be read: {exc.strerror}.") from exc


def _sentence(file: Path, source: Source, problem: Problem) -> str:
    where = f"{file}:{source.line_of(problem.pointer)}" if source is not _NONE else str(file)
    return f"{where}: {problem.pointer or '/'}: {problem.detail}"
