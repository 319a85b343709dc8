"""Creating the topics of `schemas.topics` on a broker, and bringing the settings of existing ones up to date."""

from collections.abc import Iterable
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaConnectionError, for_code

from schemas.topics import DIRECTORY, EVENTS, MEASURES, TOPICS, Topic
from services.kit.errors import UserError
from services.local.waiting import until

NO_ERROR = 0
ALREADY_EXISTS = 36
LEADERS_WITHIN_S = 30


async def create_topics(kafka: str, *, production: bool = False, topics: Iterable[Topic] = TOPICS) -> list[str]:
    """
    Create the missing topics, wait until they can be written to, and return their names. Idempotent.

    With *production* they get the partitions and replicas of a cluster of three, else those of one broker. The
    partition count of an existing topic is never changed, since the partition of a key depends on it.

    Raises:
        UserError: the broker does not answer, or refuses a topic.
    """
    wanted = list(topics)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka, request_timeout_ms=30_000)
    try:
        await admin.start()
        existing = set(await admin.list_topics())
        missing = [topic for topic in wanted if topic.name not in existing]
        if missing:
            _check((await admin.create_topics([_new(topic, production) for topic in missing])).topic_errors)
        await _configure(admin, [topic for topic in wanted if topic.name in existing], production)
        names = [topic.name for topic in wanted]
        await until(lambda: _led(admin, names), LEADERS_WITHIN_S, f"Kafka at {kafka} finds no leader for the topics.")
    except KafkaConnectionError as exc:
        raise UserError(f"Kafka does not answer at {kafka} (KINERJA_KAFKA).") from exc
    finally:
        await admin.close()
    return [topic.name for topic in missing]


def _new(topic: Topic, production: bool) -> NewTopic:
    partitions = topic.partitions_production if production else topic.partitions_local
    return NewTopic(topic.name, partitions, 3 if production else 1, topic_configs=_settings(topic, production))


def _settings(topic: Topic, production: bool) -> dict[str, str]:
    """
    Return the contract's settings and those of the installation.

    A single broker has no replica to lean on: an acknowledged record of the canonical log is on its disk. Revisions of
    measures are judged by when they came to the log, which no sender may choose.
    """
    alone = not production and topic.name in (DIRECTORY, EVENTS)
    stamped = {"message.timestamp.type": "LogAppendTime"} if topic.name == MEASURES else {}
    return topic.config | stamped | ({"flush.messages": "1"} if alone else {})


async def _configure(admin: AIOKafkaAdminClient, topics: list[Topic], production: bool) -> None:
    configs = [(topic.name, _settings(topic, production)) for topic in topics]
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, config) for name, config in configs if config]
    if resources:
        for response in await admin.alter_configs(resources):
            _check((name, code) for code, _, _, name in response.resources)


async def _led(admin: AIOKafkaAdminClient, names: list[str]) -> bool:
    described = await admin.describe_topics(names)
    return all(
        topic["error_code"] == NO_ERROR and topic["partitions"] and all(p["leader"] >= 0 for p in topic["partitions"])
        for topic in described
    )


def _check(outcomes: Iterable[tuple[Any, ...]]) -> None:
    for name, code, *_ in outcomes:
        if code not in (NO_ERROR, ALREADY_EXISTS):  # another process may have created it meanwhile
            raise UserError(f"Kafka refuses the topic {name}: {for_code(code).__name__}.")
