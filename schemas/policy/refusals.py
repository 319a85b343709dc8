"""
What is refused in a policy, all at once: a JSON pointer and a reason each (scoring.md section 1).

What holds between fields is looked at wherever the fields themselves are well formed: one mistake hides no other.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from pydantic import ValidationError

from schemas.measures import MEASURES
from schemas.policy.identity import canonical
from schemas.policy.model import Policy
from schemas.policy.rational import exact, is_rational
from schemas.problems import Problem, Problems, pointer
from schemas.wording import problems_of

_HIGHEST_SCORE = 120
LARGEST = 262_144
"""Bytes of a policy's canonical text: ten times what the shipped ones have, and far below what the log takes."""


class InvalidPolicy(Problems):
    """The document is no policy."""


def read_policy(document: Any) -> Policy:
    """Return the policy that *document*, decoded JSON or YAML, is; null is as left out. Raises InvalidPolicy."""
    try:
        given = _without_nulls(document)
        policy, problems = _shaped(given)
        problems += between_fields(given) if isinstance(given, dict) else []
    except RecursionError:
        raise InvalidPolicy([Problem("", "lists and objects stand too deep within each other")]) from None
    if policy is not None and (size := len(canonical(policy))) > LARGEST:
        problems.append(Problem("", f"the policy has {size:,} bytes; at most {LARGEST:,} can be kept"))
    if problems or policy is None:
        raise InvalidPolicy(sorted(set(problems), key=lambda problem: (problem.pointer, problem.detail)))
    return policy


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value


def _shaped(given: Any) -> tuple[Policy | None, list[Problem]]:
    try:
        return Policy.model_validate(given), []
    except ValidationError as exc:
        return None, problems_of(exc, given)


def between_fields(document: dict[str, Any]) -> list[Problem]:
    """Return what is wrong between fields that are well formed themselves."""
    return [
        *_clauses(document),
        *_indicators(document),
        *_suggestion(document),
        *_distribution(document),
        *_tables(document),
        *_pp30(document),
    ]


def _at(value: Any, *steps: Any) -> Any:
    """Return what stands there; None where the way does not lead on."""
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def _rows(document: Any, *steps: Any) -> list[Any]:
    found = _at(document, *steps)
    return found if isinstance(found, list) else []


def _number(value: Any) -> Fraction | None:
    return exact(value) if is_rational(value) else None


def _clauses(document: dict[str, Any]) -> Iterator[Problem]:
    clauses = _rows(document, "clauses")
    yield from _repeated(clauses, "clauses", "id")
    ids = [_at(clause, "id") for clause in clauses]  # not a set: what is no text may not be hashable
    for steps, named in _named_clauses({key: value for key, value in document.items() if key != "clauses"}):
        if isinstance(named, str) and named not in ids:
            yield Problem(pointer(*steps), f"there is no clause {named!r}: /clauses lists the ids")


