"""How long a process that has ended waits before it is started again."""

from services.local.backoff import HEALTHY_AFTER_S, Backoff


def delays(*healthy_s: float) -> list[float]:
    state, found = Backoff(), []
    for seconds in healthy_s:
        state = state.after(seconds)
        found.append(state.delay_s)
    return found


def test_restarts_at_once_and_then_ever_later() -> None:
    """The first restart is immediate, the next after half a second, doubling up to ten."""
    assert delays(0, 0, 0, 0, 0, 0, 0, 0) == [0, 0.5, 1, 2, 4, 8, 10, 10]


def test_a_healthy_run_clears_the_past() -> None:
    """After 30 s of health an end counts as the first one again; just short of that it does not."""
    assert delays(0, 0, 0, HEALTHY_AFTER_S, 0) == [0, 0.5, 1, 0, 0.5]
    assert delays(0, 0, 0, HEALTHY_AFTER_S - 0.001) == [0, 0.5, 1, 2]


def test_ten_thousand_ends_still_give_a_number() -> None:
    """The delay stays at its limit however long a process keeps ending."""
    assert Backoff(10_000).delay_s == 10
