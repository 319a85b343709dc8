"""
Random histories of an office whose people are evaluated: everything that a card reads, made to meet.

`random_evaluations` needs only a seed. References are mostly right, and so are the people who act.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from schemas.evaluation import MATRIX
from schemas.policy.identity import sha256_of
from schemas.policy.shipped import DEFAULT, shipped
from tests.support.histories import contents as small
from tests.support.histories.choices import Choices, Seeded, maybe
from tests.support.histories.contents import Content
from tests.support.histories.deeds import LEVELS, agreed, asked, attended, helped, ranked, rated, served
from tests.support.histories.office import OFFICE, PERIODS, SINCE, closings, moved, renamed, settled
from tests.support.histories.rules import put_in_force
from tests.support.histories.world import OFFSETS, World, written
from tests.support.oracle import Event
from tests.support.oracle.log import REGISTRATIONS
from tests.support.oracle_cards.known import Known
from tests.support.oracle_cards.organisation import evaluator, head, supervisor
from tests.support.oracle_cards.periods import Period, period

Deed = Callable[[Choices, World], list[Content]]


def one(builder: small.Builder) -> Deed:
    """A deed of one event."""
    return lambda choices, world: [builder(choices, world)]


FIGURES: tuple[Deed, ...] = (attended, attended, attended, served, asked)
RESULTS: tuple[Deed, ...] = (agreed,)
CHANGES: tuple[Deed, ...] = (
    *(moved, moved, moved, moved, moved, moved, renamed, helped),
    *(one(small.punch), one(small.recorded_day), one(small.leave), one(small.leave)),
    *(one(small.service), one(small.answer), one(small.complaint), one(small.complaint), one(small.resolution)),
    *(one(small.calendar), one(small.schedule), one(small.closing), one(small.heartbeat)),
)
CONTESTED = ("attendance.", "service.", "survey.", "complaint.", "result.")
SAID = ("predikat.", "document.", "objection.", "capaian.", "rating.", "feedback.", "result.", "policy.")
HOURS = timedelta(hours=1)


class Book:
    """A history while it is written."""

    def __init__(self, choices: Choices, world: World) -> None:
        self.choices, self.world = choices, world
        self.events: list[Event] = []

    def add(self, content: Content, on: date | None = None) -> Event:
        """Write an event of a day, at one of few hours of it; without a day, one of few days about the window."""
        day = on or self.world.first + timedelta(days=self.choices.one((0, 0, 1, 5, 9)))
        time = datetime(day.year, day.month, day.day, tzinfo=OFFSETS[0]) + HOURS * self.choices.one((0, 9, 9, 23))
        number = len(self.events)
        self.events.append(
            {
                "specversion": "1.0",
                "id": f"{self.choices.one('aB-9')}{number}",
                "source": self.choices.one(self.world.sources),
                "type": content.type,
                "subject": content.subject,
                "time": written(self.choices, time),
                "datacontenttype": "application/json",
                "data": content.data,
            }
        )
        return self.events[-1]

    def later(self, day: date, most: int, least: int = 0) -> date:
        """A day some days later."""
        return day + timedelta(days=self.choices.between(least, most))


def random_evaluations(seed: int, size: int = 10, world: World = OFFICE) -> list[Event]:
    """A history of about *size* deeds of each sort, as many evaluations and ratings, and contests and voids."""
    choices = Seeded(seed)
    book = Book(choices, world)
    for content in (*settled(choices, world), *closings(choices, world)):
        book.add(content, SINCE)
    for _ in range(choices.between(0, 4)):
        ruled(book)
    for deeds in (CHANGES, FIGURES, FIGURES, RESULTS, RESULTS):
        for _ in range(choices.between(size // 3, size)):
            for content in choices.one(deeds)(choices, world):
                book.add(content)
    here = Known(book.events)
    for _ in range(size):
        judged(book, here)
        graded(book, here)
    for _ in range(2 * size):
        evaluated(book, here)
    for _ in range(3 * size):
        choices.one((contested, contested, contested, voided))(book)
    return book.events


def ruled(book: Book) -> None:
    """A policy proposed and published."""
    proposal, proposed_on, publication, published_on = put_in_force(book.choices, book.world)
    event = book.add(proposal, proposed_on)
    data = publication.data | {"proposal": named(event)}
    book.add(Content(publication.type, publication.subject, data), published_on)


def judged(book: Book, here: Known) -> None:
    """Ratings by whoever is supervisor on two days, or by anybody."""
    choices, person = book.choices, book.choices.one(book.world.people)
    for _ in range(2):
        over = supervisor(here, person, book.later(book.world.first, 14, -14))
        rater = choices.one((over, over, over, choices.one(book.world.people))) or choices.one(book.world.people)
        book.add(rated(choices, book.world, person, rater), book.later(book.world.first, 20))


def graded(book: Book, here: Known) -> None:
    """What a unit achieved, set by who leads it, which does not count, or by anybody; now and then in January."""
    choices, unit = book.choices, book.choices.one(book.world.units)
    on = choices.one((book.later(book.world.first, 30), date(2026, 1, 31 - choices.between(0, 1)), date(2026, 2, 1)))
    setter = choices.one((head(here, unit, on), choices.one(book.world.people))) or choices.one(book.world.people)
    book.add(ranked(choices, unit, setter), on)


def evaluated(book: Book, here: Known) -> None:
    """An evaluation as far as it comes, by those who may and now and then by others."""
    choices, of = book.choices, period(book.choices.one(PERIODS))
    person = choices.one([each for each in book.world.people if here.unit_of(each, of.last)] or book.world.people)
    sets = [predikat(book, here, person, of) for _ in range(choices.one((1, 1, 2, 3)))]
    if choices.between(0, 3) == 0:
        return
    chosen = choices.one(sets)
    document = issued(book, person, of, chosen)
    if choices.between(0, 4) == 0:
        issued(book, person, of, choices.one(sets))
    rater = chosen["data"]["rater"]
    for _ in range(choices.one((0, 1, 1, 2))):
        acknowledged(book, here, person, of, document, rater)
    for _ in range(choices.one((0, 1, 1, 2))):
        decided(book, here, person, of, objected(book, person, of, document), rater)
    if choices.between(0, 5) == 0:
        released(book, person, of, day_of(document))


def day_of(event: Event) -> date:
    """The Jakarta date of its time."""
    return datetime.fromisoformat(event["time"]).astimezone(OFFSETS[0]).date()


def predikat(book: Book, here: Known, person: str, of: Period) -> Event:
    """Set after the period, by the evaluator, by who stands above, or by anybody."""
    choices, e = book.choices, evaluator(here, person, of)
    how = choices.one(("rightly", "rightly", "rightly", "escalated", "escalated", "by anybody"))
    on = (
        book.later(of.last, 45, 16)
        if how == "escalated"
        else book.later(of.last, choices.one((1, 10, 45)), choices.one((0, 0, -2)))
    )
    rightly = {"rightly": e, "escalated": supervisor(here, e, on)}.get(how)
    rater = rightly or choices.one(book.world.people)
    hasil_kerja, perilaku = choices.one(LEVELS), choices.one(LEVELS)
    policy = shipped()[DEFAULT]
    data = {
        "period": of.text,
        "rater": rater,
        "hasil_kerja": hasil_kerja,
        "perilaku": perilaku,
        "predikat": MATRIX[hasil_kerja, perilaku],  # type: ignore[index]
        "reason": choices.one(("sesuai", "cukup")),
        "policy": {"policy": policy.policy, "version": policy.version, "sha256": sha256_of(policy)},
    }
    return book.add(Content("predikat.set.v1", f"employee:{person}", data), on)


def issued(book: Book, person: str, of: Period, about: Event) -> Event:
    """A document of what was set or decided, mostly not before it."""
    data = {"period": of.text, "of": named(about, with_type=True), "receipt": "0" * 64}
    return book.add(Content("document.issued.v1", f"employee:{person}", data), book.later(day_of(about), 6, -1))


def acknowledged(book: Book, here: Known, person: str, of: Period, document: Event, rater: str) -> Event:
    """Received some day, or witnessed once it was late."""
    choices = book.choices
    received = book.later(day_of(document), 6, choices.one((0, 0, -1)))
    on = book.later(received, choices.one((3, 40)), choices.one((0, 0, -1)))
    witness = supervisor(here, rater, on) or rater
    data = {"period": of.text, "document": named(document), "received_on": received.isoformat()}
    data |= maybe(choices, "witness", witness, witness, choices.one(book.world.people))
    return book.add(Content("document.acknowledged.v1", f"employee:{person}", data), on)


def objected(book: Book, person: str, of: Period, document: Event) -> Event:
    """Objected to within about the time there is."""
    data = {"period": of.text, "document": named(document), "reason": "keberatan"}
    on = book.later(day_of(document), book.choices.one((3, 28)), -1)
    return book.add(Content("objection.filed.v1", f"employee:{person}", data), on)


def decided(book: Book, here: Known, person: str, of: Period, objection: Event, rater: str) -> None:
    """Decided by who stands above the rater or by anybody, then perhaps issued and acknowledged again."""
    choices, filed = book.choices, day_of(objection)
    if choices.between(0, 3) == 0:
        return
    on = book.later(filed, 8)
    decider = choices.one((supervisor(here, rater, on), supervisor(here, rater, on), None)) or choices.one(
        book.world.people
    )
    data: dict[str, Any] = {"period": of.text, "objection": named(objection), "decider": decider, "reason": "didengar"}
    heard = [book.later(filed, (on - filed).days, choices.one((0, 0, 0, -1))) for _ in range(2)]
    data |= {"heard_employee": heard[0].isoformat(), "heard_rater": heard[1].isoformat(), "decision": "kept"}
    if choices.between(0, 1):
        hasil_kerja, perilaku = choices.one(LEVELS), choices.one(LEVELS)
        data |= {"decision": "changed", "hasil_kerja": hasil_kerja, "perilaku": perilaku}
        data["predikat"] = MATRIX[hasil_kerja, perilaku]  # type: ignore[index]
    decision = book.add(Content("objection.decided.v1", f"employee:{person}", data), on)
    if choices.between(0, 2):
        again = issued(book, person, of, decision)
        for _ in range(choices.one((0, 1, 1))):
            acknowledged(book, here, person, of, again, decider)


def released(book: Book, person: str, of: Period, on: date) -> None:
    """What peers' answers came to, as ingest sends it."""
    choices = book.choices
    relations = choices.one((("peer",), ("subordinate",), ("peer", "subordinate")))
    groups = [
        {
            "relation": relation,
            "n": choices.between(3, 6),
            **maybe(choices, "result", *LEVELS),
            "behaviours": choices.one(({}, {"akuntabel": choices.one(LEVELS), "loyal": choices.one(LEVELS)})),
        }
        for relation in relations
    ]
    data = {"period": of.text, "k": 3, "groups": groups}
    if not any(event["id"] == f"{person}:{of.text}" for event in book.events):
        event = book.add(Content("feedback.released.v1", f"employee:{person}", data), on)
        event["source"], event["id"] = "kinerja-feedback", f"{person}:{of.text}"


