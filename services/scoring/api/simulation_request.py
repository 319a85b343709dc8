"""What a simulation is asked for: the body, read strictly, with every mistake at its place."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError, WithJsonSchema, model_validator

from schemas.fields import CODE_FORM, Moment, Record, Sha256
from schemas.fields import Period as PeriodText
from schemas.policy.model import Policy
from schemas.policy.refusals import InvalidPolicy, read_policy
from schemas.policy.text import read_json
from schemas.problems import Problem, Problems
from schemas.wording import problems_of
from services.scoring.evaluation.periods import Period
from services.scoring.reading.answers import LONGEST_SPAN_DAYS
from services.scoring.reading.simulations import SimulationQuestion

_UNIT = re.compile(rf"[*]|{CODE_FORM}")


def _unit(value: str) -> str:
    if not _UNIT.fullmatch(value):
        raise ValueError("write the code of a unit, or * for everybody")
    return value


class SimulationRequest(Record):
    """A policy, written out or by its hash, to be tried on a unit with all below it over some periods of one kind."""

    document: Annotated[Any, WithJsonSchema({"type": "object"}), Field(description="A whole policy.")] = None
    sha256: Annotated[Sha256 | None, Field(description="Instead of a document: a policy, shipped or proposed.")] = None
    unit: Annotated[str, AfterValidator(_unit), Field(description="A unit with all below it, or * for everybody.")]
    first: Annotated[PeriodText, Field(alias="from", description="First period: 2026-11, 2026-Q4 or 2026.")]
    last: Annotated[PeriodText, Field(alias="to", description="Last period, included, of the same kind.")]
    known_at: Annotated[Moment | None, Field(description="As known at this moment.")] = None
    people: Annotated[bool, Field(description="Also tell whose suggestions move.")] = False

    @model_validator(mode="after")
    def _between(self) -> "SimulationRequest":
        if (self.document is None) == (self.sha256 is None):
            raise Problems([Problem("/document", "give a document or the sha256 of one, and not both")])
        first, last = Period.of(self.first), Period.of(self.last)
        if first.kind != last.kind:
            raise Problems([Problem("/to", f"is a {last.kind}, and from is a {first.kind}: both are of one kind")])
        if last.first < first.first:
            raise Problems([Problem("/to", "must not be before from")])
        if (last.last - first.first).days >= LONGEST_SPAN_DAYS:
            raise Problems([Problem("/to", f"at most {LONGEST_SPAN_DAYS:,} days can be tried at once")])
        return self

    @property
    def periods(self) -> tuple[Period, ...]:
        """Every period from the first to the last."""
        period, last = Period.of(self.first), Period.of(self.last).last
        found = [period]
        while found[-1].last < last:
            found.append(found[-1].following)
        return tuple(found)


def read_question(body: bytes) -> SimulationQuestion:
    """Return what the body of a request asks. Raises Problems with JSON pointers into it, all at once."""
    given = read_json(body)
    asked, problems = _shaped(given)
    document, found = _document(given)
    problems += found
    if problems or asked is None:
        raise Problems(sorted(set(problems), key=lambda problem: (problem.pointer, problem.detail)))
    unit = None if asked.unit == "*" else asked.unit
    return SimulationQuestion(given, document, asked.sha256, unit, asked.periods, asked.known_at, asked.people)


def _shaped(given: Any) -> tuple[SimulationRequest | None, list[Problem]]:
    try:
        return SimulationRequest.model_validate(given), []
    except ValidationError as exc:
        return None, problems_of(exc, given)


def _document(given: Any) -> tuple[Policy | None, list[Problem]]:
    document = given.get("document") if isinstance(given, dict) else None
    if document is None:
        return None, []
    try:
        return read_policy(document), []
    except InvalidPolicy as exc:
        return None, [Problem(f"/document{each.pointer}", each.detail) for each in exc.problems]
