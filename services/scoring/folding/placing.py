"""Which partition of kinerja.events holds the facts of a subject."""

from aiokafka.partitioner import murmur2


class Placing:
    """Kafka's default partitioner over a fixed number of partitions; the count of a canonical topic never changes."""

    def __init__(self, partitions: int) -> None:
        self.partitions = range(partitions)

    def partition(self, code: str) -> int:
        """Return the partition of the facts about this employee or unit."""
        return int((murmur2(code.encode()) & 0x7FFFFFFF) % len(self.partitions))
