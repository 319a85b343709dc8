"""`kinerja migrate`: roles, schemas, tables and topics, brought to what this version needs. Safe to run again."""

import asyncio

import asyncpg
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.topics import EVENTS
from services.kit.dsn import Dsn
from services.kit.errors import UserError
from services.kit.kafka_address import FORM, KafkaAddress
from services.kit.migrations import Stage
from services.kit.settings import read_environment
from services.setup.database import prepare_database
from services.setup.topics import create_topics

_PARTITIONS = """
SELECT count(*) FROM scoring.consumer_offset o
WHERE coalesce(to_jsonb(o)->>'partition', to_jsonb(o)->>'part')::int >= 0
"""  # asked before anything is migrated: earlier versions called the column otherwise


class MigrateSettings(BaseSettings):
    """Where to migrate: the only process that knows the superuser."""

    model_config = SettingsConfigDict(env_prefix="KINERJA_", frozen=True, extra="ignore")

    admin_dsn: Dsn = Field(description="Superuser on the database of this installation.")
    ingest_dsn: Dsn = Field(description="The role of ingest on the same database; its password is set from here.")
    scoring_dsn: Dsn = Field(description="The role of scoring.")
    notifications_dsn: Dsn = Field(description="The role of notifications.")
    kafka: KafkaAddress = Field(description=f"Where Kafka is, {FORM}.")
    production: bool = Field(False, description="Topics for a cluster of three brokers instead of one.")


def run(stage: Stage = Stage.ALL) -> None:
    """Entry point of the process."""
    asyncio.run(migrate(read_environment(MigrateSettings), stage))


async def migrate(settings: MigrateSettings, stage: Stage = Stage.ALL) -> None:
    """
    Create and migrate everything that the services expect to find, up to *stage*.

    Raises:
        UserError: a server does not answer or refuses.
    """
    dsns = {
        "ingest": settings.ingest_dsn.get_secret_value(),
        "scoring": settings.scoring_dsn.get_secret_value(),
        "notifications": settings.notifications_dsn.get_secret_value(),
    }
    admin_dsn = settings.admin_dsn.get_secret_value()
    try:
        folded = await _folded_partitions(admin_dsn)
        await create_topics(settings.kafka, production=settings.production, folded=folded)
        await prepare_database(admin_dsn, dsns, stage)
    except (OSError, asyncpg.InvalidAuthorizationSpecificationError) as exc:
        raise UserError(f"PostgreSQL does not let us in with KINERJA_ADMIN_DSN: {exc}.") from exc


async def _folded_partitions(admin_dsn: str) -> dict[str, int]:
    """Return with how many partitions of kinerja.events the data was folded; nothing before the first was."""
    conn = await asyncpg.connect(admin_dsn)
    try:
        if not await conn.fetchval("SELECT to_regclass('scoring.consumer_offset') IS NOT NULL"):
            return {}
        count = await conn.fetchval(_PARTITIONS)
    finally:
        await conn.close()
    return {EVENTS: count} if count else {}
