"""VPC and PCV in words that a clinic lead understands, and as a divided bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from evenhand.reports import marks as m

Ends = Sequence[float | None]
HEIGHT = 64


def in_hundred(share: float) -> str:
    """A share as parts of a hundred: ``1.5``, ``less than 0.1``, ``12``."""
    value = 100 * share
    if 0 < value < 0.1:
        return "less than 0.1"
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def between_said(shares: Mapping[str, Ends], what: str) -> str:
    """The VPC: how much of all differences lies between strata."""
    vpc, low, high = _three(shares["vpc"])
    if vpc is None:
        return "How much lies between groups cannot be said."
    ends = "no upper limit can be given"
    if low is not None and high is not None:
        ends = f"interval {in_hundred(low)} to {in_hundred(high)}"
    tells = (
        "Knowing somebody’s group tells next to nothing about them."
        if vpc < 0.05
        else "Knowing somebody’s group tells that much about them, and no more."
    )
    return (
        f"Of 100 parts of all that differs between clients in {what}, {in_hundred(vpc)} lie "
        f"between groups ({ends}), the rest between people of the same group. {tells}"
    )


def sum_said(shares: Mapping[str, Ends]) -> str:
    """The PCV: how much of that is what the positions add up to."""
    pcv, low, high = _three(shares["pcv"])
    if "vpc_left" not in shares:
        return "One position alone does not add up to anything: there is nothing to divide."
    if pcv is None:
        return "Groups do not differ measurably, so there is nothing to divide."
    if pcv < 0:
        return (
            "The positions, one by one, explain nothing of what lies between groups: more is left "
            "than before."
        )
    ends = ""
    if low is not None and high is not None:
        ends = f" (interval {_percent(low)} to {_percent(high)})"
    return (
        f"Of what lies between groups, {_percent(pcv)}{ends} is what the positions add up to, one "
        f"by one; {_percent(1 - pcv)} is more than their sum, or less."
    )


def is_it_real(shares: Mapping[str, Ends], boundary: bool) -> str:
    """Whether the division can be built on."""
    _, low, high = _three(shares["pcv"])
    left = _three(shares.get("vpc_left", ()))[2]
    more = "" if left is None else f" At most {in_hundred(left)} parts of 100 lie beyond the sum."
    if boundary:
        return f"An estimate at the boundary: no proof that groups are equal.{more}"
    if low is None or high is None:
        return f"No interval was worked out: do not build on the division.{more}"
    if high - low > 0.5:
        return f"Our numbers are too small to divide it: the interval holds most of the bar.{more}"
    return f"Real, as far as numbers go.{more}"


def _three(ends: Ends) -> tuple[float | None, float | None, float | None]:
    first, second, third = [*ends, None, None, None][:3]
    return first, second, third


def _percent(share: float) -> str:
    return f"{100 * max(-1.0, share):.0f} %".replace("-", "−").replace(" ", "\u00a0")


def divided(shares: Mapping[str, Ends], label: str) -> Markup:
    """A bar of what lies between strata: added up, beyond, and the interval of the division."""
    pcv, low, high = _three(shares["pcv"])
    part = 100 * max(0.0, min(1.0, pcv or 0.0))
    marks = [
        m.rect(0, part, 22, 20, "f2"),
        m.rect(part, 100 - part, 22, 20, "fn s3 w15") if part < 100 else "",
        m.text(0, 14, "added up", "fi b"),
        m.text(100, 14, "beyond the sum", "fi b", "end"),
    ]
    if low is not None and high is not None:
        a, b = (100 * max(0.0, min(1.0, x)) for x in (low, high))
        marks.append(m.line(a, b, 54, 54, "si w15"))
        marks += [m.line(x, x, 49, 59, "si w15") for x in (a, b)]
    return m.drawing(HEIGHT, marks, label)
