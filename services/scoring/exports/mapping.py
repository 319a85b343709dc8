"""The mapping of evaluations to another system's columns and codes: configuration, read strictly."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from schemas.fields import Code
from schemas.policy.refusals import InvalidPolicy
from schemas.policy.text import read_source
from services.kit.errors import Unavailable, UserError
from services.scoring.exports.values import MORE, PERSON, STATE, Value, Values

Mapped = Literal["skp22", "kinerjaperiodik"]
People = Mapping[str, Mapping[str, str]]
"""The personnel system's own words about people, by employee id and column."""

_NAME = r"^[A-Za-z][A-Za-z0-9_]{0,63}\z"
_OF_PEOPLE = ("employee", "rater")
_KNOWN = {*PERSON, *MORE, STATE}

Name = Annotated[str, StringConstraints(pattern=_NAME)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Entry):
    """A column: what it says, by which table it becomes a code, and whether a row may lack it."""

    column: Name
    known_as: Annotated[Word | None, Field(alias="from")] = None
    constant: Word | int | None = None
    table: Name | None = None
    required: bool = True

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.known_as is None) == (self.constant is None):
            raise ValueError("a column has either `from` or `constant`")
        whose, _, what = (self.known_as or "").partition(".")
        if self.known_as is not None and self.known_as not in _KNOWN and not (whose in _OF_PEOPLE and what):
            raise ValueError(f"{self.known_as!r} is not known of an evaluation; known are {', '.join(sorted(_KNOWN))}")
        return self


class PeopleFile(_Entry):
    """A CSV file beside the mapping, and its column of employee ids."""

    file: Word
    key: Word = "employee"


class Columns(_Entry):
    """The columns of each export, in order."""

    skp22: Annotated[list[Column], Field(min_length=1, max_length=200)]
    kinerjaperiodik: Annotated[list[Column], Field(min_length=1, max_length=200)]


class Rules(_Entry):
    """A whole mapping; *confirmed*: its codes are those of the other system, as somebody has checked."""

    mapping: Code
    version: Annotated[int, Field(ge=1, le=9999)]
    confirmed: bool
    people: PeopleFile | None = None
    tables: dict[Name, dict[Word, Word | int]]
    exports: Columns

    @model_validator(mode="after")
    def _has_its_tables(self) -> Self:
        for column in (*self.exports.skp22, *self.exports.kinerjaperiodik):
            if column.table is not None and column.table not in self.tables:
                raise ValueError(f"column {column.column} names a table {column.table}, which is not there")
        return self


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a cell cannot be filled."""

    column: str
    detail: str


@dataclass(frozen=True, slots=True)
class SiasnMapping:
    """A mapping, and the folder that its list of people is in."""

    rules: Rules
    folder: Path | None

    def columns(self, export: Mapped) -> list[Column]:
        """Return the columns of an export."""
        found: list[Column] = getattr(self.rules.exports, export)
        return found

    def cells(self, export: Mapped, values: Values, people: People) -> tuple[list[Value], list[Missing]]:
        """Return a row, and what is missing in it."""
        cells: list[Value] = []
        missing: list[Missing] = []
        for column in self.columns(export):
            said = _said(column, values, people)
            cell, why = (said, None) if column.table is None or said is None else self._code(column, said)
            if why is None and cell is None:
                why = _why(column, values, self.rules.people is not None)
            if why is not None and column.required:
                missing.append(Missing(column.column, why))
            cells.append(cell)
        return cells, missing

    def _code(self, column: Column, said: Value) -> tuple[Value, str | None]:
        assert column.table is not None
        found = self.rules.tables[column.table].get(str(said))
        return found, None if found is not None else f"the table {column.table} has no code for {said!r}"

    def people(self) -> People:
        """Read the list of people; nobody without one. Raises Unavailable where it cannot be read now."""
        listed = self.rules.people
        if listed is None or self.folder is None:
            return {}
        try:
            with (self.folder / listed.file).open(encoding="utf-8-sig", newline="") as file:
                return {row.get(listed.key) or "": row for row in csv.DictReader(file, strict=True)}
        except (OSError, ValueError, csv.Error) as exc:
            raise Unavailable(f"The list of people, {listed.file}, cannot be read right now.") from exc


def _said(column: Column, values: Values, people: People) -> Value:
    if column.known_as is None:
        return column.constant
    whose, _, what = column.known_as.partition(".")
    if not what:
        return values[column.known_as]
    return people.get(str(values[whose]), {}).get(what) or None


def _why(column: Column, values: Values, has_list: bool) -> str:
    name = column.known_as or ""
    whose, _, what = name.partition(".")
    if not what:
        return f"there is no {name}; the evaluation is {values[STATE]}"
    if values[whose] is None:
        return f"there is no {whose}; the evaluation is {values[STATE]}"
    if not has_list:
        return f"{name} is not known: the mapping names no list of people"
    return f"the list of people has no {what} of {values[whose]}"


def read_mapping(path: Path | None) -> SiasnMapping:
    """Read the mapping at *path*, or the shipped one. Raises UserError, naming every mistake."""
    name = "services/scoring/exports/siasn.yaml" if path is None else str(path)
    try:
        content = (files("services.scoring.exports") / "siasn.yaml").read_bytes() if path is None else path.read_bytes()
        rules = Rules.model_validate(read_source(content).document)
    except OSError as exc:
        raise UserError(f"KINERJA_SIASN: {name} cannot be read: {exc.strerror}.") from exc
    except (InvalidPolicy, ValidationError) as exc:
        lines = [f"KINERJA_SIASN: {name} is no mapping:", *_mistakes(exc)]
        raise UserError("\n".join(lines)) from None
    return SiasnMapping(rules, None if path is None else path.parent)


def _mistakes(exc: InvalidPolicy | ValidationError) -> Iterator[str]:
    if isinstance(exc, InvalidPolicy):
        yield from (f"  {each.pointer or '/'}: {each.detail}" for each in exc.problems)
    else:
        yield from (f"  /{_pointer(each['loc'])}: {each['msg']}" for each in exc.errors(include_url=False))


def _pointer(place: Sequence[int | str]) -> str:
    return "/".join(map(str, place))
