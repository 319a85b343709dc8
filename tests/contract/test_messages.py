"""What services publish keeps to what the contract says they publish."""

import json
from datetime import UTC, date, datetime

import pytest

from schemas.messages import AlertStep, RecordSetAside, UnitDayChanged
from services.notifications.domain.alerts import State
from services.notifications.domain.cases import Step
from services.notifications.messages import read_unit_day
from services.notifications.publishing import step_message
from services.notifications.store.alerts import Unpublished
from services.scoring.publishing import set_aside_message

FIGURES = {"since": "2026-11-02", "n": 40, "failures": "11.5000", "value": "0.7125", "baseline": "0.9100"}


@pytest.mark.parametrize("kind", sorted({*Step, *State}))
def test_every_step_of_an_alert_is_in_the_contract(kind: str) -> None:
    """Each kind of step, with the figures of one that holds."""
    day, at = date(2026, 11, 23), datetime(2026, 11, 24, 3, tzinfo=UTC)
    step = Unpublished(7, "a-1", kind, day, at, None, FIGURES, "U1", "service.timeliness", date(2026, 11, 2))

    read = AlertStep.model_validate(json.loads(step_message(step)))

    assert (read.step, read.kind, read.failures, read.day) == (7, kind, "11.5000", day)
    assert set(json.loads(step_message(step))) <= set(AlertStep.model_fields)


def test_a_record_set_aside_is_in_the_contract() -> None:
    """With its place and its bytes."""
    read = RecordSetAside.model_validate(set_aside_message(-1, 5, "no event", b"\xff"))

    assert (read.origin.topic, read.origin.offset, read.payload_base64) == ("kinerja.directory", 5, "/w==")


def test_notifications_reads_what_the_contract_calls_a_changed_unit_day() -> None:
    """The reader's own picture of the message and the published one agree."""
    told = UnitDayChanged.model_validate(
        {
            "unit": "U1",
            "day": "2026-11-23",
            "closed": True,
            "revision": 3,
            "measures": {"service.timeliness": {"n": 2, "total": 1}},
        }
    )
    read = read_unit_day(told.model_dump_json().encode())

    assert (read.unit, read.day, read.closed, read.revision) == ("U1", date(2026, 11, 23), True, 3)
    assert (read.measures["service.timeliness"].n, read.measures["service.timeliness"].total) == (2, 1)
