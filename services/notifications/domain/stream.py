"""One stream: what is settled of it, and the four weeks behind its last closed day that may still be corrected.

The window is 28 calendar days, which are twenty working days of a five-day week. It is counted in days of the calendar
and not in days with data, so that a late fact never moves the window's edge: whatever the order in which the facts of
the window arrive, the stream is the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from services.notifications.domain.arithmetic import MICRO
from services.notifications.domain.baseline import History, chance
from services.notifications.domain.evidence import NO_FACT, Day, Fact, Run, step
from services.notifications.domain.indicators import Indicator
from services.notifications.domain.threshold import FIRST, Load, threshold_of

WINDOW_DAYS = 28


@dataclass(frozen=True, slots=True)
class Rules:
    """
    What holds for a stream beside its own facts: its kind, its false-alarm budget, how alike its siblings are.

    *budget* = false alarms per stream-year. *strength* = failures that the siblings' level weighs in the own history.
    *trust_ppm* by age in days: the share of failures of that age that will still stand once settled; beyond it, all.
    """

    indicator: Indicator
    budget: Decimal = Decimal("0.25")
    strength: int = 20
    trust_ppm: tuple[int, ...] = ()

    def trust(self, age_days: int) -> int:
        """The share of failures *age_days* old that will still stand, in millionths."""
        return self.trust_ppm[age_days] if age_days < len(self.trust_ppm) else MICRO


@dataclass(frozen=True, slots=True)
class Stream:
    """The settled part (*checkpoint*, *history*, *load*), the *threshold* of the month, and the days of the window."""

    checkpoint: Run = field(default_factory=Run)
    history: History = field(default_factory=History)
    load: Load = field(default_factory=Load)
    threshold: int = FIRST
    window: tuple[Day, ...] = ()

    @property
    def last_day(self) -> date | None:
        """The latest closed day, None before the first."""
        return self.window[-1].on if self.window else None


def take(stream: Stream, rules: Rules, on: date, fact: Fact) -> Stream:
    """
    *stream* knowing *fact* of the closed day *on*: the next day, a day closed late, or one corrected.

    Days passed over stay in the window as days without a fact. A day older than the window changes nothing.
    """
    if stream.last_day is None:
        return _opened(stream, rules, on, fact)
    if on <= stream.last_day:
        return _corrected(_reaching(stream, rules, on), on, fact)
    while (last := stream.last_day) is not None and last < on - timedelta(days=1):
        stream = _opened(stream, rules, last + timedelta(days=1), NO_FACT)
    return _opened(stream, rules, on, fact)


def runs(stream: Stream, rules: Rules) -> Iterator[Run]:
    """The run after each day of the window, oldest first, begun at the checkpoint."""
    run, last = stream.checkpoint, stream.last_day
    for day in stream.window:
        age = (last - day.on).days if last else 0
        run = step(run, day, rules.indicator, rules.trust(age))
        yield run


def _reaching(stream: Stream, rules: Rules, on: date) -> Stream:
    """Lets a young stream, of which nothing has settled, begin as early as *on* if that is still in the window."""
    first, last = stream.window[0].on, stream.window[-1].on
    if on >= first or (last - on).days >= WINDOW_DAYS:
        return stream
    history = stream.history.with_siblings(rules.strength)
    before = (on + timedelta(days=n) for n in range((first - on).days))
    return replace(stream, window=(*(Day(day, NO_FACT, history, FIRST) for day in before), *stream.window))


def _corrected(stream: Stream, on: date, fact: Fact) -> Stream:
    days = (replace(day, fact=fact) if day.on == on else day for day in stream.window)
    return replace(stream, window=tuple(days))


def _opened(stream: Stream, rules: Rules, on: date, fact: Fact) -> Stream:
    """Settles what leaves the window, then begins the day *on* with what is settled by then."""
    while stream.window and (on - stream.window[0].on).days >= WINDOW_DAYS:
        stream = _settled(stream, rules)
    if on.day == 1:
        stream = replace(stream, threshold=threshold_of(stream.load, rules.indicator.odds, rules.budget))
    day = Day(on, fact, stream.history.with_siblings(rules.strength), stream.threshold)
    return replace(stream, window=(*stream.window, day))


def _settled(stream: Stream, rules: Rules) -> Stream:
    """Moves the oldest day of the window behind the checkpoint; it teaches the history unless a case was open on it."""
    day, window = stream.window[0], stream.window[1:]
    n, level = day.fact.tally.n, day.fact.level_ppm
    run = step(stream.checkpoint, day, rules.indicator)
    history = stream.history
    if n and run.opened is None:
        failures = day.fact.tally.failures * MICRO // rules.indicator.parts
        history = history.taught(failures, n * level)
    load = stream.load
    if day.fact.open:
        load = load.after(n, chance(level, day.history, rules.indicator, n), rules.indicator)
    return replace(stream, checkpoint=run, history=history, load=load, window=window)
