"""From records on the log to alerts and deliveries, on a real database."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from services.kit.errors import Fenced
from services.notifications.domain.alerts import Recipient
from services.notifications.store.alerts import Alert
from services.notifications.store.deliveries import Preference
from tests.support.notifications import LOGGED, dropped, head, quiet, unit, unit_day, voided, working_days
from tests.support.notifications_installation import Installation

DAYS = working_days(65)
GOOD, BAD = DAYS[:60], DAYS[60:]


def heads(alert: Alert) -> list[str]:
    """Who was told."""
    return [recipient.employee for recipient in alert.recipients]


async def test_a_drop_becomes_one_alert_and_one_message_to_the_head(installation: Installation) -> None:
    """After sixty quiet days half of a unit comes late: its head gets one message with the figures since the start."""
    await installation.prefer(Preference("E2", "lurah@example.test", "id", False))
    await installation.measures(quiet("A", GOOD))
    for message in dropped("A", BAD):
        await installation.measures([message])
    own = [alert for alert in await installation.alerts() if alert.unit == "A"]
    assert [(alert.state, alert.indicator, heads(alert)) for alert in own] == [("raised", "attendance", ["E2"])]
    assert own[0].since == BAD[0]
    assert (own[0].n, str(own[0].failures), str(own[0].value)) == (50, "25.0000", "0.5000")
    assert 0.9 < own[0].baseline < 0.97
    assert [each for each in await installation.deliveries() if each[1] == "E2"] == [("raised", "E2", "pending")]


async def test_history_already_over_when_first_seen_is_recorded_but_not_mailed(installation: Installation) -> None:
    """An old drop read from the log for the first time becomes an alert that has recovered, and no mail."""
    await installation.measures([*quiet("A", GOOD), *dropped("A", BAD), *quiet("A", working_days(90)[65:])])
    (own,) = [alert for alert in await installation.alerts() if alert.unit == "A"]
    assert own.state == "recovered"
    assert await installation.steps(own.id) == ["raised", "recovered"]
    assert [each for each in await installation.deliveries() if each[1] == "E2"] == []


async def test_a_correction_withdraws_the_alert_and_tells_the_same_person(installation: Installation) -> None:
    """The late ones had been on duty: the alert is withdrawn, and who had got it hears so, once."""
    await installation.measures(quiet("A", GOOD))
    await installation.measures(dropped("A", BAD))
    await installation.directory(head("E9", "A", since="2026-03-01"))
    await installation.measures([unit_day("A", day, revision=2) for day in BAD])
    (own,) = [alert for alert in await installation.alerts() if alert.unit == "A"]
    assert (own.state, heads(own)) == ("withdrawn", ["E2"])
    told = [each for each in await installation.deliveries() if each[1] in ("E2", "E9")]
    assert told == [("raised", "E2", "no_address"), ("withdrawn", "E2", "no_address")]


async def test_an_address_given_later_sends_what_waits_for_it(installation: Installation) -> None:
    """A message without an address goes out once its recipient has one."""
    await installation.measures([*quiet("A", GOOD), *dropped("A", BAD)])
    assert ("raised", "E2", "no_address") in await installation.deliveries()
    await installation.prefer(Preference("E2", "lurah@example.test", "id", False))
    assert ("raised", "E2", "pending") in await installation.deliveries()


async def test_a_muted_head_gets_nothing(installation: Installation) -> None:
    """Who has muted alerts has a delivery that says so."""
    await installation.prefer(Preference("E2", "lurah@example.test", "id", True))
    await installation.measures([*quiet("A", GOOD), *dropped("A", BAD)])
    assert ("raised", "E2", "muted") in await installation.deliveries()


async def test_a_unit_without_a_head_tells_the_first_head_above(installation: Installation) -> None:
    """B has no head, so the head of the kecamatan is asked, and the alert says which unit that is."""
    await installation.measures([*quiet("B", GOOD), *dropped("B", BAD)])
    (own,) = [alert for alert in await installation.alerts() if alert.unit == "B"]
    assert own.recipients == (Recipient("E1", "K", acting=False),)


async def test_who_acts_is_told_where_there_is_no_definitive_head(installation: Installation) -> None:
    """A plt leads while nobody definitive does; a voided assignment leads nothing, in either order of arrival."""
    mistaken = head("E7", "B")
    await installation.directory(voided(mistaken), mistaken, head("E8", "B", basis="plt"))
    await installation.measures([*quiet("B", GOOD), *dropped("B", BAD)])
    (own,) = [alert for alert in await installation.alerts() if alert.unit == "B"]
    assert own.recipients == (Recipient("E8", "B", acting=True),)


async def test_an_alert_that_nobody_led_is_told_once_somebody_does(pool: asyncpg.Pool) -> None:
    """A message for nobody is visible as such, and goes to the head registered later."""
    new = Installation(pool)
    await new.directory(unit("A"))
    await new.measures([*quiet("A", GOOD), *dropped("A", BAD)])
    assert await new.deliveries() == [("raised", None, "no_leader")]
    await new.directory(head("E2", "A"))
    await new.detect()
    assert await new.deliveries() == [("raised", "E2", "no_address")]


async def test_a_revision_that_nobody_can_have_given_out_is_not_believed(installation: Installation) -> None:
    """Kept apart: it would stand for ever against every true one. The greatest that can be believed stands a day."""
    day = GOOD[0]
    beyond = (2**62, int((LOGGED + timedelta(days=1, seconds=1)).timestamp() * 1_000_000))
    for partition, revision in enumerate(beyond, 1):
        forged = installation.log.measures(unit_day("A", day, absent=9, revision=revision), partition=partition)
        await installation.folding.fold(forged)
    tomorrow = int((LOGGED + timedelta(days=1)).timestamp() * 1_000_000)
    await installation.measures([unit_day("A", day, absent=3, revision=tomorrow)])
    await installation.measures([unit_day("A", day, absent=2, revision=tomorrow - 1)])
    rows = {row[0]: row[4:6] for row in (await installation.contents())["stream_day"] if row[1] == "attendance"}
    assert rows["A"] == (10, 3)


async def test_the_tree_waits_for_every_unit_below_and_sums_them(installation: Installation) -> None:
    """A day of the kecamatan is closed once both kelurahan are, and counts the people of both."""
    day = GOOD[0]
    await installation.measures([unit_day("A", day, late=1), unit_day("B", day, closed=False)])
    keys = {row[0] for row in (await installation.contents())["stream_day"]}
    assert keys == {"A"}
    await installation.measures([unit_day("B", day, absent=2, revision=2)])
    rows = {row[0]: row[4:6] for row in (await installation.contents())["stream_day"] if row[1] == "attendance"}
    assert rows == {"A": (10, 1), "B": (10, 2), "K": (20, 3)}


async def test_a_reorganisation_moves_a_unit_from_its_day_on(installation: Installation) -> None:
    """From the day on which B belongs elsewhere its people count there, and before as before."""
    before, after = GOOD[:2]
    await installation.measures([unit_day(code, day) for code in "AB" for day in (before, after)])
    await installation.directory(unit("L"), unit("B", parent="L", since=after.isoformat()))
    await installation.detect()
    rows = (await installation.contents())["stream_day"]
    counted = {(row[0], row[2]): row[4] for row in rows if row[1] == "attendance" and row[0] in "KL"}
    assert counted == {("K", before): 20, ("K", after): 10, ("L", after): 10}


async def test_nobody_present_is_an_outage_and_not_evidence(installation: Installation) -> None:
    """A terminal that is off for a week raises nothing."""
    await installation.measures([*quiet("A", GOOD), *[unit_day("A", day, absent=10) for day in BAD]])
    assert await installation.alerts() == []


async def test_a_closing_far_in_the_future_does_not_stop_detection(installation: Installation) -> None:
    """A day closed centuries ahead by mistake is kept, and the real days are still watched."""
    await installation.measures(quiet("A", GOOD))
    await installation.measures([unit_day("A", GOOD[0] + timedelta(days=60_000))])
    await installation.measures(dropped("A", BAD))
    assert [alert.unit for alert in await installation.alerts()] != []


async def test_records_delivered_again_are_refused_by_the_fence(installation: Installation) -> None:
    """A batch folded twice counts once: the second time the offsets are elsewhere."""
    batch = installation.log.measures(unit_day("A", GOOD[0]))
    await installation.folding.fold(batch)
    with pytest.raises(Fenced):
        await installation.folding.fold(batch)


async def folded_in_order_of(pool: asyncpg.Pool, seed: int, messages: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The tables after the messages came shuffled within a fortnight, doubled here and there, in random batches."""
    chance, new = random.Random(seed), Installation(pool)
    order = sorted(range(len(messages)), key=lambda index: index + chance.uniform(0, 14))
    await new.directory(unit("A", parent="K"), unit("K"), unit("B", parent="K"))
    while order:
        size = chance.randint(1, 40)
        chunk, order = order[:size], order[size:]
        chosen = [messages[index] for index in chunk for _ in range(chance.randint(1, 2))]
        await new.measures(chosen, detected=chance.random() < 0.5)
    await new.detect()
    return await new.contents()


async def test_the_order_of_the_log_leaves_no_trace(pool: asyncpg.Pool, database: str) -> None:
    """Shuffled, doubled and cut into batches, the same unit-days give the same tables, streams and levels."""
    messages = [
        message
        for day in working_days(50)
        for message in (
            unit_day("A", day, late=3, revision=1, closed=False),
            unit_day("A", day, late=day.day % 3, revision=3),
            unit_day("B", day, n=7, absent=day.day % 2, revision=2),
        )
    ]
    results = []
    for seed in range(4):
        results.append(await folded_in_order_of(pool, seed, messages))
        async with pool.acquire() as conn:
            await conn.execute(
                "TRUNCATE unit_day, stream_day, stream, pool_level, mark, consumer_offset, unit_version,"
                " delivery, recipient, alert_event, action, alert"
            )
    assert all(result == results[0] for result in results)
