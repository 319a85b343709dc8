"""Messages of `kinerja.directory`: units, working hours, employees and the units they belong to."""

from collections.abc import Iterable, Iterator

from tests.bench.population import Population, parent_of, zone_of

Message = tuple[bytes, bytes]
"""Key and value of a record on the log."""

SINCE = "2026-01-01"
HEAD = b'{"specversion":"1.0","id":"%b-%09d","source":"%b","type":"%b","subject":"%b","time":"%b+07:00",'
TAIL = b'"datacontenttype":"application/json","data":{'


def units_registered(population: Population) -> Iterator[Message]:
    """Yield the registration of every unit, those above first."""
    for unit in range(population.units):
        yield b"U%05d" % unit, unit_registered(unit)


def unit_registered(unit: int) -> bytes:
    """Return the registration of a unit."""
    above = parent_of(unit)
    head = (b"u", unit, b"organisasi", b"unit.registered.v1", b"unit:U%05d" % unit, b"2026-01-01T00:00:00")
    parent = b"" if above is None else b'"parent":"U%05d",' % above
    data = b'"name":"Unit %d","kind":"seksi",%b"timezone":"%b","effective_from":"%b"}}'
    return (HEAD % head) + TAIL + data % (unit, parent, zone_of(unit).encode(), SINCE.encode())


_WEEK = b",".join(b'"%b":{"start":"%%b","end":"%%b"}' % day for day in (b"mon", b"tue", b"wed", b"thu", b"fri"))


def schedules_set(population: Population) -> Iterator[Message]:
    """Everyone works 07:30-16:00; each fiftieth unit has hours of its own."""
    yield _schedule(0, b"*", (b"07:30", b"16:00"))
    for unit in range(49, population.units, 50):
        yield _schedule(unit, b"U%05d" % unit, (b"08:00", b"16:30"))


def _schedule(number: int, code: bytes, hours: tuple[bytes, bytes]) -> Message:
    head = (b"w", number, b"organisasi", b"schedule.set.v1", b"unit:" + code, b"2026-01-01T00:00:00")
    data = b'"effective_from":"%b","tolerance_minutes":5,"weekdays":{' % SINCE.encode() + _WEEK % (hours * 5) + b"}}}"
    return code, (HEAD % head) + TAIL + data


def employees_registered(population: Population, people: Iterable[int]) -> Iterator[Message]:
    """Yield the registration and the assignment of each of *people*."""
    for person in people:
        yield b"E%07d" % person, employee_registered(person)
        yield b"E%07d" % person, assignment_started(person, population.unit_of(person))


_REGISTERED = HEAD + TAIL + b'"effective_from":"2026-01-01"}}'
_ASSIGNED = HEAD + TAIL + b'"unit":"U%05d","position":"pelaksana","basis":"definitive","effective_from":"2026-01-01"}}'


def employee_registered(person: int) -> bytes:
    """Return the registration of an employee as the log has it."""
    subject = b"employee:E%07d" % person
    return _REGISTERED % (b"e", person, b"simpeg", b"employee.registered.v1", subject, b"2026-01-01T00:00:00")


def assignment_started(person: int, unit: int) -> bytes:
    """Return the assignment that puts an employee into a unit."""
    subject = b"employee:E%07d" % person
    head = (b"b", person, b"simpeg", b"assignment.started.v1", subject, b"2026-01-01T00:00:00")
    return _ASSIGNED % (*head, unit)
