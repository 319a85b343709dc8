"""Ratings that count, and what peers' answers came to (sections 4 and 5)."""

from datetime import date, timedelta
from typing import Any

from tests.support.oracle import Event
from tests.support.oracle.log import field
from tests.support.oracle_cards.arithmetic import Document
from tests.support.oracle_cards.known import Known, about, greatest_of, identity, least_of
from tests.support.oracle_cards.organisation import last_day, supervisor
from tests.support.oracle_cards.periods import Period

RELEASES = "kinerja-feedback"


def given(known: Known, person: str, period: Period, relation: str) -> dict[str, Event]:
    """The greatest rating of each rater."""
    rated = [
        each
        for each in about(known.of("rating.given.v1"), f"employee:{person}", period.text)
        if field(each, "relation") == relation
    ]
    found = {}
    for rater in {field(each, "rater") for each in rated}:
        found[rater] = greatest_of(each for each in rated if field(each, "rater") == rater)
    return {rater: event for rater, event in found.items() if event is not None}


def supervised(known: Known, person: str, period: Period) -> dict[str, list[date]]:
    """On which days of the period each supervisor was it."""
    days: dict[str, list[date]] = {}
    for day in period.days:
        over = supervisor(known, person, day)
        if over is not None:
            days.setdefault(over, []).append(day)
    return days


def by_supervisors(known: Known, person: str, period: Period) -> list[tuple[Event, list[date]]]:
    """The ratings of supervisors, by the first day they were it and then by rater."""
    days, ratings = supervised(known, person, period), given(known, person, period, "supervisor")
    counting = [(event, days[rater]) for rater, event in ratings.items() if rater in days]
    return sorted(counting, key=lambda pair: (pair[1][0], field(pair[0], "rater")))


def rating(event: Event, days: int | None) -> dict[str, Any]:
    """R."""
    return {
        "rater": field(event, "rater"),
        "days": days,
        "result": field(event, "result"),
        "behaviours": behaviours(event["data"]),
        "note": field(event, "note"),
        "event": identity(event),
    }


def behaviours(data: dict[str, Any]) -> dict[str, str]:
    """The values that were rated."""
    return {name: level for name, level in (data.get("behaviours") or {}).items() if level is not None}


def releases(known: Known, person: str, period: Period) -> list[Event]:
    """What was sent as this person's release for the period, voided or not."""
    sent = about(known.once.values(), f"employee:{person}", period.text)
    return [each for each in sent if each["type"] == "feedback.released.v1" and each["source"] == RELEASES]


def released(known: Known, person: str, period: Period) -> Event | None:
    """The release with the least stamp, unless it is hidden by a void."""
    first = least_of(releases(known, person, period))
    return first if first is not None and known.stands(first) else None


def feedback(known: Known, person: str, period: Period, document: Document) -> dict[str, Any] | None:
    """The block `feedback`; None where the policy has none."""
    if document.get("feedback") is None:
        return None
    unit = last_day(known, person, period)[1]
    closing = period.last + timedelta(days=document["feedback"]["closes_days"])
    is_closed = known.passed(unit, closing) or bool(releases(known, person, period))
    release = released(known, person, period)
    groups = {group["relation"]: group for group in ([] if release is None else field(release, "groups"))}
    return {
        "state": "closed" if is_closed else "open",
        **{relation: group_shape(groups.get(relation)) for relation in ("peer", "subordinate")},
    }


def group_shape(group: dict[str, Any] | None) -> dict[str, Any] | None:
    """What a group's answers came to."""
    if group is None:
        return None
    return {"n": group["n"], "result": group.get("result"), "behaviours": behaviours(group)}


def ratings(known: Known, person: str, period: Period, document: Document) -> dict[str, Any]:
    """The block `ratings`."""
    own = given(known, person, period, "self").get(person)
    return {
        "self": None if own is None else rating(own, None),
        "supervisor": [rating(event, len(days)) for event, days in by_supervisors(known, person, period)],
        "feedback": feedback(known, person, period, document),
    }
