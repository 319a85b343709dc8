"""The smallest words of the contract: ids, moments, dates, times, periods, zones and texts."""

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Years outside are typing errors; inside, every shift between time zones stays representable."""

LARGEST_EXACT = 2**53 - 1
"""Beyond it, readers whose numbers are doubles lose digits."""

JAKARTA = ZoneInfo("Asia/Jakarta")
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt]([01]\d|2[0-3])(:[0-5]\d)(?:(:[0-5]\d)(?:\.(\d{1,9}))?)?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")

# Published patterns use only what JSON Schema shares with every language: plain groups, classes and counts, and `$` for
# the end of the text. A date is spelled out, so that days that no calendar has are refused by the pattern alone.
_YEAR = "(19|20|21)[0-9]{2}"
_LEAP_YEAR = "((19|20|21)(0[48]|[2468][048]|[13579][26])|2000)"
_EXISTING_DAY = (
    f"({_YEAR}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|{_YEAR}-(0[13-9]|1[0-2])-(29|30)"
    f"|{_YEAR}-(0[13578]|1[02])-31|{_LEAP_YEAR}-02-29)"
)
_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]"
_EXISTING_MOMENT = f"{_EXISTING_DAY}[Tt]{_CLOCK}(:[0-5][0-9]([.][0-9]{{1,9}})?)?([Zz]|[+-]{_CLOCK})"


def _year_is_plausible(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"year {year:04d} is outside {FIRST_YEAR}..{LAST_YEAR}")


def _moment(value: Any) -> datetime:
    """Read RFC 3339; what is finer than a microsecond is cut off, for nothing here is measured more finely."""
    if isinstance(value, datetime):
        return value
    match = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(
            "write a moment as RFC 3339 with an offset, at most nine fractional digits, like 2026-11-24T07:30:00+07:00"
        )
    day, hour, minute, second, fraction, offset = match.groups()
    year = int(day[:4])
    _year_is_plausible(year)
    written = f"{day}T{hour}{minute}{second or ''}{'.' + fraction[:6] if fraction else ''}{offset.upper()}"
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as exc:
        raise ValueError(f"there is no such moment: {exc}") from exc
    if year in (FIRST_YEAR, LAST_YEAR):  # an offset may lead out of the range, where the fold keeps no days
        _year_is_plausible(moment.astimezone(JAKARTA).year)
    return moment


def _date(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("write a date like 2026-11-24")
    _year_is_plausible(int(value[:4]))
    try:
        return date.fromisoformat(value)
    except ValueError as exc:
        raise ValueError(f"there is no such date: {exc}") from exc


def _time(value: Any) -> time:
    if isinstance(value, time):
        return value
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueError("write a local time like 07:30, from 00:00 to 23:59")
    return time.fromisoformat(value)


_LARGEST = 10**18
_PLAIN = r"[0-9]{1,18}([.][0-9]{1,20})?"  # what is written of any double, too
_SCIENTIFIC = r"[0-9]([.][0-9]{1,20})?[eE]([+]?(0?[0-9]|1[0-7])|-(0?[0-9]|1[0-8]))"
_AMOUNT = f"-?({_PLAIN}|{_SCIENTIFIC})"
_AMOUNT_FORM = re.compile(_AMOUNT)
_SMALLEST = 1e-18


def _amount(value: Any) -> Decimal:
    """
    Read an exact number between -10^18 and 10^18.

    A Decimal is a JSON number whose digits a double would have lost, as whoever decoded the text has noticed.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise ValueError("write a number, or a decimal number in quotes")
    if isinstance(value, Decimal):
        raise ValueError("this number has more digits than a JSON number keeps; write it in quotes")
    if isinstance(value, int):
        if abs(value) >= _LARGEST:
            raise ValueError("the number must lie between -10^18 and 10^18")
        return Decimal(value)
    if not _AMOUNT_FORM.fullmatch(str(value)):
        raise ValueError(
            "write a number between -10^18 and 10^18 in plain digits like 1250.75, at most 20 after the point"
        )
    return Decimal(str(value))