def _named_clauses(value: Any, steps: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield where the document names clauses, and which."""
    within = steps[-1:] == ("clauses",)
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in items:
        is_clause = key == "clause" or (isinstance(key, str) and key.endswith("_clause"))
        if within or is_clause:
            yield (*steps, key), each
        else:
            yield from _named_clauses(each, (*steps, key))


def _repeated(rows: list[Any], name: str, key: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for place, row in enumerate(rows):
        value = _at(row, key)
        if isinstance(value, str):
            if value in seen:
                yield Problem(pointer(name, place, key), f"{value!r} is used before: each is given once")
            seen.add(value)


def _indicators(document: dict[str, Any]) -> Iterator[Problem]:
    indicators = _rows(document, "indicators")
    yield from _repeated(indicators, "indicators", "code")
    named: set[tuple[str, str]] = set()
    for place, indicator in enumerate(indicators):
        if isinstance(indicator, dict):
            yield from (
                Problem(pointer("indicators", place, *steps), why) for steps, why in _indicator(indicator, named)
            )
    yield from _no_data(indicators)


Wrong = tuple[tuple[Any, ...], str]


def _indicator(indicator: dict[str, Any], named: set[tuple[str, str]]) -> Iterator[Wrong]:
    measure, result = _at(indicator, "source", "measure"), _at(indicator, "source", "result")
    if isinstance(indicator.get("source"), dict) and (measure is None) == (result is None):
        yield ("source",), "name a measure or a result, one of them"
    if measure is not None:
        yield from _of_a_measure(indicator, measure)
    elif result is not None:
        yield from _of_a_result(indicator, result, named)
    if indicator.get("employees") is not None and indicator.get("for") == "unit":
        yield ("employees",), "a unit's indicator names no employees"
    if indicator.get("value") is not None and indicator.get("group") in ("utama", "tambahan"):
        yield ("value",), "only an indicator of perilaku shows a value"
    if indicator.get("group") == "perilaku" and indicator.get("for") in ("unit", "both"):
        yield ("for",), "perilaku is a person's: write person"
    yield from _scale(indicator)
    yield from _ordered(_rows(indicator, "bands", "rows"), ("bands", "rows"), falling=True)


def _of_a_measure(indicator: dict[str, Any], measure: Any) -> Iterator[Wrong]:
    if measure not in MEASURES:
        yield ("source", "measure"), f"there is no such measure; there are {', '.join(MEASURES)}"
    for name in ("direction", "min_n"):
        if indicator.get(name) is None:
            yield (name,), "is needed with a measure"
    if measure == "complaint.timeliness" and indicator.get("for") in ("person", "both"):
        yield ("for",), "complaints are a unit's: write unit"


def _of_a_result(indicator: dict[str, Any], result: Any, named: set[tuple[str, str]]) -> Iterator[Wrong]:
    group = indicator.get("group")
    key = (result, group if result == "*" else "") if isinstance(result, str) and isinstance(group, str) else None
    if key in named:
        yield ("source", "result"), "this result is named before" + (" in this group" if result == "*" else "")
    if key is not None:
        named.add(key)
    if group == "perilaku":
        yield ("group",), "a result belongs to utama or tambahan"
    for name in ("direction", "min_n", "bands"):
        if indicator.get(name) is not None:
            yield (name,), "does not go with a result"
    if indicator.get("optional") is True:
        yield ("optional",), "does not go with a result: its targets say whether it is on the card"


def _scale(indicator: dict[str, Any]) -> Iterator[Wrong]:
    before: tuple[Fraction | None, Fraction | None] = (None, None)
    for place, point in enumerate(_rows(indicator, "scale", "points")):
        whole = isinstance(point, list) and len(point) == 2
        x, y = (_number(point[0]), _number(point[1])) if whole else (None, None)
        at = ("scale", "points", place)
        if x is not None and before[0] is not None and x <= before[0]:
            yield (*at, 0), "must be above the one before"
        if y is not None and not 0 <= y <= _HIGHEST_SCORE:
            yield (*at, 1), f"a score lies between 0 and {_HIGHEST_SCORE}"
        if y is not None and before[1] is not None and y != before[1]:
            lower = indicator.get("direction") == "lower"
            if lower and y > before[1]:
                yield (*at, 1), "must not rise where lower is better"
            if not lower and y < before[1]:
                yield (*at, 1), "must not fall"
        before = (x, y)


def _ordered(rows: list[Any], steps: tuple[Any, ...], *, falling: bool) -> Iterator[Wrong]:
    """Yield the rows whose `from` is not below, or not above, the one before."""
    before: Fraction | None = None
    for place, row in enumerate(rows):
        number = _number(_at(row, "from"))
        if number is not None and before is not None and (number >= before if falling else number <= before):
            yield (*steps, place, "from"), f"must be {'below' if falling else 'above'} the one before"
        before = number


def _no_data(indicators: list[Any]) -> Iterator[Problem]:
    """Refuse a policy by which some card has nothing to show."""
    utama = [_at(each, "for") for each in indicators if _at(each, "group") == "utama"]
    if not indicators:
        return
    for whose in ("person", "unit"):
        if whose not in utama and "both" not in utama:
            yield Problem("/indicators", f"no indicator of utama is for a {whose}: the card would have no data")
    if not any(_at(each, "group") == "perilaku" for each in indicators):
        yield Problem("/indicators", "none is of perilaku: the card would have no data")


def _suggestion(document: dict[str, Any]) -> Iterator[Problem]:
    meets = _number(_at(document, "suggestion", "levels", "meets"))
    above = _number(_at(document, "suggestion", "levels", "above"))
    if meets is not None and above is not None and above <= meets:
        yield Problem("/suggestion/levels/above", "must be above meets")


def _distribution(document: dict[str, Any]) -> Iterator[Problem]:
    least: dict[Any, Fraction] = {}
    for place, row in enumerate(_rows(document, "distribution", "rows")):
        if not isinstance(row, dict):
            continue
        at = pointer("distribution", "rows", place)
        if sum(row.get(rule) is not None for rule in ("at_most", "at_least", "exists", "peak")) != 1:
            yield Problem(at, "give one rule: at_most, at_least, exists or peak")
        share, capaian = _number(row.get("at_least")), row.get("capaian")
        if share is not None and isinstance(capaian, str):
            least[capaian] = least.get(capaian, Fraction(0)) + share
            if least[capaian] > 1:
                yield Problem(at, f"at_least of {capaian} sum to more than everybody")


def _tables(document: dict[str, Any]) -> Iterator[Problem]:
    for steps, falling in (
        (("lateness", "bands"), False),
        (("absence", "steps"), False),
        (("pp30", "categories", "rows"), True),
    ):
        yield from (Problem(pointer(*at), why) for at, why in _ordered(_rows(document, *steps), steps, falling=falling))


def _pp30(document: dict[str, Any]) -> Iterator[Problem]:
    for name, parts in (
        ("without", ("skp", "perilaku")),
        ("with", ("skp", "perilaku")),
        ("behaviour", ("rater", "others")),
    ):
        found = [_at(document, "pp30", name, part) for part in parts]
        if all(type(part) is int for part in found) and sum(found) != 100:
            yield Problem(pointer("pp30", name), f"{' and '.join(parts)} must sum to 100")
