"""
What the upstream of one cell sends, from a seed: three chapters, each sent once the one before is folded everywhere.

Facts and directory first, in a random order with duplicates; then the closings of all days, in their order, on which
alerts are raised; then voids, by which one alert is withdrawn. Nothing changes a day after it is closed but those
voids, all of one unit-day: so the alerts that must come do not depend on how the events meet in batches.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from random import Random

from tests.support.event_builders import event
from tests.support.histories import VILLAGE, random_arrivals, random_history
from tests.support.oracle import Event

STORY = "story"
ROOT, FALLEN, MISJUDGED = "S", "S-1", "S-2"
LEADERS = {ROOT: "H-0", FALLEN: "H-1", MISJUDGED: "H-2"}
ADDRESSES = {employee: f"{employee.lower()}@example.test" for employee in LEADERS.values()}
PRELUDE = (date(2026, 1, 12), date(2026, 2, 25))
"""Long enough for the level of a pool, and in the quarter of all that follows, so that it is fixed before any cell."""
FIRST, LAST = date(2026, 2, 26), date(2026, 3, 20)
"""The days that are compared; the prelude is over by then."""
CLOSED = tuple(VILLAGE.first + timedelta(days=later) for later in range(VILLAGE.days))
DROPS = {FALLEN: (4, 4, 4), MISJUDGED: (3, 3)}
"""Of four services a day, how many are late from `DROP_BEGINS` on."""
DROP_BEGINS = date(2026, 3, 4)
TAKEN_BACK = date(2026, 3, 5)
SERVICES_A_DAY = 4
OFFICE, COLLEAGUES = "F", ("F-0", "F-1", "F-2", "F-3")
"""A unit beside all others, whose people answer about each other under seal in chapter one; closed in chapter two."""
CLOSED_PERIOD, CLOSED_AFTER = "2026-02", "2026-03-11"
SIZE, DUPLICATES = 200, 50
LARGEST_REQUEST = 12


def prelude() -> list[list[Event]]:
    """Three units under leaders, and seven quiet weeks at their counters: the requests, in order."""
    units = [_unit(code, None if code == ROOT else ROOT) for code in LEADERS] + _office()
    leaders = [made for code, employee in LEADERS.items() for made in _leader(code, employee)]
    leaders += [made for employee in (OFFICE, *COLLEAGUES) for made in _colleague(employee)]
    services = [
        made
        for number, day in enumerate(_working_days(*PRELUDE))
        for code in DROPS
        for made in _services(code, day, late=int(number % 5 == 0))
    ]
    return [units, leaders, services, [_closed(ROOT, day) for day in _days(*PRELUDE)]]


@dataclass(frozen=True)
class History:
    """The events of one cell, and the requests that bring them."""

    seed: int

    @cached_property
    def facts(self) -> list[Event]:
        """A random history of the directory and of facts, and a drop at two counters."""
        random = [made for made in random_history(self.seed, SIZE, VILLAGE) if made["type"] != "day.closed.v1"]
        return [*random, *(made for code in DROPS for made in _drop(code))]

    @cached_property
    def closings(self) -> list[Event]:
        """Every day of the history closed for everyone."""
        return [_closed("*", day) for day in CLOSED]

    @cached_property
    def voids(self) -> list[Event]:
        """One day at the misjudged counter taken back."""
        return [_void(made) for made in _drop(MISJUDGED) if f".{TAKEN_BACK}." in made["id"]]

    @cached_property
    def answers(self) -> list[Event]:
        """What colleagues say under seal: three about the first of them, two the same, and one about another."""
        said = [("F-0", "F-1", "above"), ("F-0", "F-2", "above"), ("F-0", "F-3", "below"), ("F-1", "F-0", "above")]
        return [_answer(*each) for each in said]

    @property
    def events(self) -> list[Event]:
        """All of it that comes to the log, each once."""
        return [*self.facts, *self.closings, *self.voids, _release()]

    def chapters(self) -> list[tuple[list[list[Event]], int]]:
        """The requests of each chapter, and how many clients send them side by side."""
        arriving = random_arrivals(self.seed, self.facts, DUPLICATES)
        first = list(_requests(arriving, Random(self.seed)))
        return [
            ([self.answers[:2], *first[:3], self.answers, *first[3:]], 2),
            ([self.closings[:7], self.closings[7:], self.closings], 1),
            ([self.voids, self.voids], 1),
        ]


def _requests(events: Sequence[Event], chooser: Random) -> Iterator[list[Event]]:
    start = 0
    while start < len(events):
        size = chooser.randint(1, LARGEST_REQUEST)
        yield list(events[start : start + size])
        start += size


def _drop(code: str) -> list[Event]:
    days = zip(_working_days(DROP_BEGINS, LAST), DROPS[code], strict=False)
    return [made for day, late in days for made in _services(code, day, late)]


def _unit(code: str, parent: str | None) -> Event:
    data = {"name": f"Seksi {code}", "kind": "seksi", "effective_from": "2026-01-01"}
    data |= {"parent": parent} if parent else {}
    return event("unit.registered.v1", f"unit:{code}", data, id=f"unit.{code}", source=STORY)


def _office() -> list[Event]:
    """A unit without workdays, so that nobody of it is missed."""
    never = {"effective_from": "2026-01-01", "weekdays": {}}
    return [_unit(OFFICE, None), event("schedule.set.v1", f"unit:{OFFICE}", never, id="schedule.office", source=STORY)]


def _colleague(employee: str) -> list[Event]:
    """Somebody of the office; its head has its name."""
    belongs: dict[str, object] = {
        "unit": OFFICE,
        "position": "Staf",
        "basis": "definitive",
        "effective_from": "2026-01-01",
    }
    belongs |= {"head": True} if employee == OFFICE else {}
    registered = {"effective_from": "2026-01-01"}
    return [
        event("employee.registered.v1", f"employee:{employee}", registered, id=f"person.{employee}", source=STORY),
        event("assignment.started.v1", f"employee:{employee}", belongs, id=f"place.{employee}", source=STORY),
    ]


def _answer(ratee: str, rater: str, level: str) -> Event:
    data = {"rater": rater, "relation": "peer", "period": CLOSED_PERIOD, "result": level}
    return event("rating.given.v1", f"employee:{ratee}", data, id=f"answer.{ratee}.{rater}", source=STORY)


def is_answer(made: Event) -> bool:
    """Whether an event is sealed, and so never comes to the log."""
    return bool(made["type"] == "rating.given.v1" and made["data"]["relation"] == "peer")


def is_release(made: Event) -> bool:
    """Whether an event says what became of answers; ingest sends it."""
    return bool(made["type"] == "feedback.released.v1")


def _release() -> Event:
    """What becomes of the answers: the group of three, and not that of one."""
    groups = [{"relation": "peer", "n": 3, "result": "above", "behaviours": {}}]
    data = {"period": CLOSED_PERIOD, "k": 3, "groups": groups}
    envelope = {"id": f"F-0:{CLOSED_PERIOD}", "source": "kinerja-feedback", "time": f"{CLOSED_AFTER}T00:00:00+07:00"}
    return event("feedback.released.v1", "employee:F-0", data, **envelope)


def _leader(code: str, employee: str) -> list[Event]:
    """Somebody who acts as head, and so belongs to no unit: nobody's attendance is in the story."""
    acts = {"unit": code, "position": "Kepala", "head": True, "basis": "plt", "effective_from": "2026-01-01"}
    return [
        event(
            "employee.registered.v1",
            f"employee:{employee}",
            {"effective_from": "2026-01-01"},
            id=f"person.{employee}",
            source=STORY,
        ),
        event("assignment.started.v1", f"employee:{employee}", acts, id=f"head.{code}", source=STORY),
    ]


def _services(code: str, day: date, late: int) -> list[Event]:
    """A day at a counter: the first *late* services take twice as long as promised."""
    return [
        event(
            "service.completed.v1",
            f"unit:{code}",
            {
                "case": f"c-{number}",
                "service": "ktp",
                "started_at": f"{day}T09:00:00+07:00",
                "completed_at": f"{day}T09:{'20' if number < late else '05'}:00+07:00",
                "sla_minutes": 10,
            },
            id=f"service.{code}.{day}.{number}",
            source=STORY,
        )
        for number in range(SERVICES_A_DAY)
    ]


def _closed(code: str, day: date) -> Event:
    data = {"date": day.isoformat()}
    return event("day.closed.v1", f"unit:{code}", data, id=f"closed.{day}", source=STORY)


def _void(target: Event) -> Event:
    named = {name: target[name] for name in ("type", "source", "id")}
    data = {"voided": named, "reason": "keliru"}
    return event("event.voided.v1", target["subject"], data, id=f"void.{target['id']}", source=STORY)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=later) for later in range((last - first).days + 1)]


def _working_days(first: date, last: date) -> list[date]:
    return [day for day in _days(first, last) if day.weekday() < 5]
