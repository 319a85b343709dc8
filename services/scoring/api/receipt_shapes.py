"""The shapes of receipts and keys, for the OpenAPI document. The answers are built to them, not parsed."""

from typing import Any, Literal

from pydantic import Field

from services.scoring.api.card_shapes import PersonCard, UnitCard
from services.scoring.api.shapes import Closed, Figure


class Hours(Closed):
    """A working day in the unit's zone; an end not after the start is the next morning's. Tolerance in minutes."""

    start: str
    end: str
    tolerance: int


class PersonDay(Closed):
    """What was so for a person on a day, and what it came to."""

    date: str
    unit: str | None
    zone: str
    workday: bool
    closed: bool
    hours: Hours | None
    measures: dict[str, Figure]


class UnitDay(Closed):
    """What each unit of a tree came to by itself on a day."""

    date: str
    parts: dict[str, dict[str, Figure]]


class Previous(Closed):
    """A measure of the period before."""

    n: int
    total: int


class Behind(Closed):
    """An event behind a card, its record as it stands on the log."""

    position: str
    recorded_at: str
    day: str | None
    payload: str
    contested: bool


class Body(Closed):
    """A card with the policy, the days and the events that it can be worked out from again."""

    kind: Literal["kinerja-receipt/1"]
    card: PersonCard | UnitCard
    policy: dict[str, Any]
    days: list[PersonDay] | list[UnitDay]
    previous: dict[str, Previous]
    events: list[Behind]
    exact: dict[str, Any]


class Signature(Closed):
    """Who signed the JCS of the digests; *value* in base64url."""

    alg: Literal["Ed25519"]
    key: str
    value: str


class ReceiptAnswer(Closed):
    """A receipt; *digests*: the SHA-256 of the JCS of each part, by its pointer."""

    receipt: Body
    digests: dict[str, str]
    signature: Signature


class GivenAnswer(Closed):
    """Whether a receipt would come out otherwise now; *because*: events that count since, and voids of others."""

    stale: bool
    because: list[str]


class Key(Closed):
    """A public key as a JSON Web Key (RFC 8037)."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    alg: Literal["EdDSA"]
    use: Literal["sig"]
    kid: str
    x: str


class KeysAnswer(Closed):
    """Every key that receipts are checked with."""

    keys: list[Key] = Field(min_length=1)
