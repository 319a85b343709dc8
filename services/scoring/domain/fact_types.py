"""The types of events that scoring reads, by name; the journal keeps the others until something wants them."""

from services.scoring.domain import evaluation_facts, facts
from services.scoring.domain.fact import Fact

__all__ = ["FACTS", "evaluation_facts", "facts"]


def _named(kind: type[Fact]) -> dict[str, type[Fact]]:
    below = {name: found for each in kind.__subclasses__() for name, found in _named(each).items()}
    return below | ({kind.TYPE: kind} if hasattr(kind, "TYPE") else {})


FACTS: dict[str, type[Fact]] = _named(Fact)
