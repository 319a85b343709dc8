"""The staff of the demonstration: plausible, unique and led."""

import re
from datetime import date

from services.local.demo import SEED
from services.local.demo.people import Person, by_unit, mover, staff, unit_on
from services.local.demo.places import PLACES


def test_a_nip_names_birth_entry_sex_and_serial() -> None:
    """Every NIP has 18 digits: a birth date, a later month of entry as an adult, the sex, a serial from 001."""
    for person in staff(SEED):
        parts = re.fullmatch(r"(\d{4})(\d\d)(\d\d)(\d{4})(\d\d)([12])(\d{3})", person.nip)
        assert parts
        born = date(int(parts[1]), int(parts[2]), int(parts[3]))
        assert 18 <= int(parts[4]) - born.year <= 35
        assert 1 <= int(parts[5]) <= 12
        assert (parts[6] == "2") == person.woman
        assert int(parts[7]) >= 1


def test_nobody_shares_a_nip_badge_name_or_id() -> None:
    """Whatever tells people apart does so."""
    people = staff(SEED)
    for told_by in ("id", "nip", "badge", "name"):
        assert len({getattr(person, told_by) for person in people}) == len(people)


def test_every_unit_has_one_head_who_supervises() -> None:
    """Each unit has exactly one head, and everybody but the three at the top has a supervisor who exists."""
    ids = {person.id for person in staff(SEED)}
    for place in PLACES:
        people = by_unit(SEED)[place.code]
        assert [person.head for person in people].count(True) == 1
        assert people[0].head
    bosses = [person for person in staff(SEED) if person.supervisor is None]
    assert {person.position for person in bosses} == {"Camat", "Kepala Dinas"}
    assert all(person.supervisor in ids for person in staff(SEED) if person.supervisor)


def test_supervisors_lead_to_the_top() -> None:
    """Following supervisors upwards ends at a Camat or a Kepala Dinas, never in a circle."""
    by_id = {person.id: person for person in staff(SEED)}
    for person in staff(SEED):
        steps, at = 0, person
        while at.supervisor:
            at, steps = by_id[at.supervisor], steps + 1
            assert steps < 6


def test_one_person_is_transferred_each_july() -> None:
    """The mover belongs to one kelurahan until June and to another from July on; others stay."""
    person = mover(SEED)
    assert unit_on(person, date(2026, 6, 30)) != unit_on(person, date(2026, 7, 1))
    assert unit_on(person, date(2026, 7, 1)) == unit_on(person, date(2027, 6, 30))
    stayer: Person = staff(SEED)[0]
    assert unit_on(stayer, date(2026, 6, 30)) == unit_on(stayer, date(2026, 7, 1))
