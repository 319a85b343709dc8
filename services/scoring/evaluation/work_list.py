"""What waits for whom: the evaluations of many people, late ones first (the supervisor's and HR's work list)."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from services.scoring.evaluation.cycle import Evaluation, State
from services.scoring.evaluation.proceedings import evaluation_shape
from services.scoring.evaluation.shapes import Shape

_NO_DAY = date.max


class Waiting(NamedTuple):
    """Somebody's evaluation for a period; *unit*: where they last belonged in it."""

    employee: str
    unit: str | None
    evaluation: Evaluation

    @property
    def order(self) -> tuple[bool, date, str]:
        """Late ones first, then by the due day, then by employee; what waits for nobody comes last."""
        act = self.evaluation.act
        return (act is None or not act.late, act.due if act is not None and act.due else _NO_DAY, self.employee)

    @property
    def key(self) -> str:
        """The order as text, by which a page begins after another."""
        is_not_late, due, employee = self.order
        return f"{int(is_not_late)}.{due.isoformat()}.{employee}"

    def shape(self, period: str) -> Shape:
        """Return it as the list has it."""
        said = evaluation_shape(self.evaluation, restated=False)
        predikat = said["predikat"] and said["predikat"]["predikat"]
        kept = {name: said[name] for name in ("state", "evaluator", "act", "document")}
        return {"employee": self.employee, "period": period, "unit": self.unit, **kept, "predikat": predikat}


class Wanted(NamedTuple):
    """Which of them are asked for: in a state, waiting for somebody (a person's id, or *hr*), after a page."""

    state: State | None = None
    who: str | None = None
    hr: bool = False
    after: str | None = None

    def has(self, each: Waiting) -> bool:
        """Say whether an evaluation is asked for."""
        act = each.evaluation.act
        if self.state is not None and each.evaluation.state != self.state:
            return False
        if self.hr and (act is None or act.who is not None or each.evaluation.state == "acknowledged"):
            return False
        return self.who is None or (act is not None and act.who == self.who)


def page(found: Iterable[Waiting], wanted: Wanted, most: int) -> tuple[list[Waiting], str | None]:
    """Return at most so many of those that are asked for, in order, and what the next page begins after."""
    listed = sorted((each for each in found if wanted.has(each)), key=lambda each: each.order)
    rest = [each for each in listed if wanted.after is None or each.key > wanted.after]
    return rest[:most], rest[most - 1].key if len(rest) > most else None
