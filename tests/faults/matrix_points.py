"""The places of the matrix, in the order in which an event passes them, and which process is ended there."""

from dataclasses import dataclass
from random import Random

INGEST, WORKER, NOTIFICATIONS = "ingest", "scoring_worker", "notifications"


@dataclass(frozen=True, slots=True)
class Point:
    """A place of one process, ended there at one of its first *most* arrivals."""

    name: str
    process: str
    most: int

    @property
    def resends(self) -> bool:
        """
        Whether one mail may be sent again, under its Message-ID.

        Notifications sends mails beside its other work: whatever it is doing when it ends, the relay may just have
        accepted one that is not noted yet.
        """
        return self.process == NOTIFICATIONS

    def arrival(self, seed: int) -> int:
        """At which arrival the process ends; the same for ever for one seed."""
        return Random(f"{self.name} {seed}").randint(1, self.most)


POINTS = (
    Point("ingest.claim", INGEST, 10),  # identities claimed, not committed
    Point("ingest.park", INGEST, 3),  # events parked, not committed
    Point("ingest.stored", INGEST, 10),  # committed, not handed to Kafka
    Point("ingest.produce", INGEST, 10),  # handed to the producer, not acknowledged
    Point("ingest.acknowledged", INGEST, 10),  # on the log, not answered
    Point("ingest.answer", INGEST, 10),  # everything done, the answer not sent
    Point("ingest.settle", INGEST, 3),  # registrations on the log and answered, still owed by the outbox
    Point("ingest.wake", INGEST, 3),  # parked events taken out and owed, not committed
    Point("ingest.woken", INGEST, 3),  # committed, not sent
    Point("ingest.release", INGEST, 2),  # released events on the log, still owed
    Point("ingest.released", INGEST, 2),  # no longer owed
    Point("ingest.fold", INGEST, 3),  # a batch of the directory taken in, not committed
    Point("ingest.seal", INGEST, 2),  # answers sealed, not committed
    Point("ingest.sealed", INGEST, 2),  # committed, not answered
    Point("ingest.tally", INGEST, 1),  # answers of a closed group read and counted, nothing written
    Point("ingest.unseal", INGEST, 1),  # what is released is owed, the answers are still there; not committed
    Point("ingest.destroy", INGEST, 1),  # the answers are destroyed, not committed
    Point("ingest.destroyed", INGEST, 1),  # committed, not sent
    Point("scoring.poll", WORKER, 6),  # records in memory, nothing begun
    Point("scoring.fence", WORKER, 6),  # offsets moved
    Point("scoring.journal", WORKER, 6),  # records written down
    Point("scoring.directory", WORKER, 3),  # a directory batch folded, not committed
    Point("scoring.fold", WORKER, 4),  # facts folded, not committed
    Point("scoring.commit", WORKER, 6),  # committed; Kafka and the process do not know
    Point("scoring.drain", WORKER, 2),  # stale days recomputed, not committed
    Point("scoring.moved", WORKER, 1),  # sums moved to other units, not committed
    Point("scoring.drained", WORKER, 2),  # committed
    Point("scoring.publish", WORKER, 3),  # unit-days taken out of the queue, not sent
    Point("scoring.acknowledged", WORKER, 3),  # on kinerja.measures, still in the queue
    Point("scoring.published", WORKER, 3),  # out of the queue
    Point("notifications.poll", NOTIFICATIONS, 4),  # records in memory
    Point("notifications.fold", NOTIFICATIONS, 4),  # folded, not committed
    Point("notifications.commit", NOTIFICATIONS, 4),  # committed
    Point("notifications.detect", NOTIFICATIONS, 2),  # marks taken, days of trees written, not committed
    Point("notifications.raise", NOTIFICATIONS, 2),  # alert, step and delivery written, not committed
    Point("notifications.detected", NOTIFICATIONS, 2),  # committed
    Point("notifications.tell", NOTIFICATIONS, 2),  # steps read, not sent
    Point("notifications.told", NOTIFICATIONS, 2),  # on kinerja.alerts, not noted
    Point("notifications.send", NOTIFICATIONS, 3),  # a delivery claimed, not sent
    Point("notifications.sent", NOTIFICATIONS, 3),  # the relay took the mail, nothing is noted
    Point("notifications.record", NOTIFICATIONS, 3),  # noted, not committed
    Point("notifications.recorded", NOTIFICATIONS, 3),  # committed
)
