"""One record of `kinerja.inbound` as a submission: what HTTP would answer with is kept as a dead letter instead."""

from aiokafka import ConsumerRecord

from services.ingest.admission import admit
from services.ingest.domain.candidate import Rejection
from services.ingest.modes import JSON, NOT_ATTRIBUTES, STRUCTURED, Items, binary, media_type, structured
from services.ingest.submission import Submission, names_of
from services.kit.access import Writer
from services.kit.problems import TITLES, Problem

PREFIX = "ce_"
CLOUDEVENTS = "application/cloudevents"
_ACCEPTED = (
    f"Write one event a record: as {STRUCTURED}, or in binary mode, its attributes in ce_* headers and its data as "
    f"{JSON}. A record without content-type and ce_* headers is read as {STRUCTURED}."
)


def submission_of(record: ConsumerRecord, writer: Writer, *, most: int) -> Submission:
    """Return *record*, sent by *writer*, as a submission of one item; more than *most* bytes are too many."""
    body: bytes = record.value or b""
    try:
        items = _items(record.headers, body, most)
    except Problem as problem:
        return rejected(record, writer, problem.status, problem.detail)
    (raw,) = items.values
    return Submission(
        writer.name, _origin(record), [admit(raw, writer)], items.verbatim, [names_of(raw)], keep_not_allowed=True
    )


def rejected(record: ConsumerRecord, writer: Writer, status: int, detail: str) -> Submission:
    """Return *record* as one that cannot be taken, whatever it holds."""
    body: bytes = record.value or b""
    rejection = Rejection(status, TITLES[status], detail)
    nameless = None, None, None
    return Submission(writer.name, _origin(record), [rejection], lambda _: body, [nameless], keep_not_allowed=True)


def _origin(record: ConsumerRecord) -> str:
    return f"{record.topic}/{record.partition}/{record.offset}"


def _items(headers: tuple[tuple[str, bytes | None], ...], body: bytes, most: int) -> Items:
    """Decode as the Kafka binding of CloudEvents says. Raises a Problem."""
    if len(body) > most:
        raise Problem(413, f"The record is longer than {most:,} bytes.")
    attributes = _attributes(headers)
    kind = media_type(attributes.pop("content-type", "" if attributes else STRUCTURED))
    if kind == STRUCTURED:
        return structured(body)
    if kind.startswith(CLOUDEVENTS) or not attributes:
        raise Problem(415, _ACCEPTED)
    return binary(attributes, kind, body)


def _attributes(headers: tuple[tuple[str, bytes | None], ...]) -> dict[str, str]:
    """Return the ce_* headers without their prefix, and `content-type`, which no attribute can be called."""
    found: dict[str, str] = {}
    for name, value in headers:
        if name.lower() == "content-type":
            _put(found, "content-type", name, value)
        elif name.startswith(PREFIX):
            attribute = name.removeprefix(PREFIX)
            if attribute in NOT_ATTRIBUTES or attribute == "content-type":
                raise Problem(400, f"{name[:64]} is no attribute: the data is the value, content-type says what it is.")
            _put(found, attribute, name, value)
    return found


def _put(found: dict[str, str], attribute: str, name: str, value: bytes | None) -> None:
    if attribute in found:
        raise Problem(400, f"The header {name[:64]} is given twice.")
    try:
        found[attribute] = (value or b"").decode("utf-8")
    except UnicodeDecodeError:
        raise Problem(400, f"The header {name[:64]} is not UTF-8.") from None
