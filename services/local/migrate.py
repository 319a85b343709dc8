"""`kinerja migrate`: roles, schemas, tables and topics, brought to what this version needs. Safe to run again."""

import asyncio

import asyncpg
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.topics import EVENTS
from services.kit.errors import UserError
from services.kit.kafka_address import FORM, KafkaAddress
from services.kit.migrations import prepare_database
from services.local.topics import create_topics


class MigrateSettings(BaseSettings):
    """Where to migrate: the only process that knows the superuser."""

    model_config = SettingsConfigDict(env_prefix="KINERJA_", frozen=True, extra="ignore")

    admin_dsn: str = Field(description="Superuser on the database of this installation.")
    ingest_dsn: str = Field(description="The role of ingest on the same database; its password is set from here.")
    scoring_dsn: str = Field(description="The role of scoring.")
    notifications_dsn: str = Field(description="The role of notifications.")
    kafka: KafkaAddress = Field(description=f"Where Kafka is, {FORM}.")
    production: bool = Field(False, description="Topics for a cluster of three brokers instead of one.")


def run() -> None:
    """Entry point of the process."""
    asyncio.run(migrate(_settings()))


async def migrate(settings: MigrateSettings) -> None:
    """
    Create and migrate everything that the services expect to find.

    Raises:
        UserError: a server does not answer or refuses.
    """
    dsns = {
        "ingest": settings.ingest_dsn,
        "scoring": settings.scoring_dsn,
        "notifications": settings.notifications_dsn,
    }
    try:
        await prepare_database(settings.admin_dsn, dsns)
    except (OSError, asyncpg.InvalidAuthorizationSpecificationError) as exc:
        raise UserError(f"PostgreSQL does not let us in with KINERJA_ADMIN_DSN: {exc}.") from exc
    folded = await _folded_partitions(settings.scoring_dsn)
    await create_topics(settings.kafka, production=settings.production, folded=folded)


async def _folded_partitions(scoring_dsn: str) -> dict[str, int]:
    """Return with how many partitions of kinerja.events the data was folded; nothing before the first was."""
    conn = await asyncpg.connect(scoring_dsn)
    try:
        count = await conn.fetchval("SELECT count(*) FROM consumer_offset WHERE partition >= 0")
    finally:
        await conn.close()
    return {EVENTS: count} if count else {}


def _settings() -> MigrateSettings:
    try:
        return MigrateSettings()
    except ValidationError as exc:
        names = ", ".join(f"KINERJA_{str(error['loc'][0]).upper()}" for error in exc.errors())
        raise UserError(f"Set in the environment, or correct: {names}.") from exc