def whole(value: Any) -> Any:
    """JSON has one kind of number: 15.0 is as whole as 15."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST_EXACT else value


WHOLE = BeforeValidator(whole)


def pattern_of(form: str) -> str:
    """Return the published pattern of a whole text of that *form*."""
    return f"^({form})$" if "|" in form else f"^{form}$"


class Record(BaseModel):
    """A strict, closed, immutable piece of event data."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


CODE_FORM = r"[A-Za-z0-9._-]{1,64}"
ONLY_DOTS = r"(.*[:/])?[.]+(/.*)?"
"""A code of dots alone, or an alias with one in it: in addresses and paths it would name another place."""

_CODE = r"^[.]*[A-Za-z0-9_-][A-Za-z0-9._-]*$"
Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=_CODE)]
"""An id or code: 1 to 64 letters, digits, dots, underscores or hyphens, not only dots."""

_NUMBER = r"^[!-~]{1,128}$"
Number = Annotated[str, StringConstraints(pattern=_NUMBER)]
"""What another system numbers, an event's `id` among it: 1 to 128 printable ASCII characters without spaces."""

# Written as characters, not as escapes, where languages escape differently.
_BLANK = (
    " \u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u202a-\u202f\u205f-\u206f"
    "\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
)
"""What takes room at most: spaces, fillers, joiners, directions, variants."""
_LINE_ENDS = "\u2028\u2029"
_CONTROLS = r"\x00-\x1f\x7f-\x9f"
_CONTROLS_BUT_LINES = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"

_TEXT = f"^[^{_CONTROLS_BUT_LINES}]*[^{_CONTROLS}{_LINE_ENDS}{_BLANK}][^{_CONTROLS_BUT_LINES}]*$"
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=_TEXT)]
"""Free text, 1 to 2,000 characters with something to see, without control characters but tabs and line ends."""

_NAME = f"^[^{_CONTROLS}{_LINE_ENDS}]*[^{_CONTROLS}{_LINE_ENDS}{_BLANK}][^{_CONTROLS}{_LINE_ENDS}]*$"
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_NAME)]
"""One line of text with something to see, at most 200 characters."""

Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    PlainSerializer(lambda moment: moment.isoformat(), return_type=str),
    WithJsonSchema({"type": "string", "pattern": pattern_of(_EXISTING_MOMENT)}),
]
"""RFC 3339 with offset, at most nine fractional digits, seconds perhaps left out, no second 60."""

DAY_SCHEMA = {"type": "string", "format": "date", "pattern": pattern_of(_EXISTING_DAY)}
Day = Annotated[
    date,
    BeforeValidator(_date),
    PlainSerializer(lambda day: day.isoformat(), return_type=str),
    WithJsonSchema(DAY_SCHEMA),
]

LocalTime = Annotated[
    time,
    BeforeValidator(_time),
    PlainSerializer(lambda at: at.isoformat("minutes"), return_type=str),
    WithJsonSchema({"type": "string", "pattern": pattern_of(_CLOCK)}),
]
"""A wall-clock time `HH:MM` in the unit's zone."""

Amount = Annotated[
    Decimal,
    BeforeValidator(_amount),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": 0},
                {"type": "number", "minimum": _SMALLEST, "exclusiveMaximum": _LARGEST},
                {"type": "number", "exclusiveMinimum": -_LARGEST, "maximum": -_SMALLEST},
                {"type": "string", "pattern": pattern_of(_AMOUNT)},
            ]
        }
    ),
]
"""An exact decimal number; written as a JSON number or, to keep every digit, as a string."""

_PERIOD = r"^(19|20|21)[0-9]{2}(-(0[1-9]|1[0-2])|-Q[1-4])?$"
Period = Annotated[str, StringConstraints(pattern=_PERIOD)]
"""A month `2026-11`, a quarter `2026-Q4` or a year `2026`."""

_SHA256 = r"^[0-9a-f]{64}$"
Sha256 = Annotated[str, StringConstraints(pattern=_SHA256)]
"""A SHA-256 in lower-case hex."""

