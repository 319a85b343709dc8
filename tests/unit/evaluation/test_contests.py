"""Contests: what becomes of them, and in whose charge they are while nobody answers."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain.evaluation_facts import ContestAnswered, EventContested
from services.scoring.domain.fact import EventRef
from services.scoring.domain.facts import Punched
from services.scoring.evaluation.contest_clock import Charge, ContestClock, charge_of
from services.scoring.evaluation.contested import Contested
from services.scoring.evaluation.evidence import Stamped
from tests.support.evaluation_office import ALWAYS, Office, Weekdays, constant, name, stamped

OFFICE = Office(
    constant(E1001="E1000", E1000="E900", E900=None),
    constant(kantor="E900", padangsari="E1000", loket=None),
    {"loket": ("loket", "padangsari", "kantor")},
)
PUNCH = EventRef("attendance.punched.v1", "terminal-7", "2")
CONTESTED = date(2026, 11, 20)


def contest(subject: str = "employee:E1001", on: date = CONTESTED) -> Stamped[EventContested]:
    """That something is contested."""
    return stamped(EventContested(PUNCH, "Saya dinas luar pagi itu."), on, "contest-1", subject=subject)


def answer(decision: Any, on: date, number: str = "a") -> Stamped[ContestAnswered]:
    """An answer to it."""
    return stamped(ContestAnswered(name(contest()), decision, "sudah dicek"), on, number)


def charge(
    closed: date,
    subject: str = "employee:E1001",
    unit: str | None = "padangsari",
    office: Office = OFFICE,
    end: date | None = None,
) -> Charge:
    """Who has to answer."""
    return charge_of(contest(subject), ContestClock(unit, 5, office, Weekdays(closed, end=end)))


def test_the_contest_worked_out() -> None:
    """Due on the 27th; since its closing the superior has it until 4 December, and keeps it with nobody above."""
    assert charge(date(2026, 11, 26)) == Charge("E1000", date(2026, 11, 27), late=False)
    assert charge(date(2026, 11, 27)) == Charge("E900", date(2026, 12, 4), late=True)
    assert charge(date(2026, 12, 31)) == Charge("E900", date(2026, 12, 4), late=True)


def test_the_contest_of_a_unit_goes_to_the_first_head_on_its_walk() -> None:
    """And on to who is above that head."""
    assert charge(date(2026, 11, 26), subject="unit:loket", unit="loket").who == "E1000"
    assert charge(date(2026, 11, 27), subject="unit:loket", unit="loket").who == "E900"


def test_superiors_are_those_of_the_day_of_the_contest() -> None:
    """Whoever moved since."""
    moved = Office({**OFFICE.supervisors, "E1000": [(ALWAYS, "E900"), (date(2026, 11, 21), "z")]})
    assert charge(date(2026, 11, 27), office=moved).who == "E900"


def test_without_anybody_or_any_day_it_is_nobodys() -> None:
    """HR answers; nothing is due where no workday counts, and nothing is late."""
    assert charge(date(2026, 12, 31), office=Office()) == Charge(None, date(2026, 11, 27), late=True)
    assert charge(date(2026, 12, 31), unit=None) == Charge("E1000", None, late=False)
    ends = charge(date(2026, 12, 31), end=date(2026, 11, 30))
    assert ends == Charge("E900", None, late=True)


def test_the_greatest_answer_decides_unless_the_event_was_voided() -> None:
    """What is open or upheld is disputed; where a figure can come of it, there is a range."""
    punch = stamped(Punched(contest().stamp[0], "in"), CONTESTED, "2", subject="employee:E1001")
    upheld, rejected = answer("upheld", date(2026, 11, 24)), answer("rejected", date(2026, 11, 25), "b")

    def stands(*answers: Stamped[ContestAnswered], is_voided: bool = False) -> tuple[str, bool]:
        found = Contested(contest(), punch, is_voided, answers, None, None)
        return found.state, found.makes_range

    assert stands() == ("open", True)
    assert stands(upheld) == ("upheld", True)
    assert stands(rejected, upheld) == stands(upheld, rejected) == ("rejected", False)
    assert stands(upheld, is_voided=True) == stands(is_voided=True) == ("settled", False)


@given(
    st.dictionaries(st.sampled_from("abcde"), st.sampled_from("abcde")),
    st.integers(1, 20),
    st.integers(0, 60),
    st.integers(0, 60),
)
def test_the_charge_moves_once_for_each_day_that_passes(
    above: dict[str, str], workdays: int, closed: int, end: int
) -> None:
    """Also where two are above each other; worked out a second time as one list of days and one of people."""
    last, office = CONTESTED + timedelta(days=closed), Office(constant(**above, E1001="a"))
    calendar = Weekdays(last, end=CONTESTED + timedelta(days=end))
    days = [CONTESTED + timedelta(days=each) for each in range(1, 61)]
    dues = [each for each in days if calendar.is_workday(each)][workdays - 1 :: workdays]
    passed = sum(each <= last for each in dues)
    people = ["a"]
    while len(people) <= passed and people[-1] in above:
        people.append(above[people[-1]])
    place = min(passed, len(people) - 1)
    expected = Charge(people[place], dues[place] if place < len(dues) else None, late=passed > 0)
    assert charge_of(contest(), ContestClock("u", workdays, office, calendar)) == expected
