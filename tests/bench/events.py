"""
A stream of events as a country sends it: CloudEvents ready for the log, made from a seed, a few microseconds each.

Working days one after the other: arrivals with their peak at half past seven in three time zones, services, answers and
complaints through the day, departures; 2 % are sent twice, 1 % are corrections (a void and a new event).
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from statistics import NormalDist

from tests.bench.population import EMPLOYEES, Population, populate, zone_of
from tests.bench.registrations import HEAD, TAIL, Message, employees_registered, schedules_set, units_registered

Stream = tuple[int, int, int, int]
"""What `facts` and `directory` take: number of messages, seed, employees, days."""

FIRST_DAY = date(2026, 11, 2)
"""A Monday."""
_HOURS_EAST = {"Asia/Jakarta": 0, "Asia/Makassar": 1, "Asia/Jayapura": 2}
_CLOCK = [b"%02d:%02d:%02d" % (s // 3600, s // 60 % 60, s % 60) for s in range(86_400)]
_QUANTILES = 1024
_NUMBERS_A_WEEK = 10**8
_NUMBER = 32
"""Bits below the moment in the order of the stream: the number of the message."""

_PUNCH = (
    b'{"specversion":"1.0","id":"p-%09d","source":"terminal-%05d","type":"attendance.punched.v1",'
    b'"subject":"employee:E%07d","time":"%bT%b+07:00",'
    + TAIL
    + b'"at":"%bT%b+07:00","direction":"%b","device":"T%05d-%d"}}'
)
_SERVICE = (
    HEAD
    + TAIL
    + b'"case":"K-%09d","service":"layanan-%d",%b"started_at":"%b+07:00","completed_at":"%b+07:00","sla_minutes":%d}}'
)
_ANSWER = (
    HEAD
    + TAIL
    + b'"answer":"J-%09d",%b"answered_at":"%b+07:00","scores":{"requirements":%d,"procedure":%d,"time":%d,"cost":%d,'
    b'"product":%d,"competence":%d,"conduct":%d,"facilities":%d,"complaints":%d}}}'
)
_RECEIVED = HEAD + TAIL + b'"complaint":"L-%09d","category":"pelayanan","received_at":"%b+07:00","due_at":"%b+07:00"}}'
_RESOLVED = HEAD + TAIL + b'"complaint":"L-%09d","resolved_at":"%b+07:00"}}'
_LEAVE = HEAD + TAIL + b'"from":"%b","to":"%b","kind":"annual"}}'
_REPORT = HEAD + TAIL + b'"up_to":"%b+07:00"}}'
_VOID = HEAD + TAIL + b'"voided":{"type":"%b","source":"%b","id":"%b"},"reason":"wrong clock"}}'


def facts(n: int, seed: int, employees: int = EMPLOYEES, days: int = 5, week: int = 0) -> list[Message]:
    """
    Return exactly *n* messages of `kinerja.events`, in the order of their sending.

    Of the population of *employees*, as many occur as the punches of *days* working days need (8 % of n at 5 days).
    Another *week* gives other events of the same people at the same hours, so many weeks later.
    """
    return _Stream(_plan(n, seed, employees, days), week).messages()


def directory(n: int, seed: int, employees: int = EMPLOYEES, days: int = 5) -> list[Message]:
    """Return the messages of `kinerja.directory` for the same stream: every unit, and the employees that occur."""
    plan = _plan(n, seed, employees, days)
    return [
        *units_registered(plan.population),
        *schedules_set(plan.population),
        *employees_registered(plan.population, plan.people),
    ]


def punch(number: int, unit: int, person: int, day: bytes, second: int) -> bytes:
    """Return one punch at a second of a day, Jakarta time: before noon an arrival, after it a departure."""
    clock = _CLOCK[second]
    direction = b"in" if second < 43_200 else b"out"
    return _PUNCH % (number, unit, person, day, clock, day, clock, direction, unit, number % 3)


@dataclass(frozen=True, slots=True)
class Plan:
    """How many messages of each kind, on how many days, by which employees."""

    population: Population
    seed: int
    people: tuple[int, ...]
    days: tuple[date, ...]
    punches: int
    services: int
    answers: int
    complaints: int
    leaves: int
    reports: int
    corrections: int
    duplicates: int


def _plan(n: int, seed: int, employees: int, days: int) -> Plan:
    duplicates, corrections = n // 50, n // 200
    once = n - duplicates - 2 * corrections
    services, answers, complaints, leaves, reports = (
        once * 12 // 100,
        once // 20,
        once // 100,
        once // 200,
        once // 200,
    )
    punches = once - services - answers - 2 * complaints - leaves - reports
    occurring = min(employees, max(1, ceil(punches / (2 * days))))
    people = random.Random(seed).sample(range(employees), occurring)
    return Plan(
        populate(employees),
        seed,
        tuple(people),
        tuple(_workdays(ceil(punches / (2 * occurring)))),
        punches,
        services,
        answers,
        complaints,
        leaves,
        reports,
        corrections,
        duplicates,
    )


def _workdays(count: int) -> Iterator[date]:
    day = FIRST_DAY
    while count:
        if day.weekday() < 5:
            yield day
            count -= 1
        day += timedelta(days=1)


def _curve(mean_s: int, spread_s: int, late: float) -> list[int]:
    """Return seconds of the day at equal steps of probability; the share *late* comes up to two hours after."""
    normal = NormalDist(mean_s, spread_s)
    on_time = round(_QUANTILES * (1 - late))
    early = [round(normal.inv_cdf((i + 0.5) / on_time)) for i in range(on_time)]
    return early + [mean_s + 2 * spread_s + i * 120 for i in range(_QUANTILES - on_time)]


_ARRIVALS = _curve(7 * 3600 + 1080, 540, 0.05)
_DEPARTURES = _curve(16 * 3600 + 720, 480, 0.05)
_DURATIONS = _curve(14 * 60, 240, 0.06)


class _Stream:
    """Makes the messages of a plan and puts them into order."""

    def __init__(self, plan: Plan, week: int) -> None:
        self._plan = plan
        self._base = week * _NUMBERS_A_WEEK
        self._dates = [(day + timedelta(weeks=week)).isoformat().encode() for day in plan.days]
        self._random = random.Random(plan.seed + 1)
        self._order: list[int] = []
        self._made: list[Message] = []
        self._units = [plan.population.unit_of(person) for person in plan.people]
        self._east_s = {unit: _HOURS_EAST[zone_of(unit)] * 3600 for unit in set(self._units)}

    def messages(self) -> list[Message]:
        """Return everything in the order of its sending."""
        self._punches()
        for made, count in (
            (self._service, self._plan.services),
            (self._answer, self._plan.answers),
            (self._complaint, self._plan.complaints),
            (self._leave, self._plan.leaves),
            (self._report, self._plan.reports),
        ):
            for number in range(count):
                made(self._base + number)
        self._corrections()
        self._duplicates()
        mask = (1 << _NUMBER) - 1
        return [self._made[place & mask] for place in sorted(self._order)]

    def _add(self, day: int, second: int, key: bytes, value: bytes) -> None:
        self._order.append((day * 86_400 + second) << _NUMBER | len(self._made))
        self._made.append((key, value))

    def _punches(self) -> None:
        left, number = self._plan.punches, 0
        for day in range(len(self._plan.days)):
            for curve, direction in ((_ARRIVALS, b"in"), (_DEPARTURES, b"out")):
                count = min(left, len(self._plan.people))
                self._half_day(day, curve, direction, self._base + number, count)
                left, number = left - count, number + count

    def _half_day(self, day: int, curve: list[int], direction: bytes, number: int, count: int) -> None:
        bits, east_s, today = self._random.getrandbits, self._east_s, self._date(day)
        order, made, start = self._order, self._made, day * 86_400
        for person, unit in zip(self._plan.people[:count], self._units, strict=False):
            second = curve[bits(10)] - east_s[unit] + bits(5)
            clock = _CLOCK[second]
            order.append((start + second) << _NUMBER | len(made))
            value = _PUNCH % (number, unit, person, today, clock, today, clock, direction, unit, number % 3)
            made.append((b"E%07d" % person, value))
            number += 1

    def _date(self, day: int) -> bytes:
        return self._dates[day]

    def _moment(self, day: int, second: int) -> bytes:
        return self._date(day) + b"T" + _CLOCK[second]

    def _some_day(self) -> tuple[int, int]:
        """Return a day and a second of its office hours."""
        return self._random.randrange(len(self._plan.days)), 28_800 + self._random.randrange(25_200)

    def _somebody(self) -> tuple[int, int]:
        index = self._random.randrange(len(self._plan.people))
        return self._plan.people[index], self._units[index]

    def _service(self, number: int) -> None:
        (day, second), (person, unit) = self._some_day(), self._somebody()
        took = _DURATIONS[self._random.getrandbits(10)]
        ended = self._moment(day, second + took)
        head = (b"s", number, b"loket-%05d" % unit, b"service.completed.v1", b"unit:U%05d" % unit, ended)
        data = (number, unit % 7, _named(person, number), self._moment(day, second), ended, 20)
        self._add(day, second + took, b"U%05d" % unit, _SERVICE % (*head, *data))

    def _answer(self, number: int) -> None:
        (day, second), (person, unit) = self._some_day(), self._somebody()
        at = self._moment(day, second)
        head = (b"a", number, b"skm", b"survey.answered.v1", b"unit:U%05d" % unit, at)
        scores = self._random.choices((2, 3, 4), (1, 5, 4), k=9)
        self._add(day, second, b"U%05d" % unit, _ANSWER % (*head, number, _named(person, number), at, *scores))

    def _complaint(self, number: int) -> None:
        (day, second), (_, unit) = self._some_day(), self._somebody()
        last = min(day + self._random.randrange(4), len(self._plan.days) - 1)
        received, due, resolved = self._moment(day, second), self._moment(last, 57_600), self._moment(last, second + 60)
        source, subject, key = b"lapor", b"unit:U%05d" % unit, b"U%05d" % unit
        head = (b"c", number, source, b"complaint.received.v1", subject, received)
        self._add(day, second, key, _RECEIVED % (*head, number, received, due))
        head = (b"r", number, source, b"complaint.resolved.v1", subject, resolved)
        self._add(last, second + 60, key, _RESOLVED % (*head, number, resolved))

    def _leave(self, number: int) -> None:
        (day, second), (person, _) = self._some_day(), self._somebody()
        first = date.fromisoformat(self._dates[day].decode()) + timedelta(days=self._random.randrange(1, 20))
        last = first + timedelta(days=self._random.randrange(3))
        subject = b"employee:E%07d" % person
        head = (b"l", number, b"simpeg", b"attendance.leave_granted.v1", subject, self._moment(day, second))
        value = _LEAVE % (*head, first.isoformat().encode(), last.isoformat().encode())
        self._add(day, second, b"E%07d" % person, value)

    def _report(self, number: int) -> None:
        (day, second), (_, unit) = self._some_day(), self._somebody()
        source, at = b"terminal-%05d" % unit, self._moment(day, second)
        head = (b"h", number, source, b"source.reported.v1", b"source:" + source, at)
        self._add(day, second, source, _REPORT % (*head, at))

    def _corrections(self) -> None:
        """Take punches back an hour or two later and send each again, a minute earlier."""
        plan = self._plan
        for number, place in enumerate(self._random.sample(range(plan.punches), plan.corrections)):
            round_, index = divmod(place, len(plan.people))
            day, half = divmod(round_, 2)
            second = min(86_399, (self._order[place] >> _NUMBER) - day * 86_400 + 3_600 + self._random.randrange(3_600))
            person, unit, at = plan.people[index], self._units[index], self._moment(day, second)
            key, source = b"E%07d" % person, b"terminal-%05d" % unit
            head = (b"v", self._base + number, source, b"event.voided.v1", b"employee:" + key, at)
            self._add(
                day, second, key, _VOID % (*head, b"attendance.punched.v1", source, b"p-%09d" % (self._base + place))
            )
            today, clock = self._date(day), _CLOCK[(self._order[place] >> _NUMBER) - day * 86_400 - 60]
            times = (today, _CLOCK[second], today, clock)
            new = _PUNCH % (self._base + plan.punches + number, unit, person, *times, (b"in", b"out")[half], unit, 0)
            self._add(day, second, key, new)

    def _duplicates(self) -> None:
        for place in self._random.sample(range(len(self._made)), self._plan.duplicates):
            later = (self._order[place] >> _NUMBER) + self._random.randrange(600)
            self._order.append(later << _NUMBER | place)


def _named(person: int, number: int) -> bytes:
    """Name the employee in two of three services and answers."""
    return b'"employee":"E%07d",' % person if number % 3 else b""
