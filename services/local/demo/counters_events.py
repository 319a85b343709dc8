"""The counters as they reach us: services from the queue system, survey answers, complaints; some late, some twice."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from services.local.demo.counters import Complaint, answers, complaints, services
from services.local.demo.dice import Dice
from services.local.demo.directory_events import Story
from services.local.demo.mornings import ABSENT, mornings
from services.local.demo.people import Person
from services.local.demo.places import Place, services_of
from services.local.demo.shape import Drops
from services.local.demo.wire import DAY_S, HOUR_S, Sent, event, moment, second, void

SERVED, ANSWERED = "service.completed.v1", "survey.answered.v1"
RECEIVED, RESOLVED = "complaint.received.v1", "complaint.resolved.v1"
COUNTER, SURVEY, COMPLAINTS = "loket", "skm", "lapor"
UNSUR = (
    "requirements",
    "procedure",
    "time",
    "cost",
    "product",
    "competence",
    "conduct",
    "facilities",
    "complaints",
)
_OPENS, _LAST_START = 8 * HOUR_S, 15 * HOUR_S
_LATE_ONE_IN, _TWICE_ONE_IN, _ON_PAPER_ONE_IN = 100, 300, 5


def counter(story: Story, place: Place, day: date, planted: Drops) -> Iterator[Sent]:
    """Tell one unit's services of a day."""
    cases = services(story.seed, place.code, day, planted)
    if not cases:
        return
    dice = Dice(story.seed, "services", place.code, day)
    people = [m.person for m in mornings(story.seed, place.code, day, planted) if m.state != ABSENT and m.person.rank]
    for index, in_time in enumerate(cases):
        at, told = _service(dice, place, day, index, in_time, people)
        if dice.below(_TWICE_ONE_IN) == 0:
            yield from _typed_twice(at, told)
        yield at + (dice.between(1, 3) * DAY_S if dice.below(_LATE_ONE_IN) == 0 else 0), told


def survey(story: Story, place: Place, day: date) -> Iterator[Sent]:
    """Tell one unit's survey answers of a day; those on paper are typed in up to two days later."""
    dice = Dice(story.seed, "survey", place.code, day)
    for index, marks in enumerate(answers(story.seed, place.code, day)):
        number = f"{day:%Y%m%d}-{place.code}-{index}"
        at = second(day, dice.between(9 * HOUR_S, 16 * HOUR_S))
        data = {
            "answer": number,
            "service": dice.pick(services_of(place)).code,
            "answered_at": moment(at),
            "scores": dict(zip(UNSUR, marks, strict=True)),
        }
        sent = at + (dice.between(1, 2) * DAY_S if dice.below(_ON_PAPER_ONE_IN) == 0 else 0)
        yield sent, event(SURVEY, number, ANSWERED, f"unit:{place.code}", sent, data)


def complaint_desk(story: Story, place: Place, day: date) -> Iterator[Sent]:
    """Tell the complaints that reach one unit on a day, and their resolutions on later ones."""
    for complaint in complaints(story.seed, place.code, day):
        yield from _complaint(complaint)


def _service(
    dice: Dice, place: Place, day: date, index: int, in_time: bool, people: Sequence[Person]
) -> tuple[int, dict[str, Any]]:
    service = dice.pick(services_of(place))
    allowed_s = service.sla_minutes * 60
    least_s, most_s = (allowed_s * 3 // 10, allowed_s) if in_time else (allowed_s + 60, allowed_s * 9 // 5)
    taken_s = dice.between(least_s, most_s)
    started = second(day, dice.between(_OPENS, max(_OPENS, _LAST_START - allowed_s)))
    number = f"{day:%Y%m%d}-{place.code}-{index}"
    data = {
        "case": number,
        "service": service.code,
        "started_at": moment(started),
        "completed_at": moment(started + taken_s),
        "sla_minutes": service.sla_minutes,
    }
    if people:
        person = people[dice.below(min(len(people), 4))]
        data["employee"] = person.id if place.kind == "kecamatan" else f"nip:{person.nip}"
    return started + taken_s, event(COUNTER, number, SERVED, f"unit:{place.code}", started + taken_s, data)


def _typed_twice(at: int, told: dict[str, Any]) -> Iterator[Sent]:
    """Tell the same case under a second id, and its void the next morning."""
    twin = told | {"id": f"{told['id']}-ganda"}
    yield at + 300, twin
    yield void(twin, told["subject"], at - at % DAY_S + DAY_S + 9 * HOUR_S, "Kasus tercatat dua kali.")


def _complaint(complaint: Complaint) -> Iterator[Sent]:
    subject, number = f"unit:{complaint.unit}", complaint.number
    received = second(complaint.day, complaint.second)
    resolved = second(complaint.day, 0) + complaint.taken_days * DAY_S + complaint.second
    data = {
        "complaint": number,
        "category": complaint.category,
        "received_at": moment(received),
        "due_at": moment(received + complaint.allowed_days * DAY_S),
    }
    yield received, event(COMPLAINTS, f"{number}-masuk", RECEIVED, subject, received, data)
    done = {"complaint": number, "resolved_at": moment(resolved)}
    yield resolved, event(COMPLAINTS, f"{number}-selesai", RESOLVED, subject, resolved, done)