def named(event: Event, *, with_type: bool = False) -> dict[str, str]:
    """A reference."""
    return ({"type": event["type"]} if with_type else {}) | {"source": event["source"], "id": event["id"]}


def contested(book: Book) -> None:
    """A contest of anything, facts most of all; perhaps answered, perhaps settled, perhaps taken back."""
    choices = book.choices
    facts = [event for event in book.events if event["type"].startswith(CONTESTED)]
    others = [
        event for event in book.events if not event["type"].startswith(CONTESTED) and event["subject"] != "unit:*"
    ]
    event = choices.one(choices.one((facts, facts, others)) or book.events)
    on = book.later(book.world.first, 40)
    data = {"contested": named(event, with_type=True), "reason": "saya hadir"}
    if choices.between(0, 15) == 0:
        data["contested"] = named(choices.one(book.events), with_type=True)
    contest = book.add(Content("event.contested.v1", event["subject"], data), on)
    for _ in range(choices.one((0, 0, 1, 1, 2))):
        said = {"contest": named(contest), "decision": choices.one(("upheld", "rejected")), "reason": "diperiksa"}
        book.add(Content("contest.answered.v1", event["subject"], said), book.later(on, 12))
    if choices.between(0, 4) == 0:
        void(book, choices.one((event, event, contest, book.events[-1])))


def voided(book: Book) -> None:
    """A void of anything but a closing, of what evaluations say as often as of all else."""
    events = [event for event in book.events if event["type"] != "day.closed.v1"]
    said = [event for event in events if event["type"].startswith(SAID)]
    void(book, book.choices.one(book.choices.one((events, said))))


def void(book: Book, event: Event) -> None:
    """A void, mostly right; registrations and voids stay."""
    if event["type"] in (*REGISTRATIONS, "event.voided.v1"):
        return
    right = named(event, with_type=True)
    if book.choices.between(0, 9) == 0:
        right["id"] = "nobody"
    book.add(Content("event.voided.v1", event["subject"], {"voided": right, "reason": "keliru"}))
