"""A parked event that will never be needed is discarded with a reason, and stays so."""

from tests.support.ingest import Ingest, Log, Source

REASON = "Nomor lencana salah ketik."


async def _discard(ingest: Ingest, number: int, token: str = "all") -> tuple[int, dict[str, object]]:
    headers = {"authorization": f"Bearer {token}"}
    answer = await ingest.http.post(f"/v1/parked/{number}/discard", json={"reason": REASON}, headers=headers)
    return answer.status_code, answer.json()


async def _parked_number(ingest: Ingest) -> int:
    (waiting,) = (await ingest.get("/v1/parked")).json()["parked"]
    number: int = waiting["id"]
    return number


async def test_a_parked_event_is_shown_discarded_and_never_released(ingest: Ingest, log: Log, source: Source) -> None:
    """The reason is kept and told to whoever sends it again; what it waited for changes nothing any more."""
    employee, badge = source.own("E1"), source.own("T7/1")
    punch = source.punch(f"badge:{badge}")
    assert await ingest.take(punch) == ["parked"]
    number = await _parked_number(ingest)
    shown = (await ingest.get(f"/v1/parked/{number}")).json()
    assert (shown["state"], shown["waits_for"], shown["discarded"]) == ("parked", f"badge:{badge}", None)
    assert badge in shown["body"]

    status, gone = await _discard(ingest, number)
    assert (status, gone["state"]) == (200, "discarded")
    assert (await _discard(ingest, number))[1] == gone
    assert (await ingest.get(f"/v1/parked/{number}")).json() == gone
    assert await ingest.parked() == {}
    again = await ingest.post([punch, source.person(employee, badge)])
    assert [each["status"] for each in again.json()["results"]] == ["rejected", "accepted"]
    problem = again.json()["results"][0]["problem"]
    assert (problem["status"], problem["title"], REASON in problem["detail"]) == (409, "Discarded", True)
    late = source.punch(f"badge:{badge}")
    assert await ingest.take(late) == ["accepted"]
    await log.until(lambda: late["id"] in {event["id"] for event in log.of(source)})
    assert punch["id"] not in {event["id"] for event in log.of(source)}


async def test_what_is_not_parked_cannot_be_discarded(ingest: Ingest, source: Source) -> None:
    """Not an unknown number, not one that was released, not by who may not, not without a reason."""
    employee = source.own("E1")
    assert await ingest.take(source.punch(f"employee:{employee}")) == ["parked"]
    number = await _parked_number(ingest)
    assert (await _discard(ingest, number, "terminal"))[0] == 403
    for body in (b"{}", b'{"reason": " "}', b'{"reason": "a", "x": 1}'):
        answer = await ingest.raw(body, path=f"/v1/parked/{number}/discard", **{"content-type": "application/json"})
        assert answer.status_code == 422
    await ingest.take(source.person(employee))

    async def released() -> bool:
        return await ingest.parked() == {}

    await ingest.until(released)
    assert (await _discard(ingest, number))[0] == 404
    assert (await ingest.get(f"/v1/parked/{number}")).status_code == 404
