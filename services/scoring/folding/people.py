"""People's days: recomputed from live facts, memberships and leaves; what changes is new minus old."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from operator import attrgetter
from typing import Any

from services.kit.arrays import texts
from services.kit.postgres import Connection
from services.scoring.domain.changes import Span, differing
from services.scoring.domain.days import LAST_DAY, ONE_DAY
from services.scoring.domain.directory import Directory, code_of
from services.scoring.domain.events import Event, decode
from services.scoring.domain.fact import Fact
from services.scoring.domain.facts import DayRecorded, LeaveGranted, Punched
from services.scoring.folding.arrivals import Arrivals
from services.scoring.folding.differences import Differences
from services.scoring.projections.attendance.columns import ATTENDANCE
from services.scoring.projections.attendance.rows import SEARCH, PersonDay, person_days, touched_days
from services.scoring.projections.membership.rows import Membership, MembershipSpan, expected
from services.scoring.store import queries

ABOUT_ATTENDANCE = frozenset((Punched, DayRecorded, LeaveGranted))
"""Asked of a fact's exact type: most facts are of another one, which `isinstance` takes long to find out."""

Windows = dict[str, list[Span]]
"""Per employee the days to recompute, apart and in order."""


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return the same days as spans that neither overlap nor touch."""
    result: list[Span] = []
    for span in sorted(spans, key=lambda span: span.first):
        if result and span.first <= result[-1].last:
            result[-1] = Span(result[-1].first, max(result[-1].last, span.last))
        else:
            result.append(span)
    return result


async def memberships(conn: Connection, employees: Iterable[str]) -> dict[str, Membership]:
    """Return where these people belong; somebody unknown belongs nowhere."""
    spans: dict[str, list[MembershipSpan]] = {employee: [] for employee in employees}
    for employee, unit, first, last in await queries.memberships(conn, employees=texts(spans)):
        spans[employee].append(MembershipSpan(unit, first, last))
    for listed in spans.values():
        if len(listed) > 1:
            listed.sort(key=attrgetter("first"))
    return {employee: Membership(listed) for employee, listed in spans.items()}


async def _leaves(conn: Connection, partitions: Mapping[str, int]) -> dict[str, list[Span]]:
    """Return the leaves of those of these people who have any."""
    subjects: dict[int, list[str]] = defaultdict(list)
    for employee, partition in partitions.items():
        subjects[partition].append(f"employee:{employee}")
    leaves: dict[str, list[Span]] = defaultdict(list)
    for partition, listed in subjects.items():
        for subject, first, last in await queries.leaves(conn, partition=partition, subjects=texts(listed)):
            leaves[code_of(subject)].append(Span(first, last))
    return leaves


async def belongings(
    conn: Connection, partitions: Mapping[str, int]
) -> tuple[dict[str, Membership], dict[str, list[Span]]]:
    """Return where these people belong, and the leaves of those who have any."""
    return await memberships(conn, partitions), await _leaves(conn, partitions)


def _by_employee(changed: Mapping[int, list[Event]]) -> tuple[dict[str, list[Fact]], dict[str, int], set[str]]:
    """Return the attendance facts and the partition of each employee that has any, and who has leaves among them."""
    facts: dict[str, list[Fact]] = defaultdict(list)
    partitions: dict[str, int] = {}
    on_leave: set[str] = set()
    for partition, events in changed.items():
        for event in events:
            fact = event.fact
            if fact is not None and type(fact) in ABOUT_ATTENDANCE:
                employee = code_of(event.subject)
                facts[employee].append(fact)
                partitions[employee] = partition
                if type(fact) is LeaveGranted:
                    on_leave.add(employee)
    return facts, partitions, on_leave


class People:
    """Recomputes people of any partitions in one transaction."""

    def __init__(self, conn: Connection, directory: Directory, differences: Differences) -> None:
        self._conn = conn
        self._directory = directory
        self._differences = differences

    async def fold(self, live: Mapping[int, list[Event]], gone: Mapping[int, list[Event]]) -> None:
        """
        Take in attendance facts that came to count (*live*) and ceased to (*gone*), by partition.

        Signs of presence that only come in are merged with the days as kept; whoever lost a fact or got a leave is
        recomputed from all facts.
        """
        facts, partitions, on_leave = _by_employee(live)
        lost, partitions_of_lost, off_leave = _by_employee(gone)
        partitions |= partitions_of_lost
        on_leave |= off_leave
        if not partitions:
            return
        belonging, leaves = await belongings(self._conn, partitions)
        anew = on_leave | set(lost)
        windows = {name: self._windows([*facts.get(name, ()), *lost.get(name, ())], belonging[name]) for name in anew}
        if anew:
            await self._recompute({name: partitions[name] for name in anew}, belonging, leaves, windows, on_leave)
        arrivals = Arrivals(self._directory)
        for name, listed in facts.items():
            if name not in anew:
                arrivals.add(name, partitions[name], listed, belonging[name], leaves.get(name, ()))
        await arrivals.merge(self._conn, self._differences)
        self._differences.subjects.update(f"employee:{name}" for name in partitions)

    def _windows(self, facts: list[Fact], membership: Membership) -> list[Span]:
        spans = []
        for fact in facts:
            span = Span(fact.first, fact.last) if isinstance(fact, LeaveGranted) else None
            span = span or touched_days(fact, membership, self._directory)
            if span is not None:
                spans.append(span)
        return merged(spans)

    async def recompute(self, partitions: Mapping[str, int], windows: Windows, restaffed: set[str]) -> None:
        """
        Recompute the windows, and for *restaffed* also the spans in which they are expected.

        *parts* covers everyone named in *windows* and *restaffed*.
        """
        belonging, leaves = await belongings(self._conn, partitions)
        await self._recompute(partitions, belonging, leaves, windows, restaffed)
        self._differences.subjects.update(f"employee:{employee}" for employee in partitions)

    async def _recompute(
        self,
        partitions: Mapping[str, int],
        belonging: Mapping[str, Membership],
        leaves: Mapping[str, list[Span]],
        windows: Windows,
        restaffed: set[str],
    ) -> None:
        await self._days(partitions, belonging, windows, leaves)
        if restaffed:
            await self._expected({name: partitions[name] for name in restaffed}, belonging, leaves)

    async def _facts(self, partitions: Mapping[str, int], windows: Windows) -> dict[str, list[Punched | DayRecorded]]:
        searched = [
            (partitions[employee], f"employee:{employee}", span.first, span.last)
            for employee, spans in windows.items()
            for span in merged(Span(span.first - SEARCH, span.last + SEARCH) for span in spans)
        ]
        partitions_, subjects, firsts, lasts = zip(*searched, strict=True)
        rows = await queries.attendance_facts(
            self._conn, partitions=partitions_, subjects=subjects, firsts=firsts, lasts=lasts
        )
        facts: dict[str, list[Punched | DayRecorded]] = defaultdict(list)
        for row in rows:
            fact = decode(row["payload"]).fact
            assert isinstance(fact, (Punched, DayRecorded))
            facts[code_of(row["subject"])].append(fact)
        return facts

    async def _days(
        self,
        partitions: Mapping[str, int],
        belonging: Mapping[str, Membership],
        windows: Windows,
        leaves: Mapping[str, list[Span]],
    ) -> None:
        windows = {employee: spans for employee, spans in windows.items() if spans}
        if not windows:
            return
        facts = await self._facts(partitions, windows)
        before = await self._kept_days(windows)
        after: dict[tuple[str, date], PersonDay] = {}
        for employee, spans in windows.items():
            days = person_days(
                facts.get(employee, ()), belonging[employee], leaves.get(employee, ()), self._directory, spans
            )
            after.update(((employee, day), person_day) for day, person_day in days.items())
        await self._replace_days(partitions, before, after)

    async def _kept_days(self, windows: Windows) -> dict[tuple[str, date], PersonDay]:
        spans = [(employee, span.first, span.last) for employee, spans in windows.items() for span in spans]
        employees, firsts, lasts = zip(*spans, strict=True)
        rows = await queries.attendance_days(self._conn, employees=employees, firsts=firsts, lasts=lasts)
        return {
            (row["employee"], row["day"]): PersonDay(row["unit"], *(row[name] for name in ATTENDANCE)) for row in rows
        }

    async def _replace_days(
        self,
        partitions: Mapping[str, int],
        before: Mapping[tuple[str, date], PersonDay],
        after: Mapping[tuple[str, date], PersonDay],
    ) -> None:
        gone = sorted(key for key in before if key not in after)
        put = sorted((key, person_day) for key, person_day in after.items() if before.get(key) != person_day)
        for employee, day in gone:
            self._differences.add_person_day(partitions[employee], day, before[employee, day], -1)
        for (employee, day), person_day in put:
            if (old := before.get((employee, day))) is not None:
                self._differences.add_person_day(partitions[employee], day, old, -1)
            self._differences.add_person_day(partitions[employee], day, person_day, +1)
        if gone:
            employees, days = zip(*gone, strict=True)
            await queries.drop_attendance_days(self._conn, employees=employees, days=days)
        if put:
            await queries.put_attendance_days(
                self._conn,
                employees=[employee for (employee, _), _ in put],
                days=[day for (_, day), _ in put],
                partitions=[partitions[employee] for (employee, _), _ in put],
                units=[person_day.unit for _, person_day in put],
                **{name: [getattr(person_day, name) for _, person_day in put] for name in ATTENDANCE},
            )

    async def _expected(
        self, partitions: Mapping[str, int], belonging: Mapping[str, Membership], leaves: Mapping[str, list[Span]]
    ) -> None:
        before: dict[str, set[MembershipSpan]] = {employee: set() for employee in partitions}
        for row in await queries.expected_of(self._conn, employees=list(partitions)):
            before[row["employee"]].add(MembershipSpan(row["unit"], row["first"], row["last"]))
        after = {
            employee: set(expected(belonging[employee].spans, leaves.get(employee, ()))) for employee in partitions
        }
        gone, come = {}, {}
        for employee in sorted(partitions):
            gone[employee], come[employee] = before[employee] - after[employee], after[employee] - before[employee]
            for sign, spans in ((-1, gone[employee]), (+1, come[employee])):
                for span in spans:
                    self._differences.add_membership_span(partitions[employee], span, sign)
            self._show_moved_days(Membership(_in_order(gone[employee])), Membership(_in_order(come[employee])))
        await _drop_spans(self._conn, gone)
        await put_spans(self._conn, queries.put_expected, partitions, come)

    def _show_moved_days(self, before: Membership, after: Membership) -> None:
        """Show the closed days on which somebody is expected elsewhere than before, or no longer, or only now."""
        for span in differing(breakpoints(before, after), same_unit(before, after)):
            for unit in {before.unit(span.first), after.unit(span.first)} - {None}:
                assert unit is not None
                days = self._directory.closing_days(span.first, span.last)
                self._differences.shown.update((unit, day) for day in days)


def breakpoints(before: Membership, after: Membership) -> set[date]:
    """Return the days on which somebody's unit may change in one of two states."""
    return {day for span in (*before.spans, *after.spans) for day in (span.first, min(span.last, LAST_DAY) + ONE_DAY)}


def same_unit(before: Membership, after: Membership) -> Callable[[date], bool]:
    """Return the question whether two states agree on a day."""
    return lambda day: before.unit(day) == after.unit(day)


def _in_order(spans: Iterable[MembershipSpan]) -> list[MembershipSpan]:
    return sorted(spans, key=attrgetter("first"))


async def _drop_spans(conn: Connection, spans: Mapping[str, Iterable[MembershipSpan]]) -> None:
    rows = sorted((employee, span.first) for employee in spans for span in spans[employee])
    if rows:
        employees, firsts = zip(*rows, strict=True)
        await queries.drop_expected(conn, employees=employees, firsts=firsts)


async def put_spans(
    conn: Connection, query: Any, partitions: Mapping[str, int], spans: Mapping[str, Iterable[MembershipSpan]]
) -> None:
    """Insert spans of people with *query* (of memberships or of expectation)."""
    rows = sorted(
        (employee, span.first, span.last, span.unit, partitions[employee])
        for employee in spans
        for span in spans[employee]
    )
    if rows:
        employees, firsts, lasts, units, numbers = zip(*rows, strict=True)
        await query(conn, employees=employees, firsts=firsts, lasts=lasts, units=units, partitions=numbers)
