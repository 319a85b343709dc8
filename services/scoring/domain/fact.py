"""
What a fact is: the data of an event as far as the fold and the evaluation need it, read as strictly as they must.

A type is a class with its name, the register it belongs to if it does, and by what the journal finds it again.
"""

from datetime import date, datetime
from typing import Annotated, ClassVar, Self

import msgspec
from msgspec import Meta

Word = Annotated[str, Meta(max_length=256)]
"""What is looked up by an index of the database, which takes no text without end."""

Day = date
"""Where a field is called `date`, too."""
Moment = Annotated[datetime, Meta(tz=True)]


class Keys(msgspec.Struct, frozen=True, gc=False):
    """By what a fact is found again: see the columns of the journal."""

    day: date | None = None
    last_day: date | None = None
    named: str | None = None
    key: str | None = None
    supervisor: str | None = None


NO_KEYS = Keys()


class Fact(msgspec.Struct, frozen=True, gc=False):
    """Event data; unknown fields are somebody else's business."""

    TYPE: ClassVar[str]

    def keys(self) -> Keys:
        """Return by what the journal finds it again."""
        return NO_KEYS

    def dates(self) -> tuple[Day | None, ...]:
        """Return the dates it holds that nothing is searched by; they too have to lie within the years we count."""
        return ()


class RegisterFact(Fact, frozen=True):
    """One entry of a register of the directory, named REGISTER, that holds from *since* on."""

    REGISTER: ClassVar[str]

    @property
    def since(self) -> Day:
        raise NotImplementedError

    def interned(self) -> Self:
        """Return the same with text that recurs kept once: a fifth of what 60,000 units take in memory."""
        return self

    def dates(self) -> tuple[Day | None, ...]:
        return (self.since,)


class EventRef(msgspec.Struct, frozen=True, gc=False):
    """The identity of another event, with its type."""

    type: Word
    source: str
    id: str


class Identity(msgspec.Struct, frozen=True, gc=False):
    """The identity of another event whose type is understood."""

    source: str
    id: str
