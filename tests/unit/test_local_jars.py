"""The broker's jars: only the ones that the lock names are ever used."""

import hashlib
import re
from pathlib import Path

import pytest

from services.kit.errors import UserError
from services.local import jars
from services.local.console import silent
from services.local.jars import Jar, JarLock, fetch, read_lock

GOOD = b"the real jar"
JAR = Jar("org.example:broker:1.0", hashlib.sha256(GOOD).hexdigest())
LOCK = JarLock("broker-1.0", (JAR,))


class Repository:
    """Hands out the given contents one after the other; then it is unreachable."""

    def __init__(self, *contents: bytes) -> None:
        self.contents = list(contents)

    def __call__(self, jar: Jar, folder: Path) -> Path:
        if not self.contents:
            raise OSError("Name or service not known")
        path = folder / jar.filename
        path.write_bytes(self.contents.pop(0))
        return path


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jars, "PAUSE_S", 0.0)


def test_the_lock_names_46_jars_of_exact_versions() -> None:
    """The committed lock has every jar with a version and a SHA-256, Kafka 4.3.1 and a logging binding among them."""
    lock = read_lock()
    assert len(lock.jars) == len({jar.filename for jar in lock.jars}) == 46
    assert all(re.fullmatch(r"[0-9a-f]{64}", jar.sha256) for jar in lock.jars)
    assert {"org.apache.kafka:kafka_2.13:4.3.1", "org.slf4j:slf4j-simple:1.7.36"} <= {j.coordinate for j in lock.jars}


def test_a_jar_with_a_wrong_checksum_is_refused(tmp_path: Path) -> None:
    """What is not the jar of the lock never gets into the folder, and the message says what was found."""
    with pytest.raises(UserError, match="the lock says") as caught:
        fetch(LOCK, tmp_path, silent, Repository(b"evil", b"evil", b"evil"))
    assert hashlib.sha256(b"evil").hexdigest() in str(caught.value)
    assert [path for path in tmp_path.rglob("*") if path.suffix == ".jar"] == []


def test_a_second_try_may_bring_the_right_jar(tmp_path: Path) -> None:
    """A broken transfer is tried again."""
    (path,) = fetch(LOCK, tmp_path, silent, Repository(b"the real", GOOD))
    assert path.read_bytes() == GOOD


def test_a_verified_jar_is_not_fetched_again(tmp_path: Path) -> None:
    """With all jars there, no network is needed."""
    fetch(LOCK, tmp_path, silent, Repository(GOOD))
    assert fetch(LOCK, tmp_path, silent, Repository())[0].read_bytes() == GOOD


def test_a_jar_damaged_on_disk_is_replaced(tmp_path: Path) -> None:
    """A file that changed since it was fetched is not used; the jar is fetched anew."""
    (path,) = fetch(LOCK, tmp_path, silent, Repository(GOOD))
    path.write_bytes(b"rotten")
    assert fetch(LOCK, tmp_path, silent, Repository(GOOD))[0].read_bytes() == GOOD


def test_without_network_the_message_says_what_to_do(tmp_path: Path) -> None:
    """It names what failed, how often it was tried, and how to use a broker that already runs."""
    with pytest.raises(UserError) as caught:
        fetch(LOCK, tmp_path, silent, Repository())
    told = str(caught.value)
    assert "1 of 1 jars" in told
    assert "org.example:broker:1.0: Name or service not known" in told
    assert "tried 3 times" in told
    assert "KINERJA_KAFKA=host:port" in told


def test_a_folder_that_has_all_of_them_is_left_as_it_is(tmp_path: Path) -> None:
    """Nothing is written, so it may be read-only and somebody else's: not even a lock is left beside the jars."""
    (tmp_path / LOCK.name).mkdir()
    (tmp_path / LOCK.name / JAR.filename).write_bytes(GOOD)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path, *tmp_path.rglob("*"))}
    assert fetch(LOCK, tmp_path, silent, Repository()) == [tmp_path / LOCK.name / JAR.filename]
    assert {path: path.stat().st_mtime_ns for path in (tmp_path, *tmp_path.rglob("*"))} == before
