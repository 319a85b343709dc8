"""The tool behind `kinerja refold`, for what notifications keeps: wires settings, database and terminal."""

import asyncio

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.kit.dsn import Dsn
from services.kit.errors import Unavailable, UserError
from services.kit.postgres import open_pool, transaction
from services.kit.settings import read_settings
from services.notifications import folding
from services.notifications.store import positions


class RefoldSettings(BaseSettings):
    """Where the read model is."""

    model_config = SettingsConfigDict(env_prefix="KINERJA_", frozen=True, extra="ignore")

    notifications_dsn: Dsn = Field(description="PostgreSQL address with the role `notifications`.")


def refold() -> None:
    """Take in what was kept apart and can be read now; print how many records. Raises UserError."""
    settings = read_settings(RefoldSettings)
    try:
        taken, apart = asyncio.run(_refold(settings.notifications_dsn.get_secret_value()))
    except Unavailable as exc:
        raise UserError(f"KINERJA_NOTIFICATIONS_DSN: {exc}") from None
    print(f"Notifikasi: {taken} rekaman kini diketahui (refolded); {sum(apart.values())} belum (kept apart).")


async def _refold(dsn: str) -> tuple[int, dict[str, int]]:
    pool = await open_pool(dsn, size=1)
    try:
        taken = await folding.refold(pool, only_later=False)
        async with transaction(pool) as conn:
            return taken, await positions.count_kept_apart(conn)
    finally:
        await pool.close()
