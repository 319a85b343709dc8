"""What a sender's rights say of an event: by what it says itself, and where that cannot tell, by whose alias it is."""

from typing import Any

from schemas.registry import EVENT_TYPES, VOID
from services.ingest.domain.aliases import is_alias
from services.ingest.domain.candidate import Rejection, Scope
from services.ingest.domain.routing import Stated
from services.kit.access import SOURCE, Writer, covers

NOT_ALLOWED = 403


def _not_allowed(detail: str, check: str = "source and type") -> Rejection:
    detail = f"{detail} Check {check}, or ask for the right in the access file."
    return Rejection(NOT_ALLOWED, "Not allowed", detail)


ANOTHERS_SUBJECT = _not_allowed("This sender may not send this about whoever holds that alias.", "the subject")
ANOTHERS_ALIAS = _not_allowed(
    "An alias of this registration is held by another employee, and this sender may not take it over.", "data/aliases"
)


def refusal(client: Writer, raw: Any) -> Rejection | None:
    """Judge by source and type alone; what has neither is not an event and is told so."""
    if not isinstance(raw, dict):
        return None
    source, event_type = raw.get("source"), raw.get("type")
    if not isinstance(source, str) or not isinstance(event_type, str) or event_type not in EVENT_TYPES:
        return None
    return refusal_of(client, source, event_type)


def refusal_of(client: Writer, source: str, event_type: str) -> Rejection | None:
    """Judge by source and type whether an event may be sent, about somebody at least."""
    if client.may_send(source, event_type):
        return None
    return _not_allowed(f"This sender may not send {event_type} as source {source[:64]!r}.")


def open_scope(client: Writer, event: Stated) -> Scope | Rejection:
    """
    Judge a valid event by whom it is about: refused, or admitted as far as it can be told now.

    A grant for an alias as it is written decides at once. One for employees decides when it is known who holds the
    alias, within the scope returned. A void needs the right for its target too.
    """
    kind, subject = event["type"], event["subject"]
    voided = event["data"]["voided"] if kind == VOID else None
    if voided and not client.may_send(voided["source"], voided["type"]):
        return _not_allowed(f"This sender may not void {voided['type']} of source {voided['source'][:64]!r}.")
    if client.about_anybody and not subject.startswith(SOURCE):
        return ()
    asked = [(event["source"], kind)] + ([(voided["source"], voided["type"])] if voided else [])
    scope = []
    for source, event_type in asked:
        if client.may_write(source, event_type, subject):
            continue
        later = client.subjects(source, event_type) if is_alias(subject) else ()
        if not later:
            return _not_allowed(f"This sender may not send {event_type} about this subject.", "the subject")
        scope.append(later)
    return tuple(scope)


def within(scope: Scope, subject: str) -> bool:
    """Say whether *subject*, resolved, lies in *scope*."""
    return all(covers(patterns, subject) for patterns in scope)
