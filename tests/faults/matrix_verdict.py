"""
The end state held against the oracle, and against a run of the same history in which nothing was ended.

Lost: expected and not there, or counted too little. Doubled: there twice, or counted too much. Repeated: a message
that readers get twice and know as one, by its identity, its step or its Message-ID. Restated: a unit-day said again as
it was, under a greater revision; it happens without kills too, and changes nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from tests.faults.matrix_history import FIRST, LAST, is_release
from tests.faults.matrix_state import State, UnitDay, written
from tests.faults.matrix_upstream import Upstream
from tests.support.oracle import UNIT_MEASURES, Event, Oracle

Counts = Mapping[str, Mapping[str, Any]]


@dataclass
class Verdict:
    """What is wrong, in words, and how many messages came again."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    repeated: int = 0
    restated: int = 0

    def more_or_less(self, what: str, seen: Iterable[int], due: Iterable[int]) -> None:
        """Note a figure that is not as it should be."""
        seen, due = tuple(seen), tuple(due)
        if seen != due:
            (self.lost if seen < due else self.doubled).append(f"{what}: {seen} for {due}")

    def compare(self, what: str, seen: Counter[Any], due: Counter[Any]) -> None:
        """Note what is missing and what is too much."""
        self.lost += [f"{what} {key}" for key in (due - seen).elements()]
        self.doubled += [f"{what} {key}" for key in (seen - due).elements()]


def judge(state: State, events: Collection[Event], oracle: Oracle, upstream: Upstream) -> Verdict:
    """Hold the log, the journal and the figures against the events sent."""
    verdict = Verdict(restated=state.restated)
    verdict.compare("event", state.journal, Counter((event["source"], event["id"]) for event in events))
    verdict.compare("release", state.releases, Counter(written(event) for event in events if is_release(event)))
    verdict.more_or_less("sealed answers left", [state.answers_left], [0])
    verdict.more_or_less("records without a row in the journal", [0], [state.gaps])
    verdict.more_or_less("dead letters", [state.dead_letters], [0])
    verdict.doubled += [f"rows and checksum differ: {row}" for row in state.sums]
    for subject, answer in state.answers.items():
        _judge_answer(verdict, answer, oracle.response(subject, FIRST, LAST, True))
    _judge_unit_days(verdict, state.unit_days, oracle)
    verdict.compare("step on kinerja.alerts", Counter(set(state.told)), Counter(state.step_numbers))
    verdict.repeated += state.recorded - upstream.accepted - len(upstream.parked) - len(state.releases)
    verdict.repeated += sum(state.told.values()) - len(state.told)
    return verdict


def judge_alerts(verdict: Verdict, state: State, calm: State, *, resends: bool) -> None:
    """Hold alerts, deliveries and mails against those of the calm run; a mail may come again only if *resends*."""
    verdict.compare("alert", Counter(state.alerts.items()), Counter(calm.alerts.items()))
    verdict.compare("step", state.steps, calm.steps)
    verdict.compare("delivery", state.deliveries, calm.deliveries)
    verdict.compare("mail", Counter(set(state.mails)), Counter(set(calm.mails)))
    again = sum(state.mails.values()) - len(state.mails)
    verdict.repeated += again
    if again > int(resends):
        verdict.doubled.append(f"{again} mails came again")


def _judge_answer(verdict: Verdict, answer: dict[str, Any], due: dict[str, Any]) -> None:
    subject = answer["subject"]
    for seen, expected in zip(answer["days"], due["days"], strict=True):
        _judge_counts(verdict, f"{subject} on {seen['date']}", seen["measures"], expected["measures"])
    _judge_counts(verdict, f"{subject} in all", answer["measures"], due["measures"])
    coverage = {source: datetime.fromisoformat(found["up_to"]) for source, found in due["coverage"].items()}
    if answer["coverage"] != coverage:
        verdict.lost.append(f"coverage: {answer['coverage']} for {coverage}")


def _judge_counts(verdict: Verdict, what: str, seen: Counts, due: Counts) -> None:
    for name, expected in due.items():
        pair = [seen[name]["n"], seen[name]["total"]], [expected["n"], expected["total"]]
        verdict.more_or_less(f"{name} of {what}", *pair)


def _judge_unit_days(verdict: Verdict, unit_days: dict[UnitDay, dict[str, Any]], oracle: Oracle) -> None:
    """Every unit-day with figures is on `kinerja.measures` with them, and none has others."""
    due = own_measures(oracle)
    for unit, day in sorted(due.keys() | {key for key in unit_days if FIRST <= key[1] <= LAST}):
        said = unit_days.get((unit, day), {"measures": {}, "closed": False})
        for name in UNIT_MEASURES:
            seen = said["measures"].get(name, {"n": 0, "total": 0})
            expected = due.get((unit, day), {}).get(name, (0, 0))
            verdict.more_or_less(f"{name} of {unit} on {day} on its topic", (seen["n"], seen["total"]), expected)
        if (unit, day) in due and said["closed"] != oracle.directory.closed(unit, day):
            verdict.lost.append(f"closing of {unit} on {day} on its topic")


def own_measures(oracle: Oracle) -> dict[UnitDay, dict[str, tuple[int, int]]]:
    """The figures of each unit's own people and services, without the units below; only where there are any."""
    own: dict[UnitDay, dict[str, tuple[int, int]]] = {}
    for unit, day, name, (n, total) in _shares(oracle):
        known = own.setdefault((unit, day), {})
        before = known.get(name, (0, 0))
        known[name] = before[0] + n, before[1] + total
    return own


def _shares(oracle: Oracle) -> Iterator[tuple[str, date, str, tuple[int, int]]]:
    for day in (FIRST + timedelta(days=later) for later in range((LAST - FIRST).days + 1)):
        for employee in oracle.directory.assignments:
            unit = oracle.directory.unit_of(employee, day)
            for name, count in oracle.attended(employee, day).items() if unit is not None else ():
                if count != (0, 0):
                    yield str(unit), day, name, count
    for fact in oracle.facts:
        if FIRST <= fact.day <= LAST:
            yield fact.unit, fact.day, fact.measure, fact.count
