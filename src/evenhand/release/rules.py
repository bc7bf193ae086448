"""The rules of disclosure control, in one frozen object that a clinic may tighten only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from evenhand.core.errors import EvenhandError


@dataclass(frozen=True)
class Rules:
    """What a figure of a group must hold before it may leave.

    Every default is the least that is asked for: `tightened` refuses anything weaker.

    Args:
        clients: clients that a cell needs, its numerator and its complement too.
        therapists: therapists who must stand behind each of them.
        share: the largest part of its clients that one therapist may have.
        nk_n: contributors of the (n, k) rule for sums and means.
        nk_k: the largest part of a sum that these may make up.
        p: the p % rule: the least part of the largest contribution that all but the two
            largest must come to.
        width: no hidden count may be bounded tighter than this.
        base: what published counts are rounded to.
        movers: clients who must have entered or left before a cell moves.
        positions: positions at once, at most.
        clinic_clients: clients below which there is the total or nothing.
        clinic_therapists: therapists below which there is the total or nothing.

    Source: Hundepool et al. 2012, Statistical Disclosure Control, for the kinds of rule.
    """

    clients: int = 10
    therapists: int = 3
    share: float = 0.5
    nk_n: int = 2
    nk_k: float = 0.9
    p: float = 0.1
    width: int = 5
    base: int = 5
    movers: int = 10
    positions: int = 3
    clinic_clients: int = 60
    clinic_therapists: int = 5

    def __post_init__(self) -> None:
        """Refuse a set of rules that is weaker than the defaults anywhere."""
        for field in fields(self):
            _compare(field.name, getattr(self, field.name), field.default)

    def too_small(self, clients: int, therapists: int) -> bool:
        """Whether so few people are a clinic of which there is the total or nothing."""
        return clients < self.clinic_clients or therapists < self.clinic_therapists


LOWER_IS_TIGHTER = frozenset({"share", "nk_k", "positions"})
"""Limits from above; all others are limits from below."""

WHOLE = frozenset(f.name for f in fields(Rules)) - {"share", "nk_k", "p"}
"""Rules that are whole numbers."""


def _compare(name: str, given: Any, least: Any) -> None:
    kinds = (int,) if name in WHOLE else (int, float)
    if isinstance(given, bool) or not isinstance(given, kinds) or given <= 0:
        raise EvenhandError(
            f"{name} must be a {'whole ' if name in WHOLE else ''}number above 0.",
            f"study.toml, release.rules.{name}",
            f"Write {name} = {least}, or leave it out.",
        )
    looser = given > least if name in LOWER_IS_TIGHTER else given < least
    if looser:
        raise EvenhandError(
            f"{name} may be made tighter than {least}, never looser.",
            f"study.toml, release.rules.{name}",
            f"Write {least} or {'less' if name in LOWER_IS_TIGHTER else 'more'}, or leave it out.",
        )


RULES = Rules()
"""The rules as they stand unless a clinic tightens them."""


def tightened(given: Mapping[str, Any]) -> Rules:
    """The rules with a clinic's own, tighter numbers.

    Args:
        given: the table ``[release.rules]`` of study.toml.

    Raises:
        EvenhandError: a name that is no rule, or a number that would loosen one.
    """
    known = {f.name for f in fields(Rules)}
    for name in given:
        if name not in known:
            raise EvenhandError(
                f"{name} is no rule of disclosure control.",
                f"study.toml, release.rules.{name}",
                f"The rules are: {', '.join(sorted(known))}.",
            )
    return replace(RULES, **given)
