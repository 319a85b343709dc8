"""Which items of a submission are kept as dead letters, and what is kept of them."""

from collections.abc import Iterable, Sequence

from services.ingest.domain.candidate import Rejection
from services.ingest.store.dead_letters import DeadLetter
from services.ingest.submission import Submission

LONGEST_BODY = 262_144
"""Bytes kept of a rejected item; no valid event is longer by much, and a longer one needs a corrected body anyway."""
NOT_ALLOWED = 403


def letters_of(submission: Submission, outcomes: Sequence[object]) -> Iterable[DeadLetter]:
    """Yield the dead letters of *submission*: all its rejections, as far as it asks for that."""
    if not submission.keep:
        return
    for index, outcome in enumerate(outcomes):
        if isinstance(outcome, Rejection) and (outcome.status != NOT_ALLOWED or submission.keep_not_allowed):
            yield _letter(submission, index, outcome)


def _letter(submission: Submission, index: int, rejection: Rejection) -> DeadLetter:
    body = submission.verbatim(index)
    source, event_id, event_type = submission.names[index]
    return DeadLetter(
        client=submission.client,
        origin=submission.origin,
        source=source,
        event_id=event_id,
        type=event_type,
        reason=rejection.detail,
        problems=[{"pointer": problem.pointer, "detail": problem.detail} for problem in rejection.errors],
        body=body[:LONGEST_BODY],
        complete=len(body) <= LONGEST_BODY,
    )
