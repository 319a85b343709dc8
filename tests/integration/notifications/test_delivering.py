"""Messages to leaders over a real mail relay: once, and the same again when something went wrong."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.kit.access import EVERYTHING
from services.notifications.settings import NotificationsSettings
from services.notifications.store import deliveries
from services.notifications.store.deliveries import Delivery, Preference
from tests.support.delivering import deliver_one
from tests.support.mailbox import TAKEN, Mailbox, mailbox
from tests.support.notifications import dropped, quiet, unit_day, working_days
from tests.support.notifications_installation import Installation

DAYS = working_days(90)
GOOD, BAD, AFTER = DAYS[:60], DAYS[60:65], DAYS[65:]
LURAH = Preference("E2", "lurah@example.test", "id", False)


@pytest.fixture
async def relay() -> AsyncIterator[Mailbox]:
    """The mail relay."""
    async with mailbox() as box:
        yield box


@pytest.fixture
async def raised(installation: Installation) -> Installation:
    """An installation in which the head of A has one message waiting."""
    await installation.prefer(LURAH)
    await installation.measures([*quiet("A", GOOD), *dropped("A", BAD)])
    return installation


def settings_for(port: int, **given: object) -> NotificationsSettings:
    """Settings with the relay at *port*."""
    values = {
        "kafka": "unused:1",
        "tokens_file": Path("unused"),
        "notifications_dsn": SecretStr("postgresql://u@unused/x"),
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_timeout_s": 5,
        "public_url": "https://kinerja.example/",
        "mail_from": "Kinerja <kinerja@semarang.example>",
    }
    return NotificationsSettings.model_validate(values | given)


async def lurah(installation: Installation) -> Delivery:
    """The only delivery to the head of A."""
    async with installation.pool.acquire() as conn:
        page = await deliveries.read_deliveries(conn, scope=EVERYTHING, after=None, most=100)
    (own,) = [each for each in page if each.recipient == "E2"]
    return own


async def test_the_head_gets_text_and_html_that_say_what_since_when_and_what_next(
    raised: Installation, relay: Mailbox
) -> None:
    """One mail with value, baseline, first day, chance, help and link, in both forms; then nothing is due."""
    settings = settings_for(relay.port)
    assert await deliver_one(raised.pool, settings)
    assert not await deliver_one(raised.pool, settings)
    (mail,) = relay.mails
    alert = next(alert for alert in await raised.alerts() if alert.unit == "A")
    assert mail["To"] == "lurah@example.test"
    assert mail["Subject"].startswith("Kelurahan A: ketepatan hadir 50%, biasanya 9")
    assert mail["Message-ID"] == f"<{(await lurah(raised)).message_id}@semarang.example>"
    for form in ("plain", "html"):
        part = mail.get_body((form,))
        assert part is not None
        content = part.get_content()
        wanted = ("30 Maret 2026", "50%", "25 dari 50", "sekali dalam 4 tahun", "bukan penilaian")
        assert all(word in content for word in (*wanted, f"https://kinerja.example/v1/alerts/{alert.id}"))
    assert (await lurah(raised)).state == "sent"


async def test_a_crash_after_sending_repeats_the_same_message(raised: Installation, relay: Mailbox) -> None:
    """Who dies between the relay's yes and the note sends once more, byte for byte under the same Message-ID."""
    settings = settings_for(relay.port)
    sending = asyncio.create_task(deliver_one(raised.pool, settings))

    async def die() -> str:
        sending.cancel()
        return TAKEN

    relay.answer = die
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert (await lurah(raised)).state == "pending"
    relay.answer = mailbox_takes
    assert await deliver_one(raised.pool, settings)
    first, second = relay.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_body(("plain",)).get_content() == second.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert not await deliver_one(raised.pool, settings)


async def mailbox_takes() -> str:
    """The relay says yes."""
    return TAKEN


async def test_senders_at_the_same_time_send_each_message_once(raised: Installation, relay: Mailbox) -> None:
    """Four senders and one message: one mail."""
    senders = [settings_for(relay.port, notifications_member=f"notifications-{number}") for number in range(4)]
    done = await asyncio.gather(*(deliver_one(raised.pool, settings) for settings in senders))
    assert (sum(done), len(relay.mails)) == (1, 1)


