"""
The broker's jars: which ones, where they come from, and the proof that they are the right ones.

`kafka.lock.json` names every jar with its SHA-256. Nothing is resolved at run time, and no jar is used unverified.
"""

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import truststore
from filelock import FileLock

from services.kit.errors import UserError
from services.local.console import Say

LOCK_FILE = Path(__file__).with_name("kafka.lock.json")
TRIES = 3
PARALLEL_DOWNLOADS = 6
TIMEOUT_S = 30
PAUSE_S = 1.0

Download = Callable[["Jar", Path], Path]
"""Fetches one jar into a folder and returns the file; raises whatever the network raises."""


class WrongChecksum(Exception):
    """A file is not the jar that the lock names."""


@dataclass(frozen=True, slots=True)
class Jar:
    """One pinned artifact, as `group:artifact:version` and the SHA-256 of its jar."""

    coordinate: str
    sha256: str

    @property
    def filename(self) -> str:
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"


@dataclass(frozen=True, slots=True)
class JarLock:
    """All jars of one broker version, in class path order."""

    name: str
    jars: tuple[Jar, ...]


def read_lock(path: Path = LOCK_FILE) -> JarLock:
    """Read the committed lock."""
    content = json.loads(path.read_text())
    return JarLock(content["name"], tuple(Jar(coordinate, sha256) for coordinate, sha256 in content["jars"].items()))


def verify(jar: Jar, path: Path) -> None:
    """
    Compare the file with the lock.

    Raises:
        WrongChecksum: the content is not what the lock names.
    """
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != jar.sha256:
        raise WrongChecksum(f"{jar.coordinate}: SHA-256 is {found}, the lock says {jar.sha256}")


def fetch(lock: JarLock, folder: Path, say: Say, download: Download | None = None) -> list[Path]:
    """
    Return the verified jars in class path order, downloading what is missing or damaged.

    Safe to call from several processes at once. A file that fails its checksum is never used. A folder that has all of
    them need not be writable.

    Raises:
        UserError: a jar cannot be had; the message says what was tried.
    """
    target = folder / lock.name
    try:
        if _missing(lock, target):
            target.mkdir(exist_ok=True)
            with FileLock(folder / f"{lock.name}.lock"):
                if missing := _missing(lock, target):
                    _download_all(lock, missing, target, say, download or _from_repository)
    except OSError as exc:
        raise UserError(
            f"{lock.name} cannot be kept in {folder}: {exc.strerror or exc}. "
            "Choose another folder with KINERJA_CACHE_DIR."
        ) from exc
    return [target / jar.filename for jar in lock.jars]


def _missing(lock: JarLock, target: Path) -> list[Jar]:
    return [jar for jar in lock.jars if not _is_good(jar, target / jar.filename)]


def _is_good(jar: Jar, path: Path) -> bool:
    try:
        verify(jar, path)
    except (FileNotFoundError, WrongChecksum):
        return False
    return True


def _download_all(lock: JarLock, wanted: Sequence[Jar], target: Path, say: Say, download: Download) -> None:
    say(f"fetching {len(wanted)} jars of {lock.name} (about 40 MB, once for this user) ...")
    started = time.monotonic()
    for abandoned in target.parent.glob(".fetching-*"):  # by a process that was killed: we hold the lock
        shutil.rmtree(abandoned, ignore_errors=True)
    staging = Path(tempfile.mkdtemp(prefix=".fetching-", dir=target.parent))
    try:
        with _system_authorities(), ThreadPoolExecutor(PARALLEL_DOWNLOADS) as pool:
            outcomes = list(pool.map(lambda jar: _try(jar, staging, target, download), wanted))
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    failures = [outcome for outcome in outcomes if outcome]
    if failures:
        raise UserError(_advice(lock, len(wanted), failures))
    say(f"fetched and verified in {time.monotonic() - started:.0f} s")


@contextmanager
def _system_authorities() -> Iterator[None]:
    """Trust what the machine trusts, so that a company's own certificate authority works; process-wide meanwhile."""
    truststore.inject_into_ssl()
    try:
        yield
    finally:
        truststore.extract_from_ssl()


def _try(jar: Jar, staging: Path, target: Path, download: Download) -> str | None:
    """Fetch one jar into place; return why not, after TRIES attempts."""
    reason = ""
    for attempt in range(TRIES):
        time.sleep(attempt * PAUSE_S)
        folder = staging / f"{jar.filename}.{attempt}"
        folder.mkdir()
        try:
            path = download(jar, folder)
            verify(jar, path)
        except Exception as exc:  # every cause, from DNS to a broken proxy, ends in the same advice
            reason = f"{jar.coordinate}: {_short(exc)}"
            continue
        os.replace(path, target / jar.filename)
        return None
    return reason


def _short(exc: Exception) -> str:
    text = str(exc).strip() or type(exc).__name__
    return text if len(text) <= 300 else f"{text[:300]}..."


def _advice(lock: JarLock, wanted: int, failures: list[str]) -> str:
    return (
        f"{len(failures)} of {wanted} jars of {lock.name} could not be fetched, each tried {TRIES} times from "
        f"{', '.join(_repositories().values())} with the system's certificate authorities. "
        f"The first: {failures[0]}. Check the network (HTTPS_PROXY is respected, and a mirror can be named under "
        "[repositories] in ~/.config/jgo.conf), "
        "or use a broker that already runs: KINERJA_KAFKA=host:port in the environment."
    )


def _repositories() -> dict[str, str]:
    """Repositories by name: the user's own from jgo's settings first, then jgo's default."""
    from jgo.config import GlobalSettings
    from jgo.maven import MavenContext

    own: dict[str, str] = GlobalSettings.load().repositories
    return own | {name: url for name, url in MavenContext().remote_repos.items() if name not in own}


def _from_repository(jar: Jar, folder: Path) -> Path:
    from jgo.maven import MavenContext

    group, artifact, version = jar.coordinate.split(":")
    context = MavenContext(repo_cache=folder, remote_repos=_repositories(), timeout=TIMEOUT_S)
    path: Path = context.project(group, artifact).at_version(version).artifact().resolve()
    return path