Zone = Literal["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"]
"""The Indonesian time zones: WIB, WITA and WIT."""

NIP_FORM, BADGE_FORM = r"[0-9]{18}", f"{CODE_FORM}/{CODE_FORM}"
Nip = Annotated[str, StringConstraints(pattern=pattern_of(NIP_FORM))]
"""Nomor Induk Pegawai: 18 digits. It reveals birth date and sex and therefore never reaches the log."""

_ONLY_DOTS = re.compile(ONLY_DOTS)
_NOT_ONLY_DOTS = {"not": {"pattern": pattern_of(ONLY_DOTS)}}


def has_code_of_dots(named: str) -> bool:
    """Say whether a code in *named*, a subject, a badge or a reference, has nothing but dots."""
    return "." in named and _ONLY_DOTS.fullmatch(named) is not None


def _no_code_of_dots(named: str) -> str:
    if has_code_of_dots(named):
        raise ValueError("a code has something besides dots")
    return named


BadgeNumber = Annotated[
    str,
    StringConstraints(pattern=pattern_of(BADGE_FORM)),
    AfterValidator(_no_code_of_dots),
    Field(json_schema_extra=_NOT_ONLY_DOTS),
]
"""A terminal's user: `<device>/<user>`."""

_EMPLOYEE_REF = f"^({CODE_FORM}|nip:{NIP_FORM}|badge:{BADGE_FORM})$"
EmployeeRef = Annotated[
    str,
    StringConstraints(pattern=_EMPLOYEE_REF),
    AfterValidator(_no_code_of_dots),
    Field(json_schema_extra=_NOT_ONLY_DOTS),
]
"""A bare employee id, or an alias `nip:<18 digits>` or `badge:<device>/<user>` that ingest replaces by the id."""

Level = Literal["below", "meets", "above"]
"""Below, at or above expectation (PermenPANRB 6/2022)."""

Minutes = Annotated[int, Field(ge=0, le=5_256_000), WHOLE]
"""Whole minutes, at most ten years."""

Score = Annotated[int, Field(ge=1, le=4), WHOLE]
"""One unsur of the SKM questionnaire, 1 (poor) to 4 (very good) (PermenPANRB 14/2017)."""

FORMS = {
    _CODE: "write an id or code of 1 to 64 letters, digits, dots, underscores or hyphens, not only dots",
    _NUMBER: "write 1 to 128 printable ASCII characters without spaces",
    _TEXT: "write a text with something to see, without control characters",
    _NAME: "write one line of text with something to see, without control characters",
    _PERIOD: "write a period like 2026-11, 2026-Q4 or 2026",
    _SHA256: "write a SHA-256 as 64 digits in lower-case hex",
    pattern_of(NIP_FORM): "write the 18 digits of the NIP",
    pattern_of(BADGE_FORM): "write a badge as <device>/<user>",
    _EMPLOYEE_REF: "name the employee by bare id, or as nip:<18 digits> or badge:<device>/<user>",
}
"""What each pattern asks for, in words for the sender."""

PLAIN_CODE = "[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}"
PLAIN_MOMENT = f"(?!1900|2199){_EXISTING_DAY}T{_CLOCK}:[0-5][0-9](?!-00:00)[+-]{_CLOCK}"
PLAIN_FORMS = {
    _CODE: PLAIN_CODE,
    _NUMBER: "[!-~]{1,128}",
    _TEXT: "[!-~][ -~]{0,1999}",
    _NAME: "[!-~][ -~]{0,199}",
    _PERIOD: _PERIOD.strip("^$"),
    _EMPLOYEE_REF: _EMPLOYEE_REF.strip("^$").replace(CODE_FORM, PLAIN_CODE),
    pattern_of(_EXISTING_MOMENT): PLAIN_MOMENT,
    pattern_of(_EXISTING_DAY): _EXISTING_DAY,
    pattern_of(_CLOCK): _CLOCK,
}
"""For each published pattern one of less that is read without going back: what it takes stands so on the log."""
