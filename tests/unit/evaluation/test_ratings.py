"""Which ratings count, and what stands within a longer period."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain.evaluation_facts import RatingGiven
from services.scoring.evaluation.evidence import Stamped
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.ratings import Ratings, Supervised, inside, ratings_of, supervised_by
from tests.support.evaluation_office import ALWAYS, Office, Since, constant, name, stamped

NOVEMBER = Period.of("2026-11")
MOVED = Office({"p": [(ALWAYS, "E1000"), (date(2026, 11, 16), "E2000"), (date(2026, 12, 1), "z")]})


def rating(
    rater: str, relation: Any = "supervisor", on: date = date(2026, 12, 1), number: str = "r", **said: Any
) -> Any:
    """A rating of p for November."""
    fact = RatingGiven(period="2026-11", rater=rater, relation=relation, **said)
    return stamped(fact, on, number)


def counted(*events: Stamped[RatingGiven], office: Office = MOVED) -> Ratings:
    """The ratings that count."""
    return ratings_of("p", events, supervised_by("p", NOVEMBER, office))


def test_who_supervised_in_a_period() -> None:
    """Since which of its days, and on how many; nobody is nobody."""
    first, second = Supervised(date(2026, 11, 1), 15), Supervised(date(2026, 11, 16), 15)
    assert supervised_by("p", NOVEMBER, MOVED) == {"E1000": first, "E2000": second}
    assert supervised_by("p", NOVEMBER, Office(constant(p="E1000"))) == {"E1000": Supervised(date(2026, 11, 1), 30)}
    assert supervised_by("p", NOVEMBER, Office(constant(p=None))) == {}


def test_the_rating_worked_out() -> None:
    """E1000 rates E1001 for November, as the card has it."""
    event = rating("E1000", result="meets", behaviours={"akuntabel": "meets", "kolaboratif": "above"})
    found = counted(event, office=Office(constant(p="E1000"))).supervisors[0].written()
    assert found == {
        "rater": "E1000",
        "days": 30,
        "result": "meets",
        "behaviours": {"akuntabel": "meets", "kolaboratif": "above"},
        "note": None,
        "event": {"source": "src", "id": "r"},
    }


def test_supervisors_of_some_day_of_the_period_count_in_the_order_of_their_days() -> None:
    """Not who came after it, and nobody for somebody else."""
    found = counted(rating("E2000"), rating("z"), rating("y"), rating("E1000"))
    assert [each.event.fact.rater for each in found.supervisors] == ["E1000", "E2000"]
    assert found.by("E2000") == found.supervisors[1]
    assert (found.by("z"), found.by(None), found.own) == (None, None, None)
    swapped = Office({"p": [(ALWAYS, "E2000"), (date(2026, 11, 21), "E1000")]})
    both = counted(rating("E1000"), rating("E2000"), office=swapped).supervisors
    assert [(each.event.fact.rater, each.supervised and each.supervised.days) for each in both] == [
        ("E2000", 20),
        ("E1000", 10),
    ]


def test_ones_own_rating_counts_and_has_no_days() -> None:
    """Only of oneself; a supervisor's word in its place is none."""
    found = counted(rating("p", "self"), rating("E1000", "self"), rating("p"), rating("E1000", "peer"))
    assert found.own is not None
    assert (found.own.event.fact.relation, found.own.written()["days"]) == ("self", None)
    assert found.supervisors == ()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("p", "a", "b", "c")), st.sampled_from(("supervisor", "self", "peer")), st.integers(0, 9)
        ),
        max_size=8,
    ),
    st.lists(st.tuples(st.integers(-5, 35), st.sampled_from(("a", "b", "c", None))), max_size=4),
    st.randoms(use_true_random=False),
)
def test_of_one_rater_and_relation_the_greatest_counts(said: list[Any], moves: list[Any], chance: Any) -> None:
    """Whatever the order of arrival; worked out a second time day by day."""
    since: Since = sorted(
        ((NOVEMBER.first + timedelta(days=each), who) for each, who in moves), key=lambda each: each[0]
    )
    office = Office({"p": since})
    events = [
        rating(rater, relation, date(2026, 12, 1 + day), str(number))
        for number, (rater, relation, day) in enumerate(said)
    ]
    above = [office.supervisor("p", NOVEMBER.first + timedelta(days=each)) for each in range(30)]
    expected = []
    for rater in sorted(filter(None, set(above)), key=above.index):
        latest = [each for each in events if (each.fact.relation, each.fact.rater) == ("supervisor", rater)]
        if latest:
            expected.append((name(max(latest, key=lambda each: each.stamp)), above.count(rater)))
    chance.shuffle(events)
    found = counted(*events, office=office)
    assert [(each.event.identity, each.supervised and each.supervised.days) for each in found.supervisors] == expected
    own = [each for each in events if (each.fact.relation, each.fact.rater) == ("self", "p")]
    assert (found.own and found.own.event) == (max(own, key=lambda each: each.stamp) if own else None)


def test_what_stands_within_a_longer_period() -> None:
    """By text; what has none is left out, and so is every other period."""
    known: dict[str, Any] = {
        "2026-12": "baik",
        "2026-Q4": "kurang",
        "2026-11": None,
        "2026-09": "baik",
        "2027-01": "baik",
    }
    assert inside(Period.of("2026-Q4"), known) == [{"period": "2026-12", "predikat": "baik"}]
    assert [each["period"] for each in inside(Period.of("2026"), known)] == ["2026-09", "2026-12", "2026-Q4"]
    assert inside(NOVEMBER, known) == []
