"""Standing over several axes, and the advantage of one person over another.

People expect more of whom their society ranks higher, and give them more room: each axis is a
path, or two, from a person to the task, and a longer path counts for less. Positive and negative
paths are combined apart, so that a second reason of the same kind adds less than the first.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, prod

GROWTH = 2.618
DIFFUSE_PATHS = (4, 5)
"""An axis that nobody has tied to the task reaches it by a path of four steps and one of five."""

ROLE_PATH = 4
"""The therapist's role: one path of four steps, for the therapist and against the client."""


def path_strength(length: int) -> float:
    """How much a path of a length counts: .632, .318, .136, .054 for 2, 3, 4, 5.

    Source: Berger, Fişek, Norman & Zelditch 1977; the formula 1 − exp(−2.618^(2 − length)) is
    that of Fişek, Norman & Nelson-Kilger 1992, J Math Sociol 16:283–303.
    """
    return 1 - exp(-(GROWTH ** (2 - length)))


def axis_strength() -> float:
    """How much one axis counts between its two ends: its two paths together, .183."""
    return 1 - prod(1 - path_strength(length) for length in DIFFUSE_PATHS)


def expectation(standings: Iterable[float], role: int = 0) -> float:
    """A person's expectation advantage over axes, graded by standing.

    Args:
        standings: one a known axis, −1 to 1; an axis that is not known is left out.
        role: +1 for the therapist's role, −1 for the client's, 0 for neither.

    Returns:
        e in −1…1: what speaks for the person less what speaks against.
    """
    known = list(standings)
    strength = axis_strength()
    up = prod(1 - strength * s for s in known if s > 0)
    down = prod(1 - strength * -s for s in known if s < 0)
    by_role = 1 - path_strength(ROLE_PATH)
    up, down = up * (by_role if role > 0 else 1), down * (by_role if role < 0 else 1)
    return (1 - up) - (1 - down)


def advantage(gaps: Iterable[float], *, role: bool = True) -> float:
    """The therapist's advantage over the client: e of the one less e of the other.

    Args:
        gaps: half the difference of standing on each axis, therapist − client, −1 to 1. Where
            both stand alike the axis does not tell them apart, and counts for nothing.
        role: whether the therapist's role counts as one path more.

    Returns:
        e_T − e_C in −2…2. The two mirror each other, so it is twice the therapist's.
    """
    return 2 * expectation(gaps, role=1 if role else 0)
