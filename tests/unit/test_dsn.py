"""A DSN says the whole of where PostgreSQL is and who we are to it, or is refused with the form."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr, TypeAdapter, ValidationError

from services.cli import main
from services.kit.dsn import FORM, Dsn
from services.local.environment import GivenServers, given_servers

DSN = TypeAdapter[SecretStr](Dsn)
SERVICES = (("ingest",), ("scoring", "api"), ("scoring", "worker"), ("closer",), ("notifications",))
TOOLS = (("verify",), ("rebuild",), ("refold",), ("migrate",), ("ledger", "verify"))
WHOLE = "postgresql://scoring:secret@127.0.0.1:1/kinerja"


@pytest.mark.parametrize(
    "dsn",
    [
        WHOLE,
        "postgres://u:p@db/kinerja",
        "postgresql://u@db/kinerja",
        "postgresql://u:p%40ss%2Fw%3Ard@db.example:65535/kinerja?sslmode=require&application_name=a",
        "postgresql://u:a:b@[::1]:5432/kinerja",
        "postgresql://u:p@one:1,two:2,three/kinerja?target_session_attrs=read-write",
        "postgresql://u:p@/kinerja?host=/run/postgresql&port=5432",
        "postgresql://u:p@%2Frun%2Fpostgresql/kinerja\n",
    ],
)
def test_every_whole_address_is_taken_as_it_is(dsn: str) -> None:
    """Without a password, with options, several servers, a socket, and the line break of a file of secrets."""
    assert DSN.validate_python(dsn).get_secret_value() == dsn


@pytest.mark.parametrize(
    "dsn",
    [
        "",
        " ",
        "kinerja",
        "localhost:5432",
        "host=localhost dbname=kinerja password=secret",
        "mysql://u:secret@h/d",
        "postgresql://",
        "postgresql://localhost",
        "postgresql://h/d",
        "postgresql://:secret@h/d",
        "postgresql://u:@h/d",
        "postgresql://u:secret@/d",
        "postgresql://u:secret@/d?sslmode=require",
        "postgresql://u:secret@h",
        "postgresql://u:secret@h/",
        "postgresql://u:secret@h/d/e",
        "postgresql://u:secret@h:port/d",
        "postgresql://u:secret@h:0/d",
        "postgresql://u:secret@h:65536/d",
        "postgresql://u:secret@h:1,/d",
        "postgresql://u:secret@h:1,h:65536/d",
        "postgresql://u:secret@[::1/d",
        "postgresql://u:secret@h/d?sslmode",
        "postgresql://u:secret@h/d#x",
        "postgresql://u:sec/ret@h/d",
        "postgresql://u:sec@secret@h/d",
        "postgresql://u:sec#secret@h/d",
        "postgresql://u:secret\u2100@h /d",
    ],
)
def test_what_would_reach_another_server_or_none_is_refused_with_the_form_alone(dsn: str) -> None:
    """An empty one would mean localhost; no word of it is repeated, for any may be of the password."""
    with pytest.raises(ValidationError) as refused:
        DSN.validate_python(dsn)
    (error,) = refused.value.errors()
    assert FORM in error["msg"]
    assert "secret" not in error["msg"]


@pytest.mark.parametrize("command", [*SERVICES, *TOOLS], ids=" ".join)
@pytest.mark.parametrize("dsn", ["", "postgresql://u:secret@h:port/d"])
def test_every_process_names_the_variable_and_the_form(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
    dsn: str,
) -> None:
    """Services and tools alike, in a sentence, before they reach for a server."""
    dsns = {f"KINERJA_{name}_DSN": dsn for name in ("ADMIN", "INGEST", "SCORING", "NOTIFICATIONS")}
    around = {"KINERJA_KAFKA": "127.0.0.1:1", "KINERJA_TOKENS_FILE": str(tmp_path / "access.json")}
    monkeypatch.delenv("KINERJA_ENV_FILE", raising=False)
    for name, value in (dsns | around).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["kinerja", *command])
    with pytest.raises(SystemExit, match="1"):
        main()
    told = "".join(capsys.readouterr())
    assert f"_DSN is not usable: its form is {FORM}" in told
    assert "secret" not in told
    assert "foreseen" not in told


@pytest.mark.parametrize(
    ("name", "value", "form"),
    [
        ("KINERJA_ADMIN_DSN", "postgresql://u:secret@h:port/d", FORM),
        ("KINERJA_KAFKA", "u:secret@h", "[user:password@]host:port"),
    ],
)
def test_an_instance_does_not_start_on_servers_it_could_not_reach(
    tmp_path: Path, name: str, value: str, form: str
) -> None:
    """`kinerja up` says so before it starts the other server."""
    argv = [sys.executable, "-m", "services.cli", "up", "--data", str(tmp_path / "data")]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=os.environ | {name: value})
    told = done.stdout + done.stderr
    assert done.returncode == 1
    assert f"kinerja: {name} is not usable: " in told
    assert form in told
    assert "secret" not in told
    assert "starting" not in told


def test_an_instance_takes_an_empty_variable_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """It then starts a server of its own, as without the variable."""
    for name in ("KINERJA_ADMIN_DSN", "KINERJA_KAFKA"):
        monkeypatch.setenv(name, "")
    assert given_servers() == GivenServers(kafka=None, admin_dsn=None)
