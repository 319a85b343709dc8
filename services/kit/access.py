"""
Who may do what, decided here and nowhere else: a principal, the right it uses, and what it uses it about.

Where its grants come from, a file, a topic or one day a signed pass, decides nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from schemas.rights import Right

ALL: Literal["*"] = "*"
About = Mapping[str, str]
"""What a right is used about, by the names that `Right.limits` has."""
NOTHING: About = {}


def matches(value: str, pattern: str) -> bool:
    """Say whether a shell pattern fits; one that is the value itself does whatever its brackets mean."""
    return pattern in (ALL, value) or fnmatchcase(value, pattern)


@dataclass(frozen=True, slots=True)
class Grant:
    """One right, about whatever fits the patterns of *limits*; what is not limited may be anything."""

    right: Right
    limits: About = field(default_factory=dict)

    def allows(self, about: About) -> bool:
        """Say whether *about* lies within every limit; what is limited and not told does not."""
        return all(name in about and matches(about[name], pattern) for name, pattern in self.limits.items())

    def may_allow(self, about: About) -> bool:
        """Say whether something of which so much is told could lie within every limit."""
        return all(name not in about or matches(about[name], pattern) for name, pattern in self.limits.items())


@dataclass(frozen=True, slots=True)
class Scope:
    """Those that a right may be used about, by the patterns of all who granted it."""

    patterns: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether there may be anybody."""
        return bool(self.patterns)

    @property
    def is_everything(self) -> bool:
        """Whether it is not limited at all."""
        return ALL in self.patterns

    def has(self, subject: str) -> bool:
        """Say whether *subject*, as it is written, is one of them."""
        return any(matches(subject, pattern) for pattern in self.patterns)

    def of(self, subjects: Iterable[str]) -> set[str]:
        """Return those of *subjects* that are among them."""
        return set(subjects) if self.is_everything else {subject for subject in subjects if self.has(subject)}


EVERYTHING = Scope((ALL,))


@dataclass(frozen=True, eq=False)
class Principal:
    """Whoever sends, reads or acts, with what it was granted."""

    name: str
    grants: tuple[Grant, ...] = ()
    _by_right: dict[Right, tuple[Grant, ...]] = field(default_factory=dict, init=False, repr=False)

    def granted(self, right: Right) -> tuple[Grant, ...]:
        """Return the grants of one right."""
        found = self._by_right.get(right)
        if found is None:
            found = self._by_right[right] = tuple(grant for grant in self.grants if grant.right == right)
        return found

    def may(self, right: Right, about: About = NOTHING) -> bool:
        """Say whether the right may be used about this; of which nothing is told, whether it may about anything."""
        return any(grant.allows(about) for grant in self.granted(right))

    def scope(self, right: Right, of: str = "subject") -> Scope:
        """Return about whom the right may be used, for whoever asks or tells of many at once; nobody without it."""
        return Scope(tuple(grant.limits.get(of, ALL) for grant in self.granted(right)))
