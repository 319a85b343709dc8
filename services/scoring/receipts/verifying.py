"""
Whether a receipt is what it says: by its signature, its digests, and by working its figures out again (scoring.md 7).

What is not in a receipt, such as workdays after its period, is vouched for by the signature alone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple

from pydantic import ValidationError

from schemas.policy.identity import sha256_of
from schemas.policy.model import Policy
from schemas.policy.refusals import InvalidPolicy, read_policy
from schemas.problems import pointer
from services.scoring.api.receipt_shapes import ReceiptAnswer
from services.scoring.domain.events import Poison
from services.scoring.receipts.claims import claims
from services.scoring.receipts.figures import person_figures, unit_figures
from services.scoring.receipts.recomputing import PersonAgain, events_of
from services.scoring.receipts.signed import digests, is_by

Shape = dict[str, Any]


class Verdict(IntEnum):
    """The exit codes of `kinerja receipt verify`."""

    EQUAL = 0
    DIFFERS = 1
    UNSIGNED = 2
    NO_RECEIPT = 3


class Difference(NamedTuple):
    """What a receipt says at a place, and what comes out there."""

    pointer: str
    says: Any
    recomputed: Any

    def __str__(self) -> str:
        return f"{self.pointer}: says {_shown(self.says)}, recomputed {_shown(self.recomputed)}"


@dataclass(frozen=True, slots=True)
class Verified:
    """The verdict, and a sentence for each thing that is wrong."""

    verdict: Verdict
    sentences: tuple[str, ...] = ()


def verify(receipt: Any, keys: Mapping[str, bytes]) -> Verified:
    """Look at a receipt, decoded; *keys* are public halves by the ids that signatures name them by."""
    try:
        ReceiptAnswer.model_validate(receipt)
    except ValidationError as exc:
        where = pointer(*exc.errors()[0]["loc"])
        return Verified(
            Verdict.NO_RECEIPT, (f"This is no receipt: {where or '/'} is not as kinerja-receipt/1 has it.",)
        )
    signature = receipt["signature"]
    if (public := keys.get(signature["key"])) is None:
        return Verified(Verdict.UNSIGNED, (f"/signature/key: there is no key {signature['key']} among those given.",))
    if not is_by(public, signature["value"], receipt["digests"]):
        return Verified(Verdict.UNSIGNED, ("/signature/value: the digests were not signed by this key.",))
    wrong = [*_digests(receipt), *_sentences(receipt["receipt"])]
    return Verified(Verdict.DIFFERS if wrong else Verdict.EQUAL, tuple(wrong))


def _digests(receipt: Shape) -> Iterator[str]:
    said, found = receipt["digests"], digests(receipt["receipt"])
    for place in sorted(said.keys() | found.keys()):
        if place not in found:
            yield f"missing {place}: it was signed and is not there"
        elif place not in said:
            yield f"unknown {place}: it was not signed"
        elif said[place] != found[place]:
            yield f"altered {place}"


def _sentences(body: Shape) -> list[str]:
    try:
        return [str(each) for each in _figures(body)]
    except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError):
        return ["/: what stands there cannot be worked out: it contradicts itself"]


def _figures(body: Shape) -> Iterator[Difference]:
    """Yield what differs from what the receipt's own policy, days and events come to."""
    try:
        policy, events = read_policy(body["policy"]), events_of(body)
    except InvalidPolicy as exc:
        yield Difference("/policy", "a policy", str(exc))
        return
    except Poison as exc:
        yield Difference("/events", "events of the log", str(exc))
        return
    yield from _compared("/card/policy/sha256", body["card"]["policy"]["sha256"], sha256_of(policy))
    if body["card"]["subject"].startswith("employee:"):
        yield from _person(body, policy, events)
    else:
        yield from _compared_parts(body, unit_figures(body, policy, events))
    yield from (Difference(*each) for each in claims(body["card"], [each.event for each in events]))


def _person(body: Shape, policy: Policy, events: Sequence[Any]) -> Iterator[Difference]:
    again = PersonAgain(body, policy, events)
    undisputed = [each for each in events if not each.is_contested]
    without = PersonAgain(body, policy, undisputed) if len(undisputed) < len(events) else None
    yield from _compared_parts(body, person_figures(again, without))


def _compared_parts(body: Shape, recomputed: Iterable[tuple[tuple[Any, ...], Any]]) -> Iterator[Difference]:
    for steps, value in recomputed:
        yield from _compared(pointer(*steps), _at(body, steps), value)


def _at(value: Any, steps: Iterable[Any]) -> Any:
    for step in steps:
        found = isinstance(value, (dict, list)) and (step in value if isinstance(value, dict) else step < len(value))
        if not found:
            return None
        value = value[step]
    return value


def _compared(place: str, says: Any, recomputed: Any) -> Iterator[Difference]:
    """Yield the innermost places where two values differ."""
    if says == recomputed:
        return
    if isinstance(says, dict) and isinstance(recomputed, dict):
        for name in sorted(says.keys() | recomputed.keys()):
            yield from _compared(place + pointer(name), says.get(name), recomputed.get(name))
    elif isinstance(says, list) and isinstance(recomputed, list) and len(says) == len(recomputed):
        for number, (one, other) in enumerate(zip(says, recomputed, strict=True)):
            yield from _compared(place + pointer(number), one, other)
    else:
        yield Difference(place, says, recomputed)


def _shown(value: Any) -> str:
    return "nothing" if value is None else str(value)
