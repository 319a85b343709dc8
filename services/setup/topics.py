"""Creating the topics of `schemas.topics` on a broker, and bringing the settings of existing ones up to date."""

from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaConnectionError, for_code

from schemas.topics import DIRECTORY, EVENTS, MEASURES, TOPICS, Topic
from services.kit.errors import UserError
from services.kit.kafka_address import client_options, servers_of
from services.kit.waiting import until
from services.setup.incremental import SetTopicConfigs

REPLICAS = 3
IN_SYNC = "min.insync.replicas"
_KEPT_LONGER = ("retention.ms", "retention.bytes")
NO_ERROR = 0
ALREADY_EXISTS = 36
LEADERS_WITHIN_S = 30


async def create_topics(
    kafka: str,
    *,
    production: bool = False,
    topics: Iterable[Topic] = TOPICS,
    folded: Mapping[str, int] | None = None,
) -> list[str]:
    """
    Create the missing topics, wait until they can be written to, and return their names. Idempotent.

    With *production* they get the partitions and replicas of a cluster of three, else those of one broker. Of existing
    topics only the settings named here are changed, and none so that less would survive than before. The partition of a
    key depends on the partition count: *folded* is, by topic, what it was when the data came in.

    Raises:
        UserError: the broker does not answer, refuses a topic, or has it with other partitions or too few replicas.
    """
    wanted = list(topics)
    admin = AIOKafkaAdminClient(**client_options(kafka), request_timeout_ms=30_000)
    try:
        await admin.start()
        existing = set(await admin.list_topics())
        missing = [topic for topic in wanted if topic.name not in existing]
        present = [topic for topic in wanted if topic.name in existing]
        described = await admin.describe_topics([topic.name for topic in present]) if present else []
        counts = {topic["topic"]: len(topic["partitions"]) for topic in described}
        counts |= {topic.name: _partitions(topic, production) for topic in missing}
        _check_partitions(counts, folded or {})
        if missing:
            _check((await admin.create_topics([_new(topic, production) for topic in missing])).topic_errors)
        await _configure(admin, present, described, production)
        names = [topic.name for topic in wanted]
        await until(
            lambda: _led(admin, names),
            LEADERS_WITHIN_S,
            f"Kafka at {servers_of(kafka)} finds no leader for the topics.",
        )
    except KafkaConnectionError as exc:
        raise UserError(f"Kafka does not answer at {servers_of(kafka)} (KINERJA_KAFKA).") from exc
    finally:
        await admin.close()
    return [topic.name for topic in missing]


def _partitions(topic: Topic, production: bool) -> int:
    return topic.partitions_production if production else topic.partitions_local


def _check_partitions(counts: Mapping[str, int], folded: Mapping[str, int]) -> None:
    for name, count in folded.items():
        if name in counts and counts[name] != count:
            raise UserError(
                f"The data was folded with {count} partitions of {name}, and the topic has, or would get, "
                f"{counts[name]}: facts would go elsewhere than the figures look. Check KINERJA_KAFKA and "
                "KINERJA_PRODUCTION; nothing was changed."
            )


def _new(topic: Topic, production: bool) -> NewTopic:
    replicas = REPLICAS if production else 1
    return NewTopic(topic.name, _partitions(topic, production), replicas, topic_configs=_settings(topic, production))


def _settings(topic: Topic, production: bool) -> dict[str, str]:
    """
    Return the contract's settings and those of the installation.

    A single broker has no replica to lean on: an acknowledged record of the canonical log is on its disk. Revisions of
    measures are judged by when they came to the log, which no sender may choose.
    """
    alone = not production and topic.name in (DIRECTORY, EVENTS)
    durable = {IN_SYNC: str(REPLICAS - 1) if production else "1", "unclean.leader.election.enable": "false"}
    stamped = {"message.timestamp.type": "LogAppendTime"} if topic.name == MEASURES else {}
    return topic.config | durable | stamped | ({"flush.messages": "1"} if alone else {})


async def _configure(
    admin: AIOKafkaAdminClient, topics: list[Topic], described: list[dict[str, Any]], production: bool
) -> None:
    if not topics:
        return
    replicas = {topic["topic"]: min(len(part["replicas"]) for part in topic["partitions"]) for topic in described}
    wanted = {topic.name: _settings(topic, production) for topic in topics}
    for name, settings in wanted.items():
        if replicas[name] < int(settings[IN_SYNC]):
            raise UserError(
                f"The topic {name} has {replicas[name]} replica of the {REPLICAS} of production: nobody could write to "
                "it any more. Reassign its partitions to more brokers first, or leave KINERJA_PRODUCTION out."
            )
    configured = await _configured(admin, list(wanted))
    changed = {name: _without_loss(settings, configured[name]) for name, settings in wanted.items()}
    answer = await admin._send_to_controller(SetTopicConfigs(changed))
    _check((name, code) for code, _, _, name in answer.resources)


async def _configured(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    """Return what holds for each topic, defaults included."""
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    answers = await admin.describe_configs(resources)
    found = [resource for answer in answers for resource in answer.resources]
    _check((name, code) for code, _, _, name, _ in found)
    return {name: {entry[0]: entry[1] for entry in entries} for _, _, _, name, entries in found}


def _without_loss(wanted: dict[str, str], configured: dict[str, str]) -> dict[str, str]:
    """Return what is wanted, but nothing by which less would survive than as it is configured."""
    kept = {IN_SYNC: str(max(int(wanted[IN_SYNC]), int(configured.get(IN_SYNC, 1))))}
    for name in _KEPT_LONGER:
        if name in wanted and "-1" in (wanted[name], configured.get(name)):
            kept[name] = "-1"
        elif name in wanted:
            kept[name] = str(max(int(wanted[name]), int(configured.get(name, 0))))
    return wanted | kept


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
