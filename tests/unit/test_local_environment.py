"""What of the caller's surroundings reaches an instance: the folders it is given, and nothing else."""

import os
from pathlib import Path

import platformdirs
import pytest

from services.kit.errors import UserError
from services.local import environment, folders
from services.local.console import silent
from services.local.credentials import load_or_create
from services.local.environment import for_processes, print_ignored, read_knobs
from services.local.programs import Surroundings, migration, services

CALLERS = {
    "KINERJA_ENV_FILE": "/gone/tools.env",
    "KINERJA_SMTP_TLS": "starttls",
    "KINERJA_SMTP_USER": "somebody",
    "KINERJA_INGEST_HOST": "0.0.0.0",
    "PGSSLMODE": "require",
    "PGPORT": "5432,5433",
    "JAVA_TOOL_OPTIONS": "-Dfile.encoding=ASCII",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "all_proxy": "socks5://127.0.0.1:9",
    "PYTHONPATH": "/elsewhere",
    "LC_ALL": "tr_TR.UTF-8",
    "TZ": "Pacific/Kiritimati",
    "HOME": "/root/of/somebody",
}


def around(folder: Path, knobs: dict[str, str] | None = None) -> Surroundings:
    credentials = load_or_create(folder)
    ports = dict.fromkeys(("ingest", "scoring", "notifications", "worker", "closer", "smtp"), 1)
    dsns = {role: f"postgresql://{role}@h/d" for role in credentials.roles}
    return Surroundings(folder, ports, credentials, "127.0.0.1:1", dsns, knobs or {})


def test_nothing_of_the_callers_environment_reaches_a_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the caller has set, each process is given the same."""
    before = [program.command.env for program in services(around(tmp_path))]
    for name, value in CALLERS.items():
        monkeypatch.setenv(name, value)
    after = [program.command.env for program in services(around(tmp_path))]
    assert before == after
    given = [*after, migration(around(tmp_path), "postgresql://x").env]
    assert not any(CALLERS[name] == env.get(name) for env in given for name in CALLERS)
    assert all(env["HOME"] == str(tmp_path) for env in given), "libraries look for keys and settings there"


def test_settings_that_do_not_count_are_named(tmp_path: Path) -> None:
    """Who has set something hears that it has no effect, and where it would; addresses of servers do count."""
    said: list[str] = []
    print_ignored(
        {"KINERJA_CLOSE_AT": "04:00", "KINERJA_KAFKA": "h:1", "HOME": "/"}, tmp_path / "settings.env", said.append
    )
    assert len(said) == 1
    assert "KINERJA_CLOSE_AT" in said[0]
    assert "KINERJA_KAFKA" not in said[0]
    assert str(tmp_path / "settings.env") in said[0]
    print_ignored({"HOME": "/"}, tmp_path / "settings.env", said.append)
    assert len(said) == 1


def test_the_owners_settings_reach_every_process_and_mail_is_taken_whole(tmp_path: Path) -> None:
    """A relay of their own replaces the mailbox with all that belongs to it; other settings stand beside ours."""
    path = tmp_path / "settings.env"
    path.write_text(
        "# the office's relay\nKINERJA_SMTP_HOST=mail.example\nKINERJA_SMTP_TLS=starttls\n\nKINERJA_CLOSE_AT = 04:00\n"
    )
    commands = {program.name: program.command for program in services(around(tmp_path, read_knobs(path)))}
    mail = {name: value for name, value in commands["notifications"].env.items() if name.startswith("KINERJA_SMTP_")}
    assert mail == {"KINERJA_SMTP_HOST": "mail.example", "KINERJA_SMTP_TLS": "starttls"}
    assert commands["closer"].env["KINERJA_CLOSE_AT"] == "04:00"
    assert commands["mailbox"].env["KINERJA_SMTP_HOST"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            "KINERJA_SMTP_USER=me\nKINERJA_SMTP_TLS=tls\n",
            "KINERJA_SMTP_TLS, KINERJA_SMTP_USER without KINERJA_SMTP_HOST",
        ),
        ("export X=1\n", "Line 1 of .* is no setting"),
        ("KINERJA_CLOSE_TA=04:00\n", "KINERJA_CLOSE_TA, and no process has such a setting"),
        (b"KINERJA_MAIL_FROM=\xff\n", "cannot be read"),
    ],
)
def test_wrong_settings_of_the_owner_are_named(tmp_path: Path, content: str | bytes, words: str) -> None:
    """A part of a group, a line that is none, a misspelt name, another encoding: each is a sentence."""
    path = tmp_path / "settings.env"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UserError, match=words):
        read_knobs(path)


def test_a_setting_that_the_instance_decides_is_refused(tmp_path: Path) -> None:
    """It would only seem to count."""
    with pytest.raises(UserError, match="KINERJA_INGEST_PORT, which an instance decides itself"):
        services(around(tmp_path, {"KINERJA_INGEST_PORT": "8001"}))


def test_folders_have_their_mode_whatever_the_umask_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What everybody must read is open although the caller's files are closed, and what is private is closed."""
    monkeypatch.setattr(platformdirs, "site_cache_path", lambda _: tmp_path / "shared" / "kinerja")
    for umask in (0o077, 0o000):
        old = os.umask(umask)
        try:
            shared = folders.shared_cache_folder()
            private = folders.data_folder(tmp_path / f"data-{umask}")
        finally:
            os.umask(old)
        assert (shared.stat().st_mode & 0o777, shared.parent.stat().st_mode & 0o777) == (0o755, 0o755)
        assert private.stat().st_mode & 0o777 == 0o700


