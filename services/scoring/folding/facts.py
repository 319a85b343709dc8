"""Folding facts: one batch of kinerja.events, any partitions, in one transaction."""

from collections.abc import Iterator

from services.kit.postgres import Connection
from services.scoring.domain.evaluation_facts import ABOUT_EVALUATION
from services.scoring.folding.differences import Differences
from services.scoring.folding.journaling import Effects, Journaling, Records, journal
from services.scoring.folding.people import People
from services.scoring.folding.units import Units
from services.scoring.store import queries
from services.scoring.store.directory_state import DirectoryState


async def fold_facts(conn: Connection, state: DirectoryState, batch: Records, journaling: Journaling = journal) -> None:
    """Fold one batch in the caller's transaction. Raises Fenced."""
    await queries.lock_for_facts(conn)
    directory = await state.current(conn)
    effects = await journaling(conn, batch)
    differences = Differences()
    await People(conn, directory, differences).fold(effects.live, effects.gone)
    await Units(conn, directory, differences).fold(effects.live, effects.gone, effects.firsts)
    differences.subjects.update(_evaluated(effects))
    await differences.write(conn, directory)


def _evaluated(effects: Effects) -> Iterator[str]:
    """Yield whose evaluation a batch changes: nothing is kept of it but the journal, and readers are told."""
    for changed in (effects.live, effects.gone):
        for events in changed.values():
            yield from (event.subject for event in events if type(event.fact) in ABOUT_EVALUATION)
