"""Hybrid logical clocks."""

import pytest

from vauchi_tui.errors import LimitExceeded, Malformed
from vauchi_tui.model.clock import LATEST_MS, ZERO, Hlc, Ticker

DEVICE = bytes(range(16))


def test_ticks_grow_even_when_the_wall_clock_stands_or_goes_back() -> None:
    ticker = Ticker(Hlc(1_000, 5, DEVICE), now_ms=900, device=DEVICE)
    first, second = ticker.tick(), ticker.tick()
    assert Hlc(1_000, 5, DEVICE) < first < second == ticker.last


def test_the_wall_clock_leads_when_it_is_ahead() -> None:
    assert Ticker(ZERO, 5_000, DEVICE).tick() == Hlc(5_000, 0, DEVICE)


def test_a_full_counter_carries_into_the_milliseconds() -> None:
    assert Ticker(Hlc(7, 0xFFFF_FFFF, DEVICE), 0, DEVICE).tick() == Hlc(8, 0, DEVICE)


def test_no_tick_is_one_that_could_not_be_read_again() -> None:
    last = Hlc(LATEST_MS - 1, 0xFFFF_FFFF, bytes(16))
    ticker = Ticker(ZERO, 5_000, DEVICE)
    ticker.merge(last)
    with pytest.raises(LimitExceeded):
        ticker.tick()
    assert ticker.last == last == Hlc.parse(str(ticker.last))


def test_tick_above_another_own_device() -> None:
    other = Hlc(9_000, 3, bytes(16))
    assert Ticker(ZERO, 5_000, DEVICE).tick_above(other) > other


def test_text_keeps_the_order_and_round_trips() -> None:
    clocks = [ZERO, Hlc(1, 0, DEVICE), Hlc(1, 2, bytes(16)), Hlc(1, 2, DEVICE), Hlc(LATEST_MS - 1, 0xFFFF_FFFF, DEVICE)]
    texts = [str(clock) for clock in clocks]
    assert texts == sorted(texts)
    assert [Hlc.parse(text) for text in texts] == clocks


@pytest.mark.parametrize("text", ["", "1-2-3", str(Hlc(LATEST_MS, 0, DEVICE)), str(ZERO).upper() + "x", str(ZERO)[:-1]])
def test_clocks_that_are_malformed_or_beyond_2200_are_refused(text: str) -> None:
    with pytest.raises(Malformed):
        Hlc.parse(text)