async def test_no_transaction_is_open_while_a_relay_takes_its_time(raised: Installation, relay: Mailbox) -> None:
    """A slow relay keeps no rows locked, and what it took is noted however long it took."""
    seen: list[int] = []

    async def look() -> str:
        open_ones = "SELECT count(*) FROM pg_stat_activity WHERE usename = current_user AND state LIKE 'idle in trans%'"
        seen.append(await raised.pool.fetchval(open_ones))
        return TAKEN

    relay.answer = look
    assert await deliver_one(raised.pool, settings_for(relay.port))
    assert seen == [0]
    assert (await lurah(raised)).state == "sent"


async def test_a_claim_that_ran_out_is_settled_by_who_took_it_over(raised: Installation, relay: Mailbox) -> None:
    """A sender that comes back late does not undo what another has noted."""
    late = settings_for(relay.port, notifications_member="notifications-late")

    async def overtake() -> str:
        relay.answer = mailbox_takes
        await raised.pool.execute("UPDATE delivery SET next_attempt_at = now() WHERE claimed_by IS NOT NULL")
        assert await deliver_one(raised.pool, settings_for(relay.port))
        return "451 try later"

    relay.answer = overtake
    assert await deliver_one(raised.pool, late)
    delivery = await lurah(raised)
    assert (delivery.state, delivery.attempts, delivery.problem) == ("sent", 1, None)


async def test_a_refusal_is_tried_again_later_and_given_up_in_sight(raised: Installation, relay: Mailbox) -> None:
    """A refused message waits with the relay's code and no address, and is `failed` after the last try."""

    async def refuse() -> str:
        return "550 mailbox of lurah@example.test is full"

    relay.answer = refuse
    settings = settings_for(relay.port, mail_tries=2)
    assert await deliver_one(raised.pool, settings)
    waiting = await lurah(raised)
    assert (waiting.state, waiting.attempts, waiting.problem) == ("pending", 1, "SMTPDataError 550")
    assert waiting.next_attempt_at > waiting.created_at
    assert not await deliver_one(raised.pool, settings)
    async with raised.pool.acquire() as conn:
        await conn.execute("UPDATE delivery SET next_attempt_at = now()")
    assert await deliver_one(raised.pool, settings)
    assert (await lurah(raised)).state == "failed"


async def test_a_relay_that_is_away_costs_nothing_but_time(raised: Installation, relay: Mailbox) -> None:
    """With nobody at the port the message waits, and goes out once the relay is there."""
    async with mailbox() as gone:
        nobody = gone.port
    await deliver_one(raised.pool, settings_for(nobody))
    assert (await lurah(raised)).problem == "SMTPConnectError"
    async with raised.pool.acquire() as conn:
        await conn.execute("UPDATE delivery SET next_attempt_at = now()")
    await deliver_one(raised.pool, settings_for(relay.port))
    assert ((await lurah(raised)).state, len(relay.mails)) == ("sent", 1)


async def test_recovery_goes_to_who_was_told(raised: Installation, relay: Mailbox) -> None:
    """The end of a drop is mailed to the same address as its beginning, once."""
    settings = settings_for(relay.port)
    await deliver_one(raised.pool, settings)
    for message in quiet("A", AFTER):
        await raised.measures([message])
    await deliver_one(raised.pool, settings)
    assert relay.mails[1]["Subject"] == "Kelurahan A: ketepatan hadir kembali seperti biasa"
    assert [mail["To"] for mail in relay.mails] == ["lurah@example.test"] * 2


async def test_a_withdrawal_says_what_the_figure_was_and_is(raised: Installation, relay: Mailbox) -> None:
    """Who read 50 % reads that it was 100 % after all."""
    settings = settings_for(relay.port)
    await deliver_one(raised.pool, settings)
    await raised.measures([unit_day("A", day, revision=2) for day in BAD])
    await deliver_one(raised.pool, settings)
    assert relay.mails[1]["Subject"] == "Kelurahan A: peringatan ketepatan hadir ditarik"
    text = relay.mails[1].get_body(("plain",))
    assert text is not None
    assert "kami menulis 50%; setelah koreksi angkanya 100%" in text.get_content()
