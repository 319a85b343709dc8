"""The day closer against the real ingest, with the clock in the test's hand."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
import pytest
from pydantic import SecretStr

from services.kit.calling import open_client
from services.kit.errors import Unavailable
from services.local.servers import Servers
from services.scoring.closer import create_app
from services.scoring.closing import CLOSINGS_A_PIECE, REFUSED_AGAIN, Closer
from services.scoring.domain.closings import closing
from services.scoring.settings import ScoringSettings
from services.setup.topics import create_topics
from tests.integration.conftest import role_dsn
from tests.support.folding import Scoring, as_log
from tests.support.ingest import Ingest, running, settings_for
from tests.support.serving import served

STARTED = "2025-06-01"
NOON = datetime.fromisoformat("2025-06-11T12:00:00+07:00")
"""Ten days after the first start are due then."""


@dataclass
class Bed:
    """A closer, the ingest it sends to, and the database it looks into."""

    ingest: Ingest
    scoring: Scoring
    client: httpx.AsyncClient
    now: datetime = NOON
    sent: list[list[dict[str, Any]]] = field(default_factory=list)

    def closer(self, close_at: time = time(3)) -> Closer:
        """A closer that has just started."""
        return Closer(self.scoring.pool, self.client, close_at, lambda: self.now)

    async def started(self, day: str) -> None:
        """Let the installation have started first on a day."""
        await self.scoring.pool.execute("DELETE FROM installation")
        noted = date.fromisoformat(day)
        await self.scoring.pool.execute("INSERT INTO installation (first_started) VALUES ($1)", noted)

    async def note(self, request: httpx.Request) -> None:
        """Remember what is sent."""
        self.sent.append(orjson.loads(request.content))

    @property
    def days(self) -> list[str]:
        """The days closed, in the order of sending."""
        return [event["data"]["date"] for piece in self.sent for event in piece]


@pytest.fixture
async def bed(servers: Servers, migrated: str) -> AsyncIterator[Bed]:
    """An installation that started on STARTED."""
    scoring = await Scoring.open(role_dsn(migrated, "scoring"))
    await create_topics(servers.kafka.address)
    async with running(settings_for(role_dsn(migrated, "ingest"), servers.kafka.address)) as ingest:
        assert ingest.app is not None
        async with served(ingest.app) as url, open_client(url, "all", timeout_s=10) as client:
            made = Bed(ingest, scoring, client)
            client.event_hooks["request"].append(made.note)
            await made.started(STARTED)
            yield made
    await scoring.pool.close()


async def _close_all(closer: Closer) -> None:
    while await closer.close_due():
        pass


async def test_what_is_due_is_closed_once(bed: Bed) -> None:
    """Each day from the first start on, in order; a second look finds nothing to do."""
    closer = bed.closer()
    await _close_all(closer)
    await _close_all(closer)

    assert bed.days == [f"2025-06-{day:02}" for day in range(1, 11)]
    assert closer.trouble is None


async def test_years_are_caught_up_in_pieces(bed: Bed) -> None:
    """After long downtime no request holds more than a piece, and a piece that was taken is not sent again."""
    await bed.started("2020-01-01")
    closer = bed.closer()
    assert await closer.close_due()
    bed.client.event_hooks["request"].append(_fail)
    with pytest.raises(Unavailable):
        await closer.close_due()
    assert closer.trouble == "Ingest does not answer: ConnectError."
    bed.client.event_hooks["request"].pop()
    bed.sent.pop()
    await _close_all(closer)

    assert [len(piece) for piece in bed.sent] == [CLOSINGS_A_PIECE] * 3 + [488]
    assert bed.days == [str(date(2020, 1, 1) + timedelta(days=day)) for day in range(1_988)]
    assert closer.trouble is None


async def _fail(request: httpx.Request) -> None:
    raise httpx.ConnectError("no way there", request=request)


async def test_a_closer_that_starts_anew_sends_nothing_that_stands(bed: Bed) -> None:
    """What the journal has is not sent again, not even by another process."""
    await bed.scoring.fold(as_log([closing(date(2025, 6, day)) for day in range(1, 10)], bed.scoring.partitions), [5])
    await _close_all(bed.closer())

    assert bed.days == ["2025-06-10"]


@pytest.mark.parametrize(
    ("day", "reason"), [("1970-01-01", "lies before 2020-01-01"), ("2025-06-12", "lies after today, 2025-06-11")]
)
async def test_a_first_start_that_cannot_be_is_not_believed(bed: Bed, day: str, reason: str) -> None:
    """A clock that was not set, or ran ahead, closes nothing; the sentence says what to do."""
    await bed.started(day)
    closer = bed.closer()

    assert not await closer.close_due()
    assert bed.sent == []
    assert day in str(closer.trouble)
    assert reason in str(closer.trouble)


async def test_a_clock_that_is_not_set_notes_no_first_start(bed: Bed) -> None:
    """The first start is noted once the clock is right, and then closings begin."""
    await bed.scoring.pool.execute("DELETE FROM installation")
    closer, right = bed.closer(), bed.now
    bed.now = datetime.fromisoformat("1970-01-01T07:00:05+07:00")
    assert not await closer.close_due()
    assert "1970-01-01" in str(closer.trouble)
    bed.now = right
    assert not await closer.close_due()

    assert closer.trouble is None
    assert await bed.scoring.pool.fetchval("SELECT first_started FROM installation") == date(2025, 6, 11)


@pytest.mark.parametrize("close_at", [time(0, 30), time(3), time(23)])
async def test_a_closing_does_not_depend_on_when_days_are_closed(bed: Bed, close_at: time) -> None:
    """Another close_at sends the same events, word for word as they always were: ingest takes them as duplicates."""
    await _close_all(bed.closer())
    before = bed.sent.pop()
    closer = bed.closer(close_at)
    await _close_all(closer)

    assert bed.sent[0][:9] == before[:9]
    assert before[0] == {
        "specversion": "1.0",
        "id": "day-closed-2025-06-01",
        "source": "kinerja-closer",
        "type": "day.closed.v1",
        "subject": "unit:*",
        "time": "2025-06-02T03:00:00+07:00",
        "data": {"date": "2025-06-01"},
    }
    assert closer.trouble is None


async def test_a_day_that_was_closed_with_another_time_is_closed(bed: Bed) -> None:
    """A conflict is trouble until the journal shows that it is this day's closing that stands, and then none."""
    earlier = closing(date(2025, 6, 4)) | {"time": "2025-06-05T04:15:00+07:00"}
    assert await bed.ingest.take([earlier]) == ["accepted"]
    closer = bed.closer()
    await _close_all(closer)
    told = str(closer.trouble)
    assert told.startswith("Ingest refused the closing of 2025-06-04: 409 Conflict.")
    await bed.scoring.fold(as_log([earlier], bed.scoring.partitions), [1])
    await _close_all(closer)

    assert closer.trouble is None
    assert bed.days.count("2025-06-04") == 1


