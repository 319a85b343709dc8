"""The outcome of an examination: partition by partition, and against a seal."""

from dataclasses import dataclass
from enum import IntEnum

import asyncpg

from services.scoring.ledger.log import Log
from services.scoring.ledger.seal import SealedPartition, Statement
from services.scoring.ledger.verifying import Examined, Told, examine, heads
from services.scoring.partitions import name_of
from services.scoring.store import queries


class Exit(IntEnum):
    """The status with which the command ends."""

    SOUND = 0
    WRONG = 1
    NOT_COMPARED = 2


@dataclass(frozen=True, slots=True)
class Broken:
    """A partition that no longer holds what was sealed: *why* is `shorter`, `head`, `rows` or `missing`."""

    name: str
    position: int
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """
    All partitions examined.

    *log_silent*: the log was to be compared and did not answer. *guarded*: the index that keeps identities single
    stands.
    """

    examined: tuple[Examined, ...]
    compared: bool
    log_silent: bool
    guarded: bool
    broken: tuple[Broken, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether nothing wrong was found."""
        return self.guarded and not self.broken and not any(one.walk.wrong for one in self.examined)

    @property
    def status(self) -> Exit:
        """The status to end with."""
        if not self.sound:
            return Exit.WRONG
        return Exit.NOT_COMPARED if self.log_silent else Exit.SOUND


async def inspect(
    conn: asyncpg.Connection, log: Log | None, statement: Statement | None, told: Told, *, log_silent: bool = False
) -> Report:
    """Examine all partitions in the transaction of *conn*. Raises Unavailable when the log stops answering."""
    examined = []
    for head in await heads(conn):
        sealed = statement.partitions.get(name_of(head.partition)) if statement else None
        examined.append(await examine(conn, head, log, sealed.position if sealed else None, told))
    guarded = bool(await queries.ledger_guarded(conn))
    broken = against(statement, tuple(examined)) if statement else ()
    return Report(tuple(examined), log is not None, log_silent, guarded, broken)


def partitions_of(examined: tuple[Examined, ...]) -> dict[str, SealedPartition]:
    """Return what there is to seal: each partition at its end."""
    sealed = {}
    for one in examined:
        mark = one.marks[one.walk.head.next_offset]
        sealed[name_of(one.walk.head.partition)] = SealedPartition(
            position=mark.position, head=mark.chain.hex(), rows_digest=mark.digest.hex()
        )
    return sealed


def against(statement: Statement, examined: tuple[Examined, ...]) -> tuple[Broken, ...]:
    """Return the partitions that do not hold what the seal says they held."""
    found = {name_of(one.walk.head.partition): one for one in examined}
    return tuple(
        Broken(name, sealed.position, why)
        for name, sealed in statement.partitions.items()
        if (why := _why_broken(sealed, found.get(name)))
    )


def _why_broken(sealed: SealedPartition, one: Examined | None) -> str | None:
    if one is None:
        return "missing"
    mark = one.marks.get(sealed.position)
    if mark is None:
        return "shorter"
    if mark.chain.hex() != sealed.head:
        return "head"
    return None if mark.digest.hex() == sealed.rows_digest else "rows"
