"""
What a transaction decides on each identity of its group: taken before, new and placed, new and waiting, or refused.

A refusal that could not be given at the door leaves no trace: the identity is free again.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import asyncpg

from services.ingest.domain.candidate import Candidate, Rejection
from services.ingest.domain.identity import Identity
from services.ingest.domain.parking import Directory, Resolution, Waiting, place
from services.ingest.quotas import TOO_MANY_IDENTITIES, Identities, Quotas, Room
from services.ingest.rights import ANOTHERS_ALIAS, ANOTHERS_SUBJECT, within
from services.ingest.store import intake
from services.ingest.submission import Submission


class First(NamedTuple):
    """The candidate that stands for its identity in the group, and what counts of its sender."""

    item: Candidate
    client: str
    takes_aliases: bool

    @property
    def limited(self) -> bool:
        """Whether the right to send it has still to be judged."""
        return bool(self.item.within) or bool(self.item.registration and not self.takes_aliases)


@dataclass(slots=True)
class Decided:
    """By identity: where it goes, what was claimed for it before, why it was refused."""

    placements: dict[Identity, Resolution | Waiting] = field(default_factory=dict)
    taken: dict[Identity, intake.Claim] = field(default_factory=dict)
    refused: dict[Identity, Rejection] = field(default_factory=dict)

    def is_new(self, identity: Identity) -> bool:
        """Whether the identity was claimed in this transaction, to be kept."""
        return identity not in self.taken and identity not in self.refused


def first_of_each(group: Iterable[Submission]) -> dict[Identity, First]:
    """
    Return the first candidate of each identity, in order; others are its duplicates, or in conflict with it.

    One whose sender's right is beyond doubt goes before one that may still be refused.
    """
    firsts: dict[Identity, First] = {}
    for by in group:
        for item in by.items:
            if isinstance(item, Candidate):
                held = firsts.get(item.identity)
                if held is None or held.limited:
                    new = First(item, by.client, by.takes_aliases)
                    if held is None or not new.limited:
                        firsts[item.identity] = new
    return firsts


async def decide(
    conn: asyncpg.Connection,
    firsts: Mapping[Identity, First],
    directory: Directory,
    quotas: Quotas,
    identities: Identities,
) -> Decided:
    """
    Claim the identities of *firsts*, place them in their order, and refuse what their senders may not send after all.

    Registrations are claimed first: only one that is new counts for those after it. They run alone, so that claiming
    in two steps cannot wait in a circle.
    """
    decided = Decided()
    today = await identities.room(conn, {first.client for first in firsts.values()})
    registrations = [first for first in firsts.values() if first.item.registration]
    decided.taken = await intake.claim(conn, [(item.identity, item.content, {}, by) for item, by, _ in registrations])
    _refuse_beyond_day(registrations, decided, today)
    await _refuse_takeovers(conn, registrations, decided)
    _place(firsts, directory, decided)
    others = [first for first in firsts.values() if not first.item.registration]
    placed = [(item, by, decided.placements[item.identity]) for item, by, _ in others]
    decided.taken |= await intake.claim(
        conn,
        [(item.identity, item.content, None if isinstance(to, Waiting) else to, by) for item, by, to in placed],
    )
    _refuse_beyond_day(others, decided, today)
    _refuse_beyond_scope(others, decided)
    await _refuse_beyond_room(conn, others, decided, quotas)
    if decided.refused:
        await intake.let_go(conn, decided.refused)
    return decided


async def _refuse_takeovers(conn: asyncpg.Connection, registrations: Sequence[First], decided: Decided) -> None:
    """Refuse new registrations that name an alias another employee's names, before or earlier in the group."""
    new = [first for first in registrations if decided.is_new(first.item.identity)]
    judged = {first.item.identity: first.item.registration for first in new if not first.takes_aliases}
    held = await intake.others_aliases(conn, {key: found for key, found in judged.items() if found})
    named: defaultdict[str, set[str]] = defaultdict(set)
    for item, _, takes_aliases in new:
        assert item.registration is not None
        code, aliases = item.registration.code, item.registration.aliases
        others = any(named[alias] - {code} for alias in aliases)
        if not takes_aliases and (others or item.identity in held):
            decided.refused[item.identity] = ANOTHERS_ALIAS
            continue
        for alias in aliases:
            named[alias].add(code)


def _place(firsts: Mapping[Identity, First], directory: Directory, decided: Decided) -> None:
    for identity, (item, _, _) in firsts.items():
        if item.registration is None:
            decided.placements[identity] = place(item.needs, directory)
        else:
            decided.placements[identity] = {}
            if decided.is_new(identity):
                directory.accept(item.registration)


def _refuse_beyond_day(firsts: Sequence[First], decided: Decided, today: Room) -> None:
    """Refuse new events beyond what their client may send on one day."""
    for item, client, _ in firsts:
        if decided.is_new(item.identity) and not today.take(client):
            decided.refused[item.identity] = TOO_MANY_IDENTITIES


def _refuse_beyond_scope(firsts: Sequence[First], decided: Decided) -> None:
    """Refuse new events whose subject, now resolved, is none that their sender may write about."""
    for item, _, _ in firsts:
        if not item.within or not decided.is_new(item.identity):
            continue
        placement = decided.placements[item.identity]
        if not isinstance(placement, Waiting) and not within(item.within, item.subject(placement)):
            decided.refused[item.identity] = ANOTHERS_SUBJECT


async def _refuse_beyond_room(
    conn: asyncpg.Connection, firsts: Sequence[First], decided: Decided, quotas: Quotas
) -> None:
    """Refuse new events that would have to wait beside too many of their client."""
    waiting = [
        (item.identity, client)
        for item, client, _ in firsts
        if isinstance(decided.placements[item.identity], Waiting) and decided.is_new(item.identity)
    ]
    if not waiting:
        return
    held = await intake.held(conn, {client for _, client in waiting})
    room = Room(quotas.parked, {client: here.parked for client, here in held.items()}, "parked")
    for identity, client in waiting:
        if not room.take(client):
            decided.refused[identity] = quotas.parking_full
