"""Whom an event can be about: `employee:<id>`, `unit:<code>`, `unit:*`, `source:<name>`, or an employee's alias."""

from enum import StrEnum

from schemas.fields import BADGE_FORM, CODE_FORM, NIP_FORM


class SubjectKind(StrEnum):
    """Whom an event can be about."""

    EMPLOYEE = "employee"
    UNIT = "unit"
    EVERYONE = "unit:*"
    SOURCE = "source"


_KINDS = {
    "employee": SubjectKind.EMPLOYEE,
    "nip": SubjectKind.EMPLOYEE,
    "badge": SubjectKind.EMPLOYEE,
    "unit": SubjectKind.UNIT,
    "source": SubjectKind.SOURCE,
}

BY_ID = f"employee:{CODE_FORM}"
"""How a registration must name its employee."""

PATTERNS = {
    SubjectKind.EMPLOYEE: f"{BY_ID}|nip:{NIP_FORM}|badge:{BADGE_FORM}",
    SubjectKind.UNIT: f"unit:{CODE_FORM}",
    SubjectKind.EVERYONE: "unit:[*]",
    SubjectKind.SOURCE: f"source:{CODE_FORM}",
}
WORDS = {
    SubjectKind.EMPLOYEE: "employee:<id>, nip:<18 digits> or badge:<device>/<user>",
    SubjectKind.UNIT: "unit:<code>",
    SubjectKind.EVERYONE: "unit:*",
    SubjectKind.SOURCE: "source:<name>",
}


def subject_kind(subject: str) -> SubjectKind:
    """Say whom a well-formed subject names; an alias names an employee."""
    return SubjectKind.EVERYONE if subject == "unit:*" else _KINDS[subject.partition(":")[0]]