async def test_a_refused_closing_is_asked_for_again_seldom(bed: Bed) -> None:
    """Every refusal leaves a dead letter, so the same is tried only after a pause; the other days are closed."""
    taken = closing(date(2025, 6, 4)) | {"data": {"date": "2025-06-05"}}
    assert await bed.ingest.take([taken]) == ["accepted"]
    closer = bed.closer()
    for _ in range(3):
        await _close_all(closer)
    assert bed.days.count("2025-06-04") == 1
    await bed.scoring.fold(as_log([taken], bed.scoring.partitions), [1])
    bed.now += REFUSED_AGAIN
    await _close_all(closer)

    assert bed.days.count("2025-06-04") == 2
    assert "2025-06-04: 409 Conflict." in str(closer.trouble)
    assert bed.days.count("2025-06-10") == 1


async def test_a_token_without_the_right_is_told_and_not_ready(bed: Bed, scoring_dsn: str) -> None:
    """The process answers 503 to who asks whether it is ready, as long as it cannot close, and 200 once it can."""
    settings = ScoringSettings(
        kafka="unused:9092",
        tokens_file=Path("/nonexistent"),
        scoring_dsn=SecretStr(scoring_dsn),
        closer_token=SecretStr("terminal"),
        ingest_url=str(bed.client.base_url),
    )
    app = create_app(settings, lambda: bed.now)
    async with served(app) as url, httpx.AsyncClient(base_url=url) as http:
        closer: Closer = app.state.closer
        await bed.ingest.until(lambda: _says(closer, "403 Not allowed."))
        refused = await http.get("/health/ready")
        closer.client.headers["authorization"] = "Bearer all"
        bed.now += REFUSED_AGAIN
        while await closer.close_due():
            pass
        allowed = await http.get("/health/ready")

    assert (refused.status_code, refused.json()["checks"]) == (503, {"database": True, "closing": False})
    assert allowed.status_code == 200


async def _says(closer: Closer, words: str) -> bool:
    return words in str(closer.trouble)


async def test_an_unknown_token_is_told(bed: Bed) -> None:
    """Ingest's own words are in the trouble."""
    bed.client.headers["authorization"] = "Bearer nobody"
    closer = bed.closer()

    assert not await closer.close_due()
    assert "Ingest answered 401" in str(closer.trouble)


async def test_a_database_that_goes_is_told(bed: Bed) -> None:
    """The closer is in trouble before anything is sent."""
    closer = bed.closer()
    await bed.scoring.pool.close()

    with pytest.raises((Unavailable, asyncpg.InterfaceError)):
        await closer.close_due()
    assert closer.trouble
    assert bed.sent == []
