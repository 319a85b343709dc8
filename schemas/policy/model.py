"""The shape of a policy (scoring.md section 1). What holds between its fields stands in `refusals`."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from schemas.fields import WHOLE, Code, Level, Name, Record, Text
from schemas.policy.rational import Q, bounded, positive

Group = Literal["utama", "tambahan", "perilaku"]
Capaian = Literal["istimewa", "baik", "butuh_perbaikan", "kurang", "sangat_kurang"]
Predikat = Literal["sangat_baik", "baik", "butuh_perbaikan", "kurang", "sangat_kurang"]
BehaviourValue = Literal[
    "berorientasi_pelayanan", "akuntabel", "kompeten", "harmonis", "loyal", "adaptif", "kolaboratif"
]
"""The seven values of BerAKHLAK."""

Relation = Literal["peer", "subordinate"]
"""Whose answers are sealed."""

Positive = Annotated[Q, AfterValidator(positive)]
Share = Annotated[Q, bounded("0", "1")]
Part = Annotated[Q, bounded("0", "1", without_low=True)]
Half = Annotated[Q, bounded("1/2", "1", without_high=True)]
LessThanHalf = Annotated[Q, bounded("0", "1/2", without_high=True)]
Weight = Annotated[Q, bounded("0", "1000", without_low=True)]
Hundred = Annotated[int, Field(ge=0, le=100), WHOLE]
WorkDays = Annotated[int, Field(ge=1, le=60), WHOLE]


class Clause(Record):
    """What a rule rests on; *local*: our choice, not law."""

    id: Code
    cite: Text
    text: Text
    local: bool = False


class Levels(Record):
    meets: Q
    above: Q


class SuggestionClauses(Record):
    above: Code
    meets: Code
    below: Code
    behaviour: Code
    head: Code
    levels: Code
    coverage: Code
    capaian: Code


class Suggestion(Record):
    levels: Levels
    most: Half
    small_part: LessThanHalf
    behaviour_ceiling: Level = "meets"
    clauses: SuggestionClauses


class CapaianLevels(Record):
    istimewa: Level
    baik: Level
    butuh_perbaikan: Level
    kurang: Level
    sangat_kurang: Level


class Source(Record):
    """A measure, or results by their code ("*": every one of the group that nothing else names): exactly one."""

    measure: str | None = None
    result: Code | Literal["*"] | None = None


class Scale(Record):
    points: Annotated[list[Annotated[list[Q], Field(min_length=2, max_length=2)]], Field(min_length=2, max_length=20)]
    grid: Positive | None = None


class BandRow(Record):
    from_: Q = Field(alias="from")
    label: Name


class Bands(Record):
    digits: Annotated[int, Field(ge=0, le=4), WHOLE]
    rows: Annotated[list[BandRow], Field(min_length=1, max_length=10)]


class Indicator(Record):
    code: Code
    name: Name
    group: Group
    for_: Literal["person", "unit", "both"] = Field(alias="for")
    kinds: Annotated[list[Name], Field(min_length=1, max_length=20)] | None = None
    employees: Annotated[list[Code], Field(min_length=1, max_length=1000)] | None = None
    source: Source
    direction: Literal["higher", "lower"] | None = None
    min_n: Annotated[int, Field(ge=1, le=100_000), WHOLE] | None = None
    optional: bool = False
    scale: Scale
    weight: Weight
    value: BehaviourValue | None = None
    bands: Bands | None = None
    clause: Code


class Clocks(Record):
    """In workdays."""

    evaluation: WorkDays
    evaluation_clause: Code
    contest: WorkDays
    contest_clause: Code


def _both_relations() -> list[Relation]:
    return ["peer", "subordinate"]


class Feedback(Record):
    relations: Annotated[list[Relation], Field(min_length=1, max_length=2)] = Field(default_factory=_both_relations)
    k: Annotated[int, Field(ge=3, le=20), WHOLE]
    closes_days: Annotated[int, Field(ge=0, le=60), WHOLE]
    exposure_days: Annotated[int, Field(ge=1, le=366), WHOLE]
    pool: Name | None = None
    clause: Code


class DistributionRow(Record):
    capaian: Capaian
    predikat: Annotated[list[Predikat], Field(min_length=1, max_length=5)]
    at_most: Share | None = None
    at_least: Share | None = None
    exists: Literal[True] | None = None
    peak: Literal[True] | None = None
    clause: Code


class Distribution(Record):
    over: Literal["rater", "tree"] = "rater"
    small_under: Annotated[int, Field(ge=1, le=100), WHOLE]
    small_clause: Code
    rows: Annotated[list[DistributionRow], Field(min_length=1, max_length=50)]


class LatenessBand(Record):
    from_: Annotated[int, Field(ge=0, le=1440), WHOLE] = Field(alias="from")
    label: Name
    percent: Q


class Lateness(Record):
    clause: Code
    bands: Annotated[list[LatenessBand], Field(min_length=1, max_length=20)]
    absent_percent: Q


class AbsenceStep(Record):
    from_: Annotated[int, Field(ge=1, le=366), WHOLE] = Field(alias="from")
    label: Name


class Absence(Record):
    clause: Code
    steps: Annotated[list[AbsenceStep], Field(min_length=1, max_length=20)]
    consecutive: AbsenceStep


class AngkaKredit(Record):
    clause: Code
    percent: dict[Predikat, Q]
    coefficient: dict[Code, Q]


class Parts(Record):
    skp: Hundred
    perilaku: Hundred
    clause: Code


class BehaviourParts(Record):
    rater: Hundred
    others: Hundred
    clause: Code


class Points(Record):
    below: Q
    meets: Q
    above: Q
    clause: Code


class CategoryRow(Record):
    from_: Q = Field(alias="from")
    label: Code
    idea: bool = False


class Categories(Record):
    clause: Code
    rows: Annotated[list[CategoryRow], Field(min_length=1, max_length=10)]


class Pp30(Record):
    """The view of PP 30/2019."""

    enabled: bool
    without: Parts
    with_: Parts = Field(alias="with")
    behaviour: BehaviourParts
    points: Points
    categories: Categories


class Policy(Record):
    """A whole policy; *policy* and *version* are names for people, its identity is its hash."""

    policy: Code
    version: Annotated[int, Field(ge=1, le=9999), WHOLE]
    name: Name
    clauses: Annotated[list[Clause], Field(min_length=1, max_length=200)]
    min_coverage: Part = "1/2"
    suggestion: Suggestion
    capaian_levels: CapaianLevels
    indicators: Annotated[list[Indicator], Field(min_length=1, max_length=100)]
    clocks: Clocks
    feedback: Feedback | None = None
    distribution: Distribution | None = None
    lateness: Lateness | None = None
    absence: Absence | None = None
    angka_kredit: AngkaKredit | None = None
    pp30: Pp30 | None = None
