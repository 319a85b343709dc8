"""What a sender's rights say of an event: by what it says itself, and where that cannot tell, by whose alias it is."""

from functools import lru_cache
from typing import Any

from schemas.registry import EVENT_TYPES, VOID
from schemas.rights import SEND
from services.ingest.domain.aliases import is_alias
from services.ingest.domain.candidate import Rejection, Scope
from services.ingest.domain.feedback import RELEASED
from services.ingest.domain.routing import Stated
from services.kit.access import Grant, Principal, matches

NOT_ALLOWED = 403
SOURCE = "source:"
_MOST_KINDS = 4_096


class Sending:
    """Which events a principal may send: the grants of one right, read by what is known of an event."""

    def __init__(self, principal: Principal) -> None:
        self._grants = principal.granted(SEND)
        self._judged: dict[tuple[str, str], bool] = {}
        self.about_anybody = not any("subject" in grant.limits for grant in self._grants)
        """Whether no grant limits subjects, so that only events about sources have to be asked for."""

    def of_kind(self, source: str, event_type: str) -> bool:
        """Say whether events of this source and type may be sent, about somebody at least."""
        found = self._judged.get((source, event_type))
        if found is None:
            found = bool(self._for(source, event_type))
            if len(self._judged) < _MOST_KINDS:
                self._judged[source, event_type] = found
        return found

    def about_all(self, source: str, event_type: str) -> bool:
        """Say whether events of this source and type may be sent about anybody."""
        return any("subject" not in grant.limits for grant in self._for(source, event_type))

    def about(self, source: str, event_type: str, subject: str) -> bool:
        """
        Say whether an event of this source and type may be sent about *subject*, as it is written there.

        A grant without subject is for anybody, but of sources for the sender's own: those that some grant names.
        """
        event = {"source": source, "type": event_type, "subject": subject}
        own = self._is_own_or_no_source(subject)
        return any(grant.allows(event) and (own or "subject" in grant.limits) for grant in self._grants)

    def subjects(self, source: str, event_type: str) -> tuple[str, ...]:
        """Return the subjects, as patterns, that grants for this source and type are limited to."""
        return tuple(grant.limits["subject"] for grant in self._for(source, event_type) if "subject" in grant.limits)

    def _for(self, source: str, event_type: str) -> list[Grant]:
        kind = {"source": source, "type": event_type}
        return [grant for grant in self._grants if grant.may_allow(kind)]

    def _is_own_or_no_source(self, subject: str) -> bool:
        own = subject.removeprefix(SOURCE)
        return own == subject or any(matches(own, grant.limits["source"]) for grant in self._grants)


@lru_cache(maxsize=1_024)
def sending_of(principal: Principal) -> Sending:
    """Return which events *principal* may send; worked out once, as it is asked for every event."""
    return Sending(principal)


def _not_allowed(detail: str, check: str = "source and type") -> Rejection:
    detail = f"{detail} Check {check}, or ask for the right in the access file."
    return Rejection(NOT_ALLOWED, "Not allowed", detail)


ANOTHERS_SUBJECT = _not_allowed("This sender may not send this about whoever holds that alias.", "the subject")
ANOTHERS_ALIAS = _not_allowed(
    "An alias of this registration is held by another employee, and this sender may not take it over.", "data/aliases"
)


def refusal(client: Principal, raw: Any) -> Rejection | None:
    """Judge by source and type alone; what has neither is not an event and is told so."""
    if not isinstance(raw, dict):
        return None
    source, event_type = raw.get("source"), raw.get("type")
    if not isinstance(source, str) or not isinstance(event_type, str) or event_type not in EVENT_TYPES:
        return None
    return refusal_of(client, source, event_type)


ONLY_OURS = Rejection(
    NOT_ALLOWED, "Not allowed", f"{RELEASED} tells what became of sealed answers; ingest sends it, and nobody else may."
)


def refusal_of(client: Principal, source: str, event_type: str) -> Rejection | None:
    """Judge by source and type whether an event may be sent, about somebody at least."""
    if event_type == RELEASED:
        return ONLY_OURS
    if sending_of(client).of_kind(source, event_type):
        return None
    return _not_allowed(f"This sender may not send {event_type} as source {source[:64]!r}.")


def open_scope(client: Principal, event: Stated) -> Scope | Rejection:
    """
    Judge a valid event by whom it is about: refused, or admitted as far as it can be told now.

    A grant for an alias as it is written decides at once. One for employees decides when it is known who holds the
    alias, within the scope returned. A void needs the right for its target too.
    """
    kind, subject = event["type"], event["subject"]
    sending = sending_of(client)
    voided = event["data"]["voided"] if kind == VOID else None
    if voided and not sending.of_kind(voided["source"], voided["type"]):
        return _not_allowed(f"This sender may not void {voided['type']} of source {voided['source'][:64]!r}.")
    if sending.about_anybody and not subject.startswith(SOURCE):
        return ()
    asked = [(event["source"], kind)] + ([(voided["source"], voided["type"])] if voided else [])
    scope = []
    for source, event_type in asked:
        if sending.about(source, event_type, subject):
            continue
        later = sending.subjects(source, event_type) if is_alias(subject) else ()
        if not later:
            return _not_allowed(f"This sender may not send {event_type} about this subject.", "the subject")
        scope.append(later)
    return tuple(scope)


def within(scope: Scope, subject: str) -> bool:
    """Say whether *subject*, resolved, lies in *scope*."""
    return all(any(matches(subject, pattern) for pattern in patterns) for patterns in scope)
