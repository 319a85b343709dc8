"""What cards are not yet agreed on with the words of the law: left out of histories, each with a test of its own."""

from tests.support.oracle import Event
from tests.support.oracle.log import bare, field
from tests.support.oracle_cards.contests import COMPLAINTS, complaint_days, days_of
from tests.support.oracle_cards.known import Known, names


def without_disagreements(events: list[Event]) -> list[Event]:
    """The history without the contests that are read in two ways, and their answers and voids."""
    known = Known(events)
    gone = [event for event in events if event["type"] == "event.contested.v1" and is_disagreed(known, event)]
    kept = [event for event in events if not any(event is each or refers(event, each) for each in gone)]
    return [event for event in kept if not stands_for_oneself(kept, event)]


def is_disagreed(known: Known, contest: Event) -> bool:
    """A contest of an action, of a complaint that does not count yet, or of work for another unit than one's own."""
    named = contest["data"]["contested"]
    event = known.once.get((named["source"], named["id"]))
    if event is None or event["type"] == "action.recorded.v1":
        return event is not None
    if event["type"] in COMPLAINTS:
        return not complaint_days(known, event)
    employee = field(event, "employee")
    return employee is not None and any(
        known.unit_of(employee, day) != bare(event["subject"]) for day in days_of(known, event)
    )


def refers(event: Event, contest: Event) -> bool:
    """Whether it answers or voids the contest."""
    return any(
        names(reference, contest)
        for reference in event["data"].values()
        if isinstance(reference, dict) and "id" in reference
    )


def stands_for_oneself(events: list[Event], event: Event) -> bool:
    """Whether somebody who leads a unit is also its delegate."""
    if event["type"] != "assignment.started.v1" or field(event, "basis") != "delegate":
        return False
    return any(
        each["type"] == event["type"]
        and each["subject"] == event["subject"]
        and field(each, "unit") == field(event, "unit")
        and each is not event
        for each in events
    )
