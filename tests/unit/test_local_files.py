"""The files of an instance: written in one step, for their owner's eyes only, and never with more than they need."""

import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.rights import READ_SCORING
from services.ingest.rights import sending_of
from services.ingest.sealed.key import read_key
from services.kit.access_file import AccessFile
from services.kit.errors import UserError
from services.local.addresses import Addresses, as_json, write_private
from services.local.credentials import ensure_sealed_key, load_or_create, write_access_file
from services.local.programs import Surroundings, migration, services

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ADDRESSES = Addresses("http://i", "http://s", "http://n", "127.0.0.1:1", {}, "postgresql://x", "/mail", {"source": "a"})


def test_the_ready_file_is_for_its_owner_only(tmp_path: Path) -> None:
    """It holds tokens and a password: mode 0600, whatever the umask, also when it replaces a more open file."""
    path = tmp_path / "ready.json"
    path.write_text("old")
    path.chmod(0o666)
    old = os.umask(0)
    try:
        write_private(path, as_json(ADDRESSES, {"kafka": 7}))
    finally:
        os.umask(old)
    assert path.stat().st_mode & 0o777 == 0o600
    content = json.loads(path.read_text())
    assert content["pids"] == {"kafka": 7}
    assert set(content) == {
        "ingest",
        "scoring",
        "notifications",
        "kafka",
        "kafka_user",
        "postgres",
        "mail",
        "tokens",
        "pids",
    }


def test_a_reader_never_sees_a_part_of_the_ready_file(tmp_path: Path) -> None:
    """While it is rewritten again and again, every read parses."""
    path = tmp_path / "ready.json"
    contents = [as_json(ADDRESSES, dict.fromkeys(map(str, range(count)), count)) for count in (1, 3000)]
    write_private(path, contents[0])
    done = threading.Event()

    def rewrite() -> None:
        for turn in range(200):
            write_private(path, contents[turn % 2])
        done.set()

    writer = threading.Thread(target=rewrite)
    writer.start()
    while not done.is_set():
        assert path.read_text() in contents
    writer.join()
    assert list(tmp_path.iterdir()) == [path], "nothing is left beside it"


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A missing folder is a message with the path, not a stack trace."""
    with pytest.raises(UserError, match=r"missing/ready\.json cannot be written: No such file"):
        write_private(tmp_path / "missing" / "ready.json", "")


def test_secrets_are_made_once_for_each_folder(tmp_path: Path) -> None:
    """A folder keeps its secrets; another folder gets others; no secret is used twice."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    first = load_or_create(tmp_path / "one")
    assert load_or_create(tmp_path / "one") == first
    second = load_or_create(tmp_path / "two")
    secrets = [
        secret
        for made in (first, second)
        for secret in (made.admin_password, *made.roles.values(), *made.tokens.values())
    ]
    assert len(set(secrets)) == len(secrets) == 16
    assert (tmp_path / "one" / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_damaged_secrets_are_named_and_kept(tmp_path: Path) -> None:
    """Secrets that cannot be read are not replaced: they are the only key to the data beside them."""
    path = tmp_path / "secrets.json"
    path.write_text('{"admin_password": "x"}')
    with pytest.raises(UserError, match=r"secrets\.json, cannot be read"):
        load_or_create(tmp_path)
    assert path.read_text() == '{"admin_password": "x"}'


def test_the_access_file_grants_what_each_holder_needs_and_no_more(tmp_path: Path) -> None:
    """`source` writes everything and reads nothing, `hr` the reverse; the two processes write their own events only."""
    tokens = load_or_create(tmp_path).tokens
    write_access_file(tmp_path / "access.json", tokens)
    assert not any(token in (tmp_path / "access.json").read_text() for token in tokens.values())
    access = AccessFile(tmp_path / "access.json").current()
    clients = {name: access.holder(token, NOW) for name, token in tokens.items()}
    writes = {
        (name, source, kind)
        for name, client in clients.items()
        for source, kind in (
            ("terminal-7", "attendance.punched.v1"),
            ("kinerja-closer", "day.closed.v1"),
            ("kinerja-notifications", "action.recorded.v1"),
        )
        if client and sending_of(client).about(source, kind, "unit:*")
    }
    assert {(name, source) for name, source, _ in writes} == {
        ("source", "terminal-7"),
        ("source", "kinerja-closer"),
        ("source", "kinerja-notifications"),
        ("closer", "kinerja-closer"),
        ("notifications", "kinerja-notifications"),
    }
    assert {name for name, client in clients.items() if client and client.may(READ_SCORING)} == {
        "hr",
        "notifications",
    }


def test_secrets_go_by_environment_and_only_to_whom_they_concern(tmp_path: Path) -> None:
    """No secret is in an argument; a service has its own role's password, and none has the superuser's."""
    credentials = load_or_create(tmp_path)
    dsns = {role: f"postgresql://{role}:{password}@h/d" for role, password in credentials.roles.items()}
    ports = dict.fromkeys(("ingest", "scoring", "notifications", "worker", "closer", "smtp"), 1)
    around = Surroundings(tmp_path, ports, credentials, "127.0.0.1:1", dsns)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KINERJA_ADMIN_DSN", credentials.admin_password)
        commands = {program.name: program.command for program in services(around)}
        migrate = migration(around, credentials.admin_password)
    secrets = {credentials.admin_password, *credentials.roles.values(), *credentials.tokens.values()}
    for command in (*commands.values(), migrate):
        assert not any(secret in argument for secret in secrets for argument in command.argv)
    holders = {
        name: {role for role, dsn in dsns.items() if dsn in command.env.values()} for name, command in commands.items()
    }
    assert holders == {
        "mailbox": set(),
        "ingest": {"ingest"},
        "scoring": {"scoring"},
        "scoring_worker": {"scoring"},
        "closer": {"scoring"},
        "notifications": {"notifications"},
    }
    assert [name for name, command in commands.items() if credentials.admin_password in command.env.values()] == []
    assert migrate.env["KINERJA_ADMIN_DSN"] == credentials.admin_password


def test_the_key_of_sealed_answers_is_made_once_for_its_owner(tmp_path: Path) -> None:
    """Ingest can read it; another one would leave what is sealed unreadable for ever."""
    path = tmp_path / "sealed.key"
    ensure_sealed_key(path)
    made = path.read_text("ascii")
    ensure_sealed_key(path)
    assert path.read_text("ascii") == made
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_key(path).fingerprint
