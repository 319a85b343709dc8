"""
Where downloads and data of one user live on this machine, made so that only those can enter who should.

KINERJA_CACHE_DIR and `--data` override them; nothing else in the product names a folder of the machine.
"""

import contextlib
import os
import pwd
import shlex
import stat
from collections.abc import Callable
from pathlib import Path

import platformdirs

from services.kit.errors import UserError

FOR_EVERYBODY, FOR_THE_OWNER = 0o755, 0o700
MARK = "lock"
"""The file that every data folder of ours has, from the first moment on."""


def cache_folder() -> Path:
    """Folder for verified downloads of this user; created when missing, and enough as it is when it is complete."""
    if chosen := os.environ.get("KINERJA_CACHE_DIR"):
        folder = Path(chosen).absolute()
        settle_home(otherwise=folder)
    else:
        folder = _at_home(platformdirs.user_cache_path, "KINERJA_CACHE_DIR=DIR")
    return _made(folder, FOR_THE_OWNER, " Choose another folder with KINERJA_CACHE_DIR.")


def shared_cache_folder() -> Path:
    """
    Folder that root fills and every user can read; created when missing.

    Only root uses it: the database does not run as root, and root's own folders are closed to others.
    """
    folder = _made(platformdirs.site_cache_path("kinerja"), FOR_EVERYBODY, "")
    with contextlib.suppress(OSError):  # read-only and open is as good
        folder.chmod(FOR_EVERYBODY)
    return folder


def data_folder(chosen: Path | None) -> Path:
    """
    Folder of one instance, absolute, closed to everybody but its owner; created when missing.

    Raises:
        UserError: it cannot be made, or it is open to others and holds things that are not ours to close.
    """
    folder = chosen.absolute() if chosen else _at_home(platformdirs.user_data_path, "--data DIR")
    _made(folder, FOR_THE_OWNER, " Choose another folder with --data.")
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & ~FOR_THE_OWNER:
        _close(folder, mode)
    return folder


def settle_home(otherwise: Path | None = None) -> Path | None:
    """
    Return the home folder of whoever runs us, and let HOME name it for the libraries that ask.

    HOME counts unless it belongs to somebody else, as it does after `su` or `sudo -E`; then the user database decides.
    *otherwise* stands in where neither gives a folder. None: there is none.
    """
    named = [os.environ.get("HOME"), _home_on_record()]
    home = next((Path(name) for name in named if name and _is_own(Path(name))), otherwise)
    if home is None:
        os.environ.pop("HOME", None)
    else:
        os.environ["HOME"] = str(home)
    return home


def _home_on_record() -> str | None:
    try:
        return pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:
        return None


def _is_own(home: Path) -> bool:
    try:
        ours = home.stat().st_uid == os.geteuid()
    except OSError:
        return False
    return home.is_absolute() and (ours or (os.geteuid() != 0 and os.access(home, os.W_OK | os.X_OK)))


def _at_home(path_of: Callable[[str], Path], option: str) -> Path:
    if settle_home() is None:
        raise UserError(
            f"There is no home folder for this user (id {os.geteuid()}): HOME is not set or belongs to somebody else. "
            f"Say where to keep things with {option}, or set HOME to a folder of this user."
        )
    return path_of("kinerja")


def _made(folder: Path, mode: int, hint: str) -> Path:
    """Create what is missing of the path, with exactly *mode* whatever the umask is; leave what is there."""
    missing = [path for path in (folder, *folder.parents) if not os.path.lexists(path)]
    try:
        for path in reversed(missing):
            path.mkdir(exist_ok=True)
            path.chmod(mode)
        if not folder.is_dir():
            raise NotADirectoryError(0, "there is a file of this name")
        os.listdir(folder)
    except OSError as exc:
        raise UserError(f"The folder {folder} cannot be used: {exc.strerror}.{hint}") from exc
    return folder


def _close(folder: Path, mode: int) -> None:
    """Close an open folder if that takes nothing away from anybody: it is ours already, or empty."""
    if not (folder / MARK).exists() and any(folder.iterdir()):
        raise UserError(
            f"The folder {folder} is open to other users (mode {mode:o}) and holds other things already. Choose an "
            f"empty or a new folder with --data, or close it yourself: chmod 700 {shlex.quote(str(folder))}"
        )
    try:
        folder.chmod(FOR_THE_OWNER)
    except OSError as exc:
        raise UserError(
            f"The folder {folder} is open to other users and cannot be closed to them: {exc.strerror}. "
            "Choose a folder of your own with --data."
        ) from exc
