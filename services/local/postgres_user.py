"""
The user that PostgreSQL runs as when root starts it: a user id that no other process has, so that none reads its data.

`nobody` will not do: other programs run as it too, and who has the same user id may read a process's files and memory.
The programs that create a database insist on a user with a name, though, so `nobody` makes it and then gives it away.
"""

import os
import pwd
import secrets
from pathlib import Path

import psutil

from services.kit.errors import UserError
from services.local.child import Owner
from services.local.console import Say

MAKER = "nobody"
OWN_IDS = range(61184, 65520)
"""Set apart for such users on Linux: systemd's dynamic users have their ids here."""
_ELSE = "use a server that already runs: KINERJA_ADMIN_DSN in the environment."


def maker() -> Owner | None:
    """
    Return the user who may create a database, None: whoever we are.

    Raises:
        UserError: there is no such user here.
    """
    if os.geteuid() != 0:
        _require_a_name(os.geteuid())
        return None
    try:
        entry = pwd.getpwnam(MAKER)
    except KeyError:
        raise UserError(
            f"PostgreSQL does not run as root, and this machine has no user {MAKER} to run it as. "
            f"Start as another user, or {_ELSE}"
        ) from None
    return Owner(entry.pw_uid, entry.pw_gid)


def _require_a_name(uid: int) -> None:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        raise UserError(
            f"PostgreSQL needs a user with a name, and the user id {uid} has none on this machine. "
            f"Add one to its user database (/etc/passwd), start as another user, or {_ELSE}"
        ) from None


def owner_of(folder: Path, made_by: Owner | None, say: Say) -> Owner | None:
    """
    Return the user that the database in *folder* belongs to and runs as, after giving it to one of its own.

    Nothing of it may run meanwhile. The folder itself remembers whose it is. None: whoever we are.
    """
    if made_by is None:
        return None
    found = folder.stat()
    if found.st_uid in OWN_IDS:
        return Owner(found.st_uid, found.st_gid)
    own = _unused()
    try:
        give(folder, own)
    except OSError:  # a container that has few user ids
        say(f"there is no user id that only PostgreSQL would have: it runs as {MAKER}, as other programs may")
        give(folder, made_by)
        return made_by
    return own


def give(folder: Path, owner: Owner) -> None:
    """Give the folder and all in it to *owner*."""
    os.chown(folder, owner.uid, owner.gid)
    for path in folder.rglob("*"):
        os.chown(path, owner.uid, owner.gid, follow_symlinks=False)


def _unused() -> Owner:
    taken = {process.info["uids"].real for process in psutil.process_iter(["uids"]) if process.info["uids"]}
    taken |= {entry.pw_uid for entry in pwd.getpwall()}
    uid = secrets.choice([uid for uid in OWN_IDS if uid not in taken])
    return Owner(uid, uid)
