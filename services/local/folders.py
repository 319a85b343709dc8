"""
Where downloads and data of one user live on this machine.

KINERJA_CACHE_DIR and `--data` override them; nothing else in the product names a folder of the machine.
"""

import os
from pathlib import Path

import platformdirs

from services.kit.errors import UserError


def cache_folder() -> Path:
    """Folder for verified downloads of this user; created when missing."""
    chosen = os.environ.get("KINERJA_CACHE_DIR")
    return _made(Path(chosen) if chosen else platformdirs.user_cache_path("kinerja"), "KINERJA_CACHE_DIR")


def shared_cache_folder() -> Path:
    """
    Folder that root fills and every user can read; created when missing.

    Only root uses it: the database does not run as root, and root's own folders are closed to others.
    """
    return _made(platformdirs.site_cache_path("kinerja"), None)


def data_folder(chosen: Path | None) -> Path:
    """Folder of one instance, absolute, readable by its owner only; created when missing."""
    folder = (chosen or platformdirs.user_data_path("kinerja")).absolute()
    return _made(folder, "--data", mode=0o700)


def _made(folder: Path, option: str | None, mode: int = 0o755) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=mode)
    except OSError as exc:
        hint = f" Choose another folder with {option}." if option else ""
        raise UserError(f"The folder {folder} cannot be created: {exc.strerror}.{hint}") from exc
    return folder
