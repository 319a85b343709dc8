"""The mail relay refuses, hangs or closes at every step: each message arrives in the end, once."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr

from services.kit.postgres import open_pool
from services.kit.supervision import keep
from services.local.servers import Servers
from services.notifications import delivering
from services.notifications.delivering import FIRST_DELAY_S
from services.notifications.settings import NotificationsSettings
from services.notifications.store.deliveries import Preference
from services.setup.database import prepare_database
from tests.support.bad_relay import TAKEN_UNSEEN, WAYS, BadRelay, Mute, Slamming, relay, serving
from tests.support.databases import fresh_database
from tests.support.delivering import deliver_one
from tests.support.deployment import role_dsn, until
from tests.support.measured import note
from tests.support.notifications import dropped, head, quiet, unit, working_days
from tests.support.notifications_installation import Installation

DAYS = working_days(65)
PATIENCE_S = 0.7

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def installation(servers: Servers) -> AsyncIterator[Installation]:
    """Notifications on a database of its own."""
    async with fresh_database(servers.postgres.address) as admin:
        dsn = role_dsn(admin, "notifications")
        await prepare_database(admin, {"notifications": dsn})
        pool = await open_pool(dsn, size=4)
        yield Installation(pool)
        await pool.close()


async def _raise_for(installation: Installation, *recipients: str) -> None:
    """Let the unit of each recipient drop, so that a message waits for each."""
    for number, recipient in enumerate(recipients):
        code, leader = f"U{number}", f"E{number}"
        await installation.directory(unit(code), head(leader, code))
        await installation.prefer(Preference(leader, f"{recipient}@example.test", "id", False))
        await installation.measures([*quiet(code, DAYS[:60]), *dropped(code, DAYS[60:])], detected=False)
    await installation.detect()


def _settings(port: int) -> NotificationsSettings:
    return NotificationsSettings(
        kafka="unused:1",
        tokens_file=Path("unused"),
        notifications_dsn=SecretStr("unused"),
        smtp_host="127.0.0.1",
        smtp_port=port,
        smtp_timeout_s=PATIENCE_S,
    )


async def _states(pool: asyncpg.Pool) -> set[str]:
    return {row["state"] for row in await pool.fetch("SELECT state FROM delivery")}


async def test_whatever_the_relay_does_to_a_message_it_arrives_once(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Refused with 4xx or 5xx, left hanging, cut off at each step: sent again by itself, and twice only when the relay
    took it and went without a word; then under the same Message-ID, byte for byte.
    """
    monkeypatch.setattr(delivering, "FIRST_DELAY_S", 1)
    await _raise_for(installation, "well", *WAYS)
    box, began = BadRelay(), time.monotonic()
    async with serving(relay(box)) as port:
        settings = _settings(port)
        delivery = asyncio.create_task(keep("delivery", lambda: deliver_one(installation.pool, settings), idle_s=0.1))

        async def all_sent() -> bool:
            return await _states(installation.pool) == {"sent"}

        await until(all_sent, 45, "every message is sent")
        delivery.cancel()
    note(f"mail: {len(WAYS)} failures of the relay overcome in {time.monotonic() - began:.1f} s")

    assert set(box.mails) == {"well", *WAYS}
    for way in box.mails:
        copies = box.copies(way)
        assert len(copies) == (2 if way in TAKEN_UNSEEN else 1), way
        assert len(set(copies)) == 1, way


@pytest.mark.parametrize("away", ["refusing", "mute", "slamming"])
async def test_a_relay_that_is_not_there_costs_nothing_but_time(installation: Installation, away: str) -> None:
    """Nobody listens, nobody speaks, or the door is slammed: the attempt ends in time, and the message goes later."""
    await _raise_for(installation, "well")
    async with serving(Mute if away == "mute" else Slamming) as port:
        if away != "refusing":
            await _attempt(installation, port)
    if away == "refusing":
        await _attempt(installation, port)
    assert await _states(installation.pool) == {"pending"}

    await installation.pool.execute("UPDATE delivery SET next_attempt_at = now()")
    box = BadRelay()
    async with serving(relay(box)) as port:
        assert await deliver_one(installation.pool, _settings(port))
    assert await _states(installation.pool) == {"sent"}
    assert len(box.copies("well")) == 1


async def _attempt(installation: Installation, port: int) -> None:
    """One attempt, which ends within the patience of the settings; the next is due after the first pause."""
    began = time.monotonic()
    assert await deliver_one(installation.pool, _settings(port))
    assert time.monotonic() - began < 3 * PATIENCE_S
    left = await installation.pool.fetchval("SELECT extract(epoch FROM next_attempt_at - now())::float8 FROM delivery")
    assert FIRST_DELAY_S - 3 < left <= FIRST_DELAY_S
