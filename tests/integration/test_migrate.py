"""What `kinerja migrate` does to servers that are in use already."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from schemas.topics import EVENTS, MEASURES, TOPICS, Topic
from services.kit.errors import UserError
from services.kit.kafka_address import client_options
from services.local.servers import Servers
from services.setup.database import ensure_role, password_of
from services.setup.incremental import SetTopicConfigs
from services.setup.migrate import MigrateSettings, migrate
from services.setup.topics import create_topics
from tests.integration.conftest import role_dsn
from tests.support.deployment import until

OF_THE_TOPIC = 1
"""Where a setting comes from, as brokers number it."""
_EVENTS = next(topic for topic in TOPICS if topic.name == EVENTS)


def _topic() -> Topic:
    """A topic like kinerja.events under a name of its own."""
    return replace(_EVENTS, name=f"test-{secrets.token_hex(6)}")


@asynccontextmanager
async def _admin(servers: Servers) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**client_options(servers.kafka.address))
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def _configs(servers: Servers, topic: Topic) -> Mapping[str, str]:
    async with _admin(servers) as admin:
        (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name)])
        return {entry[0]: entry[1] for entry in answer.resources[0][4]}


async def _set(servers: Servers, topic: Topic, **configs: str) -> None:
    named = {name.replace("_", "."): value for name, value in configs.items()}
    async with _admin(servers) as admin:
        await admin._send_to_controller(SetTopicConfigs({topic.name: named}))

    async def known() -> bool:
        return named.items() <= (await _configs(servers, topic)).items()

    await until(known, 10, "the broker knows the settings")


async def _said(servers: Servers, topic: Topic) -> set[str]:
    """Which settings the topic has of its own, rather than from the broker's defaults."""
    async with _admin(servers) as admin:
        (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name)])
        return {name for name, _, _, source, *_ in answer.resources[0][4] if source == OF_THE_TOPIC}


async def test_topics_say_how_durable_they_are(servers: Servers) -> None:
    """Nothing is left to a broker's defaults, which may be other ones tomorrow."""
    topic = _topic()
    await create_topics(servers.kafka.address, topics=[topic])
    configs = await _configs(servers, topic)
    wanted = {"min.insync.replicas": "1", "unclean.leader.election.enable": "false"} | topic.config
    assert wanted.items() <= configs.items()
    assert wanted.keys() <= await _said(servers, topic)


async def test_measures_are_stamped_by_the_broker(servers: Servers) -> None:
    """Revisions are judged by it, so no sender may choose it, on whatever broker."""
    await create_topics(servers.kafka.address)
    measures = next(topic for topic in TOPICS if topic.name == MEASURES)
    assert (await _configs(servers, measures))["message.timestamp.type"] == "LogAppendTime"
    assert "message.timestamp.type" in await _said(servers, measures)


async def test_migrating_again_changes_only_what_it_names_and_lowers_nothing(servers: Servers) -> None:
    """An operator's own settings stay; stricter ones stay strict; what was loosened is tightened."""
    topic = _topic()
    await create_topics(servers.kafka.address, topics=[topic])
    await _set(servers, topic, segment_bytes="1048576", min_insync_replicas="2", retention_ms="1000")
    await create_topics(servers.kafka.address, topics=[topic])

    async def kept() -> bool:
        configs = await _configs(servers, topic)
        return configs["retention.ms"] == "-1"

    await until(kept, 10, "what was loosened is tightened")
    configs = await _configs(servers, topic)
    assert (configs["segment.bytes"], configs["min.insync.replicas"]) == ("1048576", "2")


async def test_other_partitions_than_the_data_was_folded_with_are_refused(servers: Servers) -> None:
    """Whether the topic is there with other partitions or would be made so; nothing is changed."""
    topic = _topic()
    with pytest.raises(UserError, match="folded with 64 partitions"):
        await create_topics(servers.kafka.address, topics=[topic], folded={topic.name: 64})
    async with _admin(servers) as admin:
        assert topic.name not in await admin.list_topics()
    await create_topics(servers.kafka.address, topics=[topic], folded={topic.name: 8})
    with pytest.raises(UserError, match="folded with 64 partitions"):
        await create_topics(servers.kafka.address, topics=[topic], folded={topic.name: 64})


async def test_production_is_refused_where_nobody_could_write_any_more(servers: Servers) -> None:
    """One replica can never be two in sync."""
    topic = _topic()
    await create_topics(servers.kafka.address, topics=[topic])
    with pytest.raises(UserError, match="1 replica"):
        await create_topics(servers.kafka.address, topics=[topic], production=True)
    assert (await _configs(servers, topic))["min.insync.replicas"] == "1"


async def test_a_password_is_what_the_dsn_means_and_none_changes_nothing(database: str) -> None:
    """`p%40ss%2Fw%3Ard` means `p@ss/w:rd`; without a password the role keeps the one it has."""
    role, password = f"role_{secrets.token_hex(4)}", "p@ss/w:rd%"
    place = urlsplit(database)
    dsn = urlunsplit(place._replace(netloc=f"{role}:{quote(password, safe='')}@{place.hostname}:{place.port}"))
    assert password_of(dsn) == password
    assert password_of(f"postgresql://{role}@localhost/x") is None
    admin = await asyncpg.connect(database)
    try:
        for given in (password, None):
            await ensure_role(admin, role, given)
            await (await asyncpg.connect(dsn)).close()
    finally:
        await admin.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
        await admin.close()


def _settings(servers: Servers, admin_dsn: str, **dsns: str) -> MigrateSettings:
    roles = {f"{role}_dsn": role_dsn(admin_dsn, role) for role in ("ingest", "scoring", "notifications")}
    return MigrateSettings.model_validate({"admin_dsn": admin_dsn, "kafka": servers.kafka.address} | roles | dsns)


async def test_the_command_looks_how_the_data_was_folded(servers: Servers, migrated: str) -> None:
    """`kinerja migrate` knows it from the database; before anything was folded there is nothing to differ from."""
    settings = _settings(servers, migrated)
    await migrate(settings)
    conn = await asyncpg.connect(settings.scoring_dsn)
    try:
        await conn.execute(
            "INSERT INTO consumer_offset (partition, next_offset) SELECT n, 0 FROM generate_series(0, 63) n"
        )
    finally:
        await conn.close()
    with pytest.raises(UserError, match=r"folded with 64 partitions of kinerja\.events, and the topic has"):
        await migrate(settings)


async def test_the_command_gives_roles_the_password_that_their_dsn_means(servers: Servers, migrated: str) -> None:
    """A service that is told the same DSN gets in; a DSN without a password leaves the role as it is."""
    before = role_dsn(migrated, "notifications")
    encoded = before.replace(":only-in-tests@", ":p%40ss%2Fw%3Ard@")
    try:
        for told in (encoded, encoded.replace(":p%40ss%2Fw%3Ard@", "@")):
            await _migrated(servers, migrated, told, encoded)
    finally:
        await migrate(_settings(servers, migrated))
    await (await asyncpg.connect(before)).close()


async def _migrated(servers: Servers, admin_dsn: str, told: str, used: str) -> None:
    """Migrate with one DSN of notifications, and connect with another."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PGPASSWORD", "p@ss/w:rd")
        await migrate(_settings(servers, admin_dsn, notifications_dsn=told))
        environment.delenv("PGPASSWORD")
        await (await asyncpg.connect(used)).close()
