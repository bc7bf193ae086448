from __future__ import annotations

import pytest

from evenhand.core.wording import listed
from evenhand.reports.numbers import amount, clock, day, duration, in_words, plural, signed


@pytest.mark.parametrize(
    ("tilt", "said"),
    [(0.611, "+.61"), (-0.07, "−.07"), (0.001, ".00"), (-0.004, ".00"), (1.0, "+1.00")],
)
def test_a_tilt_is_written_with_its_sign(tilt: float, said: str) -> None:
    assert signed(tilt) == said


def test_times_read_as_on_a_clock() -> None:
    assert [clock(s) for s in (0, 59.9, 2212, 3725)] == ["0:00", "0:59", "36:52", "1:02:05"]
    assert duration(1421) == "23\u00a0min 41\u00a0s"
    assert duration(9) == "9\u00a0s"


def test_a_date_is_read_out_and_anything_else_is_left() -> None:
    assert day("2025-05-13") == "13 May 2025"
    assert day("2025-05-13T10:00", brief=True) == "13 May"
    assert day("week 3") == "week 3"


def test_small_numbers_are_words_and_lists_end_in_and() -> None:
    assert in_words(3) == "three"
    assert in_words(1234) == "1,234"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a"]) == "a"
    assert plural(1, "turn") == "1\u00a0turn"


def test_rates_carry_no_false_precision() -> None:
    assert [amount(v) for v in (0, 0.1234, 3.456, 27.4, 1204)] == [
        "0",
        "0.12",
        "3.5",
        "27",
        "1,204",
    ]
