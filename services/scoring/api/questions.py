"""What the read API may be asked for: the parameters of its queries."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from schemas.fields import Day, Moment, Period, Sha256
from services.scoring.api.shapes import Granularity
from services.scoring.evaluation import periods
from services.scoring.evaluation.cycle import State
from services.scoring.evaluation.work_list import Wanted
from services.scoring.exports.sheets import Format
from services.scoring.reading.answers import Question
from services.scoring.reading.exports import Purpose
from services.scoring.reading.scorecards import CardQuestion
from services.scoring.reading.work_lists import WorkQuestion

HR = "*hr"
"""Who acts where nobody is charged; no id of an employee."""
UNIT = r"^([*]|[A-Za-z0-9._-]{1,64})$"
WHO = r"^([*]hr|[A-Za-z0-9._-]{1,64})$"


def _plus_sign(value: Any) -> Any:
    """Mend an offset's plus sign that was not percent-encoded, as in a curl line typed by hand."""
    return value.replace(" ", "+") if isinstance(value, str) else value


AtLeast = Annotated[str | None, Field(description="Wait for positions first: events/3:120,directory/0:5.")]
KnownAt = Annotated[Moment | None, BeforeValidator(_plus_sign), Field(description="As known at this moment.")]


class _Query(BaseModel):
    model_config = ConfigDict(frozen=True)


class AskedUnits(_Query):
    """The tree of a day."""

    at_least: AtLeast = None
    on: Annotated[Day | None, Field(description="Default: today in Jakarta.")] = None


class AskedPolicy(_Query):
    """A policy of a hash."""

    at_least: AtLeast = None


class AskedGiven(_Query):
    """A receipt that was given."""

    at_least: AtLeast = None


class AskedPolicies(AskedPolicy):
    """Policies now, or as known at a moment."""

    known_at: KnownAt = None


class AskedEvents(_Query):
    """Days of a subject, both ends included."""

    at_least: AtLeast = None
    first: Annotated[Day, Field(alias="from", description="First day.")]
    last: Annotated[Day, Field(alias="to", description="Last day, included.")]

    @property
    def question(self) -> Question:
        """The days asked for."""
        return Question(self.first, self.last)


class Asked(AskedEvents):
    """Measures over days, or as they were known at a moment."""

    granularity: Annotated[Granularity | None, Field(description="`day`: one entry for every day too.")] = None
    known_at: KnownAt = None

    @property
    def question(self) -> Question:
        """What is asked for."""
        return Question(self.first, self.last, self.granularity == "day", self.known_at)


class AskedExport(_Query):
    """A file about a tree of units and a period."""

    at_least: AtLeast = None
    period: Annotated[Period, Field(description="A month 2026-11, a quarter 2026-Q4 or a year 2026.")]
    unit: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="The unit at the top of the tree.")]
    format: Annotated[Format, Field(description="What the file is.")] = "csv"
    purpose: Annotated[Purpose, Field(description="Why; kept with who asks. `reporting`: to the national system.")]


class AskedReceipt(_Query):
    """The receipt of a card for a period."""

    at_least: AtLeast = None
    period: Annotated[Period, Field(description="A month 2026-11, a quarter 2026-Q4 or a year 2026.")]
    known_at: KnownAt = None

    @property
    def question(self) -> CardQuestion:
        """What is asked for."""
        return CardQuestion(periods.Period.of(self.period), known_at=self.known_at)


class AskedCard(AskedReceipt):
    """The card of a unit for a period."""

    policy: Annotated[Sha256 | None, Field(description="Under this policy, whatever is in force.")] = None

    @property
    def question(self) -> CardQuestion:
        """What is asked for."""
        return CardQuestion(periods.Period.of(self.period), None, self.policy, self.known_at)


class AskedPersonsCard(AskedCard):
    """The card of a person for a period, or for one segment of it."""

    segment: Annotated[int | None, Field(ge=1, le=366, description="One stay in a unit alone, from 1.")] = None

    @property
    def question(self) -> CardQuestion:
        """What is asked for."""
        return CardQuestion(periods.Period.of(self.period), self.segment, self.policy, self.known_at)


class AskedEvaluations(_Query):
    """A page of the evaluations of a period."""

    at_least: AtLeast = None
    period: Annotated[Period, Field(description="A month 2026-11, a quarter 2026-Q4 or a year 2026.")]
    unit: Annotated[str | None, Field(pattern=UNIT, description="With all below it; * is every unit.")] = None
    who: Annotated[str | None, Field(pattern=WHO, description="Who has to act; *hr: where nobody is charged.")] = None
    state: Annotated[State | None, Field(description="In this state only.")] = None
    after: Annotated[str | None, Field(max_length=128, description="`next` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=1_000, description="Most evaluations on a page.")] = 100

    @property
    def question(self) -> WorkQuestion:
        """What is asked for."""
        by_hr = self.who == HR
        wanted = Wanted(self.state, None if by_hr else self.who, by_hr, self.after)
        return WorkQuestion(periods.Period.of(self.period), self.unit, wanted, self.limit)
