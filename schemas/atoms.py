"""The smallest words of the contract: ids, moments, dates, times, periods, zones and texts."""

import re
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints, WithJsonSchema

FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Years outside are typing errors; inside, every shift between time zones stays representable."""

_JAKARTA = ZoneInfo("Asia/Jakarta")
_MOMENT = re.compile(r"(\d{4})-\d\d-\d\dT\d\d:\d\d:[0-5]\d(?:\.\d{1,6})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII)
_DATE = re.compile(r"(\d{4})-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)


def _year_is_plausible(year: str) -> None:
    if not FIRST_YEAR <= int(year) <= LAST_YEAR:
        raise ValueError(f"year {year} is outside {FIRST_YEAR}..{LAST_YEAR}")


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    match = _MOMENT.fullmatch(value.upper()) if isinstance(value, str) else None
    if match is None:
        raise ValueError(
            "write a moment as RFC 3339 with an offset, at most six fractional digits, like 2026-11-24T07:30:00+07:00"
        )
    _year_is_plausible(match[1])
    try:
        moment = datetime.fromisoformat(value.upper())
    except ValueError as exc:
        raise ValueError(f"there is no such moment: {exc}") from exc
    if moment.year in (FIRST_YEAR, LAST_YEAR):  # an offset may lead out of the range, where the fold keeps no days
        _year_is_plausible(str(moment.astimezone(_JAKARTA).year))
    return moment


def _date(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    match = _DATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("write a date like 2026-11-24")
    _year_is_plausible(match[1])
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


def _amount(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise ValueError("write a number, or a decimal number in quotes")
    try:
        amount = Decimal(str(value))
    except InvalidOperation as exc:
        raise ValueError("write a number, or a decimal number in quotes") from exc
    if not amount.is_finite() or abs(amount) >= Decimal(10) ** 18:
        raise ValueError("the number must lie between -10^18 and 10^18")
    return amount


class Record(BaseModel):
    """A strict, closed, immutable piece of event data."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


_CODE = r"^[A-Za-z0-9._-]{1,64}$"
Code = Annotated[str, StringConstraints(pattern=_CODE)]
"""An id or code: 1 to 64 letters, digits, dots, underscores or hyphens."""

_TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+$"
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=_TEXT)]
"""Free text, 1 to 2,000 characters, without control characters."""

_NAME = r"^[^\x00-\x1f\x7f]+$"
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_NAME)]
"""One line of text, at most 200 characters."""

Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    PlainSerializer(lambda moment: moment.isoformat(), return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": f"^{_MOMENT.pattern}$"}),
]
"""RFC 3339 with offset, at most six fractional digits, no second 60."""

Day = Annotated[
    date,
    BeforeValidator(_date),
    PlainSerializer(lambda day: day.isoformat(), return_type=str),
    WithJsonSchema({"type": "string", "format": "date", "pattern": f"^{_DATE.pattern}$"}),
]

LocalTime = Annotated[
    time,
    BeforeValidator(_time),
    PlainSerializer(lambda at: at.isoformat("minutes"), return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{_TIME.pattern}$"}),
]
"""A wall-clock time `HH:MM` in the unit's zone."""

Amount = Annotated[
    Decimal,
    BeforeValidator(_amount),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}]}),
]
"""An exact decimal number; written as a JSON number or, to keep every digit, as a string."""

_PERIOD = r"^(19|20|21)[0-9]{2}(-(0[1-9]|1[0-2])|-Q[1-4])?$"
Period = Annotated[str, StringConstraints(pattern=_PERIOD)]
"""A month `2026-11`, a quarter `2026-Q4` or a year `2026`."""

Zone = Literal["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"]
"""The Indonesian time zones: WIB, WITA and WIT."""

_NIP = r"^[0-9]{18}$"
Nip = Annotated[str, StringConstraints(pattern=_NIP)]
"""Nomor Induk Pegawai: 18 digits. It reveals birth date and sex and therefore never reaches the log."""

_BADGE = r"^[A-Za-z0-9._-]{1,64}/[A-Za-z0-9._-]{1,64}$"
BadgeNumber = Annotated[str, StringConstraints(pattern=_BADGE)]
"""A terminal's user: `<device>/<user>`."""

_EMPLOYEE_REF = r"^([A-Za-z0-9._-]{1,64}|nip:[0-9]{18}|badge:[A-Za-z0-9._-]{1,64}/[A-Za-z0-9._-]{1,64})$"
EmployeeRef = Annotated[str, StringConstraints(pattern=_EMPLOYEE_REF)]
"""A bare employee id, or an alias `nip:<18 digits>` or `badge:<device>/<user>` that ingest replaces by the id."""

Level = Literal["below", "meets", "above"]
"""Below, at or above expectation (PermenPANRB 6/2022)."""

Minutes = Annotated[int, Field(ge=0, le=5_256_000)]
"""Whole minutes, at most ten years."""

Score = Annotated[int, Field(ge=1, le=4)]
"""One unsur of the SKM questionnaire, 1 (poor) to 4 (very good) (PermenPANRB 14/2017)."""

FORMS = {
    _CODE: "write an id or code of 1 to 64 letters, digits, dots, underscores or hyphens",
    _TEXT: "write a text without control characters",
    _NAME: "write one line of text without control characters",
    _PERIOD: "write a period like 2026-11, 2026-Q4 or 2026",
    _NIP: "write the 18 digits of the NIP",
    _BADGE: "write a badge as <device>/<user>",
    _EMPLOYEE_REF: "name the employee by bare id, or as nip:<18 digits> or badge:<device>/<user>",
}
"""What each pattern asks for, in words for the sender."""
