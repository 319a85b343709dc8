"""One record of `kinerja.inbound` as a submission: what HTTP would answer with is kept as a dead letter instead."""

from collections.abc import Sequence
from datetime import datetime

from aiokafka import ConsumerRecord

from schemas.envelope import JSON
from schemas.rights import TAKE_ALIASES
from services.ingest.admission import admit_item
from services.ingest.content_modes import NOT_ATTRIBUTES, STRUCTURED, Items, binary, media_type, structured
from services.ingest.domain.candidate import Rejection, Withheld
from services.ingest.domain.ratings import betrays_as_text
from services.ingest.submission import Submission
from services.kit.access import Principal
from services.kit.problems import TITLES, Problem

Headers = Sequence[tuple[str, bytes | None]]
PREFIX, CONTENT_TYPE = "ce_", "content-type"
CLOUDEVENTS = "application/cloudevents"
_ACCEPTED = (
    f"Write one event a record: as {STRUCTURED}, or in binary mode, its attributes in ce_* headers and its data as "
    f"{JSON}. A record without content-type and ce_* headers is read as {STRUCTURED}."
)


def submission_of(record: ConsumerRecord, writer: Principal, *, most: int, latest: datetime) -> Submission:
    """
    Return *record*, sent by *writer*, as a submission of one item.

    More than *most* bytes are too many; a `time` after *latest* is too far ahead.
    """
    body: bytes = record.value or b""
    try:
        items = _items(record.headers, body, most)
    except Problem as problem:
        return rejected(record, writer, problem.status, problem.detail)
    name, item = admit_item(items, 0, writer, latest)
    return Submission(
        writer.name,
        _origin(record),
        [item],
        items.verbatim,
        [name],
        keep_not_allowed=True,
        takes_aliases=writer.may(TAKE_ALIASES),
    )


def rejected(record: ConsumerRecord, writer: Principal, status: int, detail: str) -> Submission:
    """Return *record* as one that cannot be taken, whatever it holds."""
    body: bytes = record.value or b""
    rejection = Rejection(status, TITLES[status], detail)
    headers: Headers = record.headers if isinstance(record.headers, (list, tuple)) else ()
    if betrays_as_text(body) or any(betrays_as_text(value or b"") for _, value in headers):
        rejection = Withheld.of(rejection)
    nameless = None, None, None
    return Submission(writer.name, _origin(record), [rejection], lambda _: body, [nameless], keep_not_allowed=True)


def _origin(record: ConsumerRecord) -> str:
    return f"{record.topic}/{record.partition}/{record.offset}"


def _items(headers: Headers, body: bytes, most: int) -> Items:
    """Decode as the Kafka binding of CloudEvents says. Raises a Problem."""
    if len(body) > most:
        raise Problem(413, f"The record is longer than {most:,} bytes.")
    named = [(name.lower(), value) for name, value in headers]
    binary_mode = any(name.startswith(PREFIX) for name, _ in named)
    kinds = [_text(name, value) for name, value in named if name == CONTENT_TYPE]
    content_type = kinds[0] if kinds else "" if binary_mode else STRUCTURED
    kind = media_type(content_type)
    if kind == STRUCTURED:
        return structured(body)
    if kind.startswith(CLOUDEVENTS) or not binary_mode:
        raise Problem(415, _ACCEPTED)
    return binary(_attributes(named), content_type, body)


def _attributes(named: Headers) -> dict[str, str]:
    attributes: dict[str, str] = {}
    for name, value in named:
        if not name.startswith(PREFIX):
            continue
        attribute = name.removeprefix(PREFIX)
        if attribute in attributes:
            raise Problem(400, f"The header {name[:64]} is given twice.")
        if attribute in NOT_ATTRIBUTES:
            raise Problem(
                400, f"{name} is no attribute: the data is the value of the record, and content-type says what it is."
            )
        attributes[attribute] = _text(name, value)
    return attributes


def _text(name: str, value: bytes | None) -> str:
    try:
        return (value or b"").decode("utf-8")
    except UnicodeDecodeError:
        raise Problem(400, f"The header {name[:64]} is not UTF-8.") from None
