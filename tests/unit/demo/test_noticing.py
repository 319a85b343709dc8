"""The demonstration's dealings with notifications."""

import httpx

from services.local.demo import SEED
from services.local.demo.noticing import alerted, leaders
from services.local.demo.people import staff
from services.local.demo.places import PLACES
from services.local.demo.shape import LATE_OFFICE, SLOW_COUNTER


def test_every_head_has_an_address_that_nobody_can_have() -> None:
    """One address for each unit's head, all in the domain that is reserved for examples."""
    heads = {person.id for person in staff(SEED) if person.head}
    told = leaders(SEED)
    assert {each["employee"] for each in told} == heads
    assert len(told) == len(PLACES)
    assert all(each["email"].endswith(".example") for each in told)


async def test_both_alerts_are_waited_for() -> None:
    """As long as one of the two is missing it is asked again; then they are returned at once."""
    answers = [[], [SLOW_COUNTER], [LATE_OFFICE, SLOW_COUNTER]]

    def notifications(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"alerts": [{"unit": {"code": unit}} for unit in answers.pop(0)]})

    client = httpx.AsyncClient(transport=httpx.MockTransport(notifications), base_url="http://notifications")
    assert [alert["unit"]["code"] for alert in await alerted(client)] == [LATE_OFFICE, SLOW_COUNTER]


async def test_alerts_that_do_not_come_are_not_waited_for_without_end() -> None:
    """When the time is over, what there is is returned."""
    answer = httpx.Response(200, json={"alerts": []})
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answer), base_url="http://notifications")
    assert await alerted(client, within_s=0) == []
