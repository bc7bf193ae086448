"""The answer beside every figure of a mirror page: is it real, or are our numbers small?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenhand.reports.mirror_view import is_clear
from evenhand.reports.numbers import THIN

SHOWS = 2.80
"""Standard errors of a difference that would show in four of five such studies (1.96 + .84)."""
Z = 1.96
REAL = "real"
LARGEST = float(np.log(1_000))
"""Log ratios beyond which no number is printed: nobody knows them so well."""


def answer(
    ends: Sequence[float | None], *, odds: bool, q: float | None = None, family: int = 0
) -> str:
    """A few words.

    Args:
        ends: an estimate and its 95 % interval, in standard deviations or as a log ratio.
        odds: whether it is a log ratio.
        q: the false discovery rate at which it would be named among its family.
        family: how many comparisons the family has.
    """
    _, low, high = ends
    if low is None or high is None:
        return "no interval: do not build on it"
    if is_clear(ends, q):
        return REAL
    if is_clear(ends):
        return f"could be chance, among {family} comparisons"
    return f"not clear; our numbers show {_least(low, high, odds)} or more"


def _least(low: float, high: float, odds: bool) -> str:
    """How large a difference would have to be to show reliably in numbers like these."""
    least = SHOWS * (high - low) / (2 * Z)
    return f"×{ratio(least)}" if odds else f"{sized(least)} SD"


def ratio(log: float) -> str:
    """A ratio from its logarithm: ``0.70``, ``14.5``, ``over 1,000``, ``under 0.01``."""
    if log > LARGEST:
        return "over 1,000"
    value = float(np.exp(log))
    if value < 0.005:
        return "under 0.01"
    return f"{value:.2f}" if value < 9.995 else f"{value:.1f}" if value < 99.95 else f"{value:,.0f}"


def sized(value: float) -> str:
    """A size without a sign: ``.24``, ``1.20``."""
    text = f"{abs(value):.2f}"
    return text.removeprefix("0") if text != "0.00" else ".00"


def signed(value: float) -> str:
    """A difference with its sign and two decimals."""
    text = sized(value)
    if text == ".00":
        return text
    return f"{'−' if value < 0 else '+'}{text}"


def told(ends: Sequence[float | None], *, odds: bool) -> str:
    """An estimate with its interval: ``+.32 [+.21, +.43]``, or ratios ``×0.70 [0.51, 0.95]``."""
    numbers = [one for one in ends if one is not None]
    if not numbers:
        return "not given"
    words = [ratio(x) if odds else signed(x) for x in numbers]
    words[0] = f"×{words[0]}" if odds else words[0]
    return words[0] if len(words) < 3 else f"{words[0]} [{words[1]},{THIN}{words[2]}]"