def test_a_shared_folder_that_was_closed_by_mistake_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an earlier version left it, the programs in it could not be run by the user they run as."""
    (tmp_path / "kinerja").mkdir(mode=0o700)
    monkeypatch.setattr(platformdirs, "site_cache_path", lambda _: tmp_path / "kinerja")
    assert folders.shared_cache_folder().stat().st_mode & 0o777 == 0o755


def test_a_data_folder_that_is_open_to_others_is_closed(tmp_path: Path) -> None:
    """An empty one, and one of ours; one that holds other things is refused and left as it is."""
    empty, ours, foreign = (tmp_path / name for name in ("empty", "ours", "foreign"))
    for folder in (empty, ours, foreign):
        folder.mkdir()
        folder.chmod(0o755)
    (ours / folders.MARK).touch()
    (foreign / "thesis.txt").touch()
    assert [folders.data_folder(folder).stat().st_mode & 0o777 for folder in (empty, ours)] == [0o700, 0o700]
    with pytest.raises(UserError, match=r"open to other users \(mode 755\) and holds other things"):
        folders.data_folder(foreign)
    assert foreign.stat().st_mode & 0o777 == 0o755


def test_the_home_of_somebody_else_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """HOME counts when it is ours; else what the user database says, else there is none."""
    mine, record = tmp_path / "mine", tmp_path / "record"
    mine.mkdir()
    record.mkdir()
    monkeypatch.setattr(folders, "_home_on_record", lambda: str(record))
    monkeypatch.setenv("HOME", str(mine))
    assert folders.settle_home() == mine
    for wrong in ("/proc", "/nowhere/at/all", "relative", ""):
        monkeypatch.setenv("HOME", wrong)
        if wrong == "/proc" and os.geteuid() == 0:
            continue  # root owns it
        assert folders.settle_home() == record
        assert os.environ["HOME"] == str(record)
    monkeypatch.delenv("HOME")
    assert folders.settle_home() == record


def test_without_any_home_the_message_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user id without a name and without HOME: a sentence with the option that helps, and the option does."""
    monkeypatch.setattr(folders, "_home_on_record", lambda: None)
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("KINERJA_CACHE_DIR", raising=False)
    with pytest.raises(UserError, match="--data DIR, or set HOME"):
        folders.data_folder(None)
    with pytest.raises(UserError, match="KINERJA_CACHE_DIR=DIR, or set HOME"):
        folders.cache_folder()
    monkeypatch.setenv("KINERJA_CACHE_DIR", str(tmp_path / "cache"))
    assert folders.cache_folder() == tmp_path / "cache"
    assert folders.data_folder(tmp_path / "data") == tmp_path / "data"


def test_what_every_process_is_given_is_pinned(tmp_path: Path) -> None:
    """Encoding, zone and home are decided, so that no two machines differ."""
    given = for_processes(tmp_path)
    assert {name: given[name] for name in ("LC_ALL", "TZ", "HOME")} == {
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "HOME": str(tmp_path),
    }
    assert environment.ignored({}) == []
    assert read_knobs(tmp_path / "none") == {}
    silent("")
