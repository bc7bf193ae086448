"""``[mirror]`` of study.toml: what was declared before looking, and so what many tests say."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evenhand.core.discovery import discover
from evenhand.core.errors import EvenhandError
from evenhand.models.mirror_evidence import benjamini_hochberg, is_equivalent
from evenhand.positions import all_axes

if TYPE_CHECKING:
    from evenhand.runs._mirror_path import Paths
    from evenhand.runs._mirror_room import Room
    from evenhand.runs._mirror_treated import Treated

Row = dict[str, Any]

KEYS = ("primary", "margin", "treatment_margin", "strata")
"""What ``[mirror]`` of study.toml may hold."""
WHERE = ("within", "between")
"""The two coefficients of an outcome: within caseloads, which is meant where none is named."""
OVERALL = "all axes"
"""Standing over all ranked axes together, by expectation states."""
OUTCOMES = {"alliance": "alliance", "leaving": "drop-out"}
"""Outcomes that no instrument names, and what findings call them."""
FORMS = (
    'Write primary = {indicator = "room_tilt", axis = "gender"}, or primary = {outcome = '
    '"alliance", axis = "gender"}; an outcome may add where = "between".'
)


@dataclass(frozen=True)
class Primary:
    """The one coefficient that counts.

    Args:
        name: an indicator, or an outcome as findings call it.
        axis: of positions.
        where: for an outcome, ``within`` or ``between`` caseloads; "" for an indicator, whose
            mirror coefficient is meant.
    """

    name: str
    axis: str
    where: str = ""

    @property
    def indicator(self) -> str | None:
        """The indicator, where it is one."""
        return None if self.where else self.name

    def among(self, room: Iterable[Row], treatment: Iterable[Row]) -> Row | None:
        """Its row among the findings, marked as the primary one; None where there is none."""
        rows, key = (treatment, "outcome") if self.where else (room, "indicator")
        for row in rows:
            if (row[key], row["axis"]) == (self.name, self.axis):
                row["primary"] = self.where or "mirror"
                return row
        return None

    def missing(self) -> Row:
        """The refusal where it could not be fitted."""
        return {
            "what": f"primary: {self.name}",
            "axis": self.axis,
            "why": "The coefficient that study.toml calls primary could not be fitted.",
            "remedy": "See its own line here; do not choose another now that you have looked.",
        }


@dataclass(frozen=True)
class Plan:
    """What was declared before looking.

    Args:
        primary: the one primary coefficient.
        margin: the largest log rate ratio that the study calls no difference.
        strata: axes whose meeting is looked at.
        treatment_margin: as `margin`, in standard deviations of alliance and outcome.
    """

    primary: Primary | None = None
    margin: float | None = None
    strata: tuple[str, ...] = ()
    treatment_margin: float | None = None


def read_plan(config: Mapping[str, Any], instruments: Collection[str] | None = None) -> Plan:
    """``[mirror]``: ``primary``, ``margin``, ``treatment_margin``, ``strata``.

    Args:
        config: study.toml.
        instruments: outcome questionnaires that the study may name; None: any name will do.

    Raises:
        EvenhandError: a key or a value that cannot be used.
    """
    given = config.get("mirror", {})
    if not isinstance(given, dict) or set(given) - set(KEYS):
        raise _bad("[mirror] holds a key that is not read.", f"Keys: {', '.join(KEYS)}.")
    strata = given.get("strata")
    margin, treated = (_margin(given, name) for name in ("margin", "treatment_margin"))
    if strata is not None and (not isinstance(strata, list) or set(strata) - set(all_axes())):
        raise _bad("strata is no list of axes.", 'Write strata = ["gender", "ethnicity"].')
    primary = _read_primary(given["primary"], instruments) if "primary" in given else None
    return Plan(primary, margin, tuple(strata or ()), treated)


def _read_primary(given: Any, instruments: Collection[str] | None) -> Primary:
    keys = set(given) if isinstance(given, dict) else set()
    of_room, of_treatment = keys == {"indicator", "axis"}, keys - {"where"} == {"outcome", "axis"}
    if not (of_room or of_treatment) or not all(isinstance(one, str) for one in given.values()):
        raise _bad("primary names no indicator and axis, and no outcome and axis.", FORMS)
    _one_of(given["axis"], {*all_axes(), OVERALL}, "axis")
    if of_room:
        _one_of(given["indicator"], discover("indicator"), "indicator")
        return Primary(given["indicator"], given["axis"])
    where, name = given.get("where", WHERE[0]), given["outcome"]
    _one_of(where, WHERE, "where")
    if name in OUTCOMES.values():
        return Primary(name, given["axis"], where)
    if name not in OUTCOMES and instruments is not None:
        _one_of(name, {*OUTCOMES, *instruments}, "outcome")
    return Primary(OUTCOMES.get(name, f"outcome {name}"), given["axis"], where)


def _one_of(given: str, known: Collection[str], what: str) -> None:
    if given not in known:
        names = ", ".join(sorted(known))
        raise _bad(f"primary: the {what} {given!r} is not known.", f"Name one of: {names}.")


def _margin(given: Mapping[str, Any], name: str) -> float | None:
    margin = given.get(name)
    if margin is not None and (type(margin) not in (int, float) or margin <= 0):
        raise _bad(f"{name} is no number above 0.", f"Write {name} = 0.1.")
    return margin


def _bad(what: str, remedy: str) -> EvenhandError:
    return EvenhandError(what, "study.toml, [mirror]", remedy)


def count_families(
    room: Room, treated: Treated, paths: Paths, plan: Plan, strata: Iterable[Row] = ()
) -> None:
    """False discovery rates, a family of secondary comparisons each, and nulls that hold.

    The primary coefficient, whose row is marked, stands outside of its family.
    """
    _q_values(room.mirror, "mirror")
    _q_values(room.differences, "within")
    _q_values(treated.treatment, "within")
    _q_values(treated.treatment, "between", "q_between")
    _q_values(treated.gaps)
    _q_values(paths.found)
    meetings = list(strata)
    _q_values(meetings)
    _q_values([row for row in meetings if row["p_beyond"] is not None], p="p_beyond", q="q_beyond")
    for row in room.differences:
        row["no_difference"] = _no_difference(row["within"], plan.margin)
    for row in treated.treatment:
        margin = plan.treatment_margin if row["family"] == "gaussian" else None
        row["no_difference"] = _no_difference(row["within"], margin)


def _q_values(rows: Iterable[Row], of: str = "", q: str = "q", p: str = "p") -> None:
    """Benjamini–Hochberg within a family: of a coefficient, or of the row's own test."""
    family = [row for row in rows if not of or row.get("primary") != of]
    tests = [row[of][p] if of else row[p] for row in family]
    for row, value in zip(family, benjamini_hochberg(tests), strict=True):
        row[q] = value


def _no_difference(found: Row, margin: float | None) -> bool | None:
    """Whether no difference may be claimed; None where the study declares no margin."""
    return None if margin is None else is_equivalent(found["low90"], found["high90"], margin)
