"""What people of an office do in the months that are evaluated: work, targets, reports and ratings."""

from datetime import datetime, timedelta
from typing import Any

from tests.support.event_builders import SCORES
from tests.support.histories.choices import Choices, maybe
from tests.support.histories.contents import Content, a_person, a_unit
from tests.support.histories.office import PERIODS
from tests.support.histories.world import OFFSETS, World, a_day, written

LEVELS = ("below", "meets", "above")
VALUES = ("akuntabel", "kompeten", "harmonis", "loyal", "adaptif", "kolaboratif", "berorientasi_pelayanan")
FACTORS = ("sdm", "anggaran", "peralatan", "sarpras", "beban", "eksternal")
INDICATORS = ("surat", "Data", "iks", "iks")
AMOUNTS = ("40", "36", 12, "0", "0.50", "39.6", "-3", "100", "90", 110, "80", "44.2", "1e2")


def attended(choices: Choices, world: World) -> list[Content]:
    """Weeks of one person's arrivals, mostly in time."""
    person, start = choices.one(world.people), world.first - timedelta(days=choices.between(0, 45))
    days = [start + timedelta(days=later) for later in range(choices.between(10, 65))]
    careful = choices.between(1, 30)
    return [
        Content(
            "attendance.punched.v1", f"employee:{person}", {"at": arrival(choices, day, careful), "direction": "in"}
        )
        for day in days
        if day.weekday() < 5 and choices.between(0, careful)
    ]


def arrival(choices: Choices, day: Any, careful: int) -> str:
    """An arrival before 07:30, or about where a band of lateness begins."""
    late = (
        choices.one((1, 30, 31, 60, 61, 90, 91, 500)) if choices.between(0, careful) == 0 else -choices.between(0, 20)
    )
    at = datetime(day.year, day.month, day.day, 7, 30, tzinfo=OFFSETS[0]) + timedelta(minutes=late)
    return written(choices, at)


def served(choices: Choices, world: World) -> list[Content]:
    """Services of a unit within few days, by one person or by nobody who is named."""
    unit, named = a_unit(choices, world), maybe(choices, "employee", choices.one(world.people))
    hasty = choices.between(1, 12)
    made = []
    for number in range(choices.between(1, 25)):
        completed = at_work(choices, world)
        taken = timedelta(minutes=15) + timedelta(microseconds=1) * (choices.between(0, hasty) == 0)
        data = {"case": f"c-{number}", "service": "ktp", "sla_minutes": 15, **named}
        data |= {"started_at": written(choices, completed - taken), "completed_at": written(choices, completed)}
        made.append(Content("service.completed.v1", unit, data))
    return made


def asked(choices: Choices, world: World) -> list[Content]:
    """Answers to a survey, near the borders of the bands."""
    unit, named = a_unit(choices, world), maybe(choices, "employee", choices.one(world.people))
    often = choices.one(((4, 4, 4, 3), (3, 3, 4), (3, 3, 2), (1, 2, 4)))
    made = []
    for number in range(choices.between(1, 25)):
        scores = {name: choices.one(often) for name in SCORES}
        data = {"answer": f"a-{number}", "answered_at": written(choices, at_work(choices, world)), "scores": scores}
        made.append(Content("survey.answered.v1", unit, data | named))
    return made


def at_work(choices: Choices, world: World) -> datetime:
    """A moment of the day."""
    day = a_day(choices, world, 10)
    return datetime(day.year, day.month, day.day, choices.between(8, 16), choices.between(0, 59), tzinfo=OFFSETS[0])


def agreed(choices: Choices, world: World) -> list[Content]:
    """A target, often adjusted, often with reports."""
    subject = choices.one((a_person, a_person, a_unit))(choices, world)
    key = {"indicator": choices.one(INDICATORS), "period": choices.one(PERIODS)}
    targets = [target(choices, key) for _ in range(choices.one((1, 1, 2)))]
    reports = [report(choices, world, key) for _ in range(choices.one((0, 1, 1, 1, 2)))]
    return [
        *(Content("result.targeted.v1", subject, each) for each in targets),
        *(Content("result.reported.v1", subject, each) for each in reports),
    ]


def target(choices: Choices, key: dict[str, str]) -> dict[str, Any]:
    """A target of any direction."""
    direction = choices.one(("higher", "lower", "range"))
    data: dict[str, Any] = {
        **key,
        "name": choices.one(("Surat", "Berkas")),
        "target": choices.one(AMOUNTS),
        "direction": direction,
        "class": choices.one(("utama", "utama", "tambahan")),
        **maybe(choices, "maximum", True, False),
    }
    if direction == "range":
        data |= choices.one(
            ({"target": "80", "upper": "90"}, {"target": "36", "upper": "39.6"}, {"target": -2, "upper": 0})
        )
        data |= maybe(choices, "better", "higher", "lower")
    return data


def report(choices: Choices, world: World, key: dict[str, str]) -> dict[str, Any]:
    """A report at one of few moments, so that some have the same."""
    as_at = datetime(2026, 3, choices.between(28, 30), 8, 0, tzinfo=OFFSETS[0])
    some = [factor for factor in FACTORS if choices.between(0, 3) == 0]
    return {
        **key,
        "realised": choices.one(AMOUNTS),
        "as_at": written(choices, as_at),
        **({"factors": some} if some else {}),
    }


def rated(choices: Choices, world: World, person: str, rater: str) -> Content:
    """A rating of a person by another, or by oneself, or as somebody who is neither."""
    relation = choices.one(("supervisor", "supervisor", "supervisor", "supervisor", "self", "self", "peer"))
    data: dict[str, Any] = {
        "rater": choices.one((person, person, rater)) if relation == "self" else rater,
        "relation": relation,
        "period": choices.one(PERIODS),
        **maybe(choices, "result", *LEVELS),
        **maybe(choices, "behaviours", {name: choices.one(LEVELS) for name in VALUES if choices.between(0, 1)}),
        **maybe(choices, "note", "baik"),
    }
    return Content("rating.given.v1", f"employee:{person}", data)


def ranked(choices: Choices, unit: str, setter: str) -> Content:
    """What a unit achieved, as somebody says, who may lead it."""
    grades = ("baik", "baik", "istimewa", "butuh_perbaikan", "kurang", "sangat_kurang")
    data = {"period": choices.one((*PERIODS, "2025", "2025", "2024")), "capaian": choices.one(grades)}
    return Content("capaian.set.v1", f"unit:{unit}", data | {"setter": setter, "reason": "data"})


def helped(choices: Choices, world: World) -> list[Content]:
    """An action, which is on no card."""
    data = {"action": "t-1", "kind": "coaching", "owner": choices.one(world.people)}
    return [Content("action.recorded.v1", choices.one((a_person, a_unit))(choices, world), data)]
