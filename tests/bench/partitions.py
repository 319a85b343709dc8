"""To which partition Kafka's default partitioner deals employee ids, fast enough for millions."""

_M = 0x5BD1E995
_MASK = 0xFFFFFFFF
_SEED = 0x9747B28C


def parts_of(employees: int, partitions: int) -> bytes:
    """Return the partition of each of the ids E0000000, E0000001, ..., one byte each: murmur2 of eight characters."""
    heads = [_mixed(_SEED ^ 8, b"E%03d" % number) for number in range(max(1, -(-employees // 10_000)))]
    tails = [_scrambled(b"%04d" % number) for number in range(10_000)]
    found = bytearray()
    for head in heads:
        start = head * _M & _MASK
        found += bytes(_part(start ^ tail, partitions) for tail in tails)
    return bytes(found[:employees])


def _part(mixed: int, partitions: int) -> int:
    mixed = (mixed ^ (mixed >> 13)) * _M & _MASK
    return ((mixed ^ (mixed >> 15)) & 0x7FFFFFFF) % partitions


def _mixed(value: int, four: bytes) -> int:
    return (value * _M & _MASK) ^ _scrambled(four)


def _scrambled(four: bytes) -> int:
    value = int.from_bytes(four, "little") * _M & _MASK
    return (value ^ (value >> 24)) * _M & _MASK
