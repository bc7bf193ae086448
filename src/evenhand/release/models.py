"""Figures of fitted models that may leave: fixed effects, variances, shares, strata that pass.

Models are fitted inside, on any declared axes. What leaves are fixed effects, variances and
shares, rounded, and strata that pass rule 1; all other strata are "n small strata". Effects of
therapists, residuals and extremes have no place in the types here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from typing import Any, Final

import numpy as np
import polars as pl

from evenhand.core.errors import EvenhandError, Exit
from evenhand.release.ledger import Ledger
from evenhand.release.model_rules import (
    comparison_passes,
    moved_enough,
    strata_that_pass,
)
from evenhand.release.rounding import rounded
from evenhand.release.rules import Rules

_SEAL: Final = object()
"""Held by `_sealed` alone."""

DECIMALS, DECIMALS_OF_SHARES = 2, 3
"""To how much a figure of a model is rounded before it leaves."""

Ends = Sequence[float | None]
"""An estimate and the ends of its 95 % interval; null where there is none."""


@dataclass(frozen=True)
class Offer:
    """A fitted model that asks to leave.

    Args:
        key: its name, the same in every quarter.
        who: a row a client and therapist: client_id, therapist_id, ``y`` (the client's own
            number, or null), and for each comparison a column ``side…`` of true and false; with
            strata also ``stratum``.
        effects: fixed effects and spreads, with their ends.
        shares: shares, ratios and variances, with their ends.
        told: words that belong to it; no figure.
        yes_no: whether ``y`` is yes or no.
        strata: ``stratum`` and columns of numbers.
    """

    key: str
    who: pl.DataFrame
    effects: Mapping[str, Ends] = field(default_factory=dict)
    shares: Mapping[str, Ends] = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=dict)
    yes_no: bool = False
    strata: pl.DataFrame | None = None


@dataclass(frozen=True)
class ReleasedModel:
    """A model whose figures may leave; a page takes figures of models as nothing else.

    It cannot be made by hand: `release_models` makes it.

    Args:
        key, told: as offered.
        withheld: nothing of it is shown, whatever the reason.
        effects, shares: as offered, rounded; empty where it is withheld.
        clients, therapists: who was counted, rounded.
        strata: a row a stratum that passed: ``stratum``, ``n`` and the offered numbers, rounded.
        small: how many strata are not shown.
        as_of: the quarter that it speaks of.
    """

    key: str
    told: Mapping[str, Any]
    withheld: bool
    effects: Mapping[str, Ends]
    shares: Mapping[str, Ends]
    clients: int
    therapists: int
    strata: Sequence[Mapping[str, Any]]
    small: int
    as_of: str
    sealed: InitVar[object] = None

    def __post_init__(self, sealed: object) -> None:
        """Refuse a model that no release has made, a changed copy of one too."""
        if sealed is not _SEAL:
            raise EvenhandError(
                "A model of a group can only leave by a release.",
                "ReleasedModel",
                "Use evenhand mirror STUDY --out DIR.",
                Exit.USAGE,
            )


def release_models(
    offers: Sequence[Offer],
    facts: pl.DataFrame,
    ledger: Ledger,
    rules: Rules,
    *,
    label: str,
    settings: str,
    counted: Mapping[str, int],
) -> list[ReleasedModel]:
    """Release models together: the standing ones, until enough clients have come, left or changed.

    Args:
        offers: all models of one page.
        facts: a row a client and therapist: client_id, therapist_id, and ``told``, all of the
            client that any model could depend on.
        ledger: the study's open ledger, which records them before they are returned.
        rules: the study's rules.
        label: the quarter.
        settings: what the models depend on besides the data; other settings on data that moved a
            little are withheld.
        counted: strata whose count the engine has released, and the count as released.

    Raises:
        EvenhandError: the ledger cannot be written.
    """
    if is_small(facts, rules):
        return [_sealed(offer, label, shown=False) for offer in offers]
    people = _fingerprints(facts, ledger)
    earlier = [one["models"] for one in ledger.entries if "models" in one]
    moves = [moved_enough(one["people"], people, rules) for one in earlier]
    standing = next((one for one in reversed(earlier) if one["settings"] == settings), None)
    at = max((n for n, one in enumerate(earlier) if one is standing), default=-1)
    if standing is not None and (moves[at] is None or not all(m for m in moves if m is not None)):
        return [_restored(one) for one in standing["shown"]]
    if any(move is False for move in moves):
        return [_sealed(offer, label, shown=False) for offer in offers]
    found = _decided(offers, rules, label, counted)
    shown = {"settings": settings, "people": people, "shown": [_record(one) for one in found]}
    ledger.append({"snapshot": label, "dims": [], "people": None, "margins": [], "models": shown})
    return found


def _decided(
    offers: Iterable[Offer], rules: Rules, label: str, counted: Mapping[str, int]
) -> list[ReleasedModel]:
    """Each offer by rule 1; models of the same people are looked at once."""
    seen: dict[tuple[int, bool], bool] = {}
    found = []
    for offer in offers:
        key = (id(offer.who), offer.yes_no)
        if key not in seen:
            seen[key] = comparison_passes(offer.who, rules, yes_no=offer.yes_no)
        names = None
        if seen[key] and offer.strata is not None:
            names = strata_that_pass(offer.who, counted, rules, yes_no=offer.yes_no)
        found.append(_sealed(offer, label, seen[key], names, counted, rules.base))
    return found


def _sealed(
    offer: Offer,
    label: str,
    shown: bool,
    names: Sequence[str] | None = None,
    counted: Mapping[str, int] | None = None,
    base: int = 5,
) -> ReleasedModel:
    if not shown:
        return ReleasedModel(offer.key, offer.told, True, {}, {}, 0, 0, (), 0, label, _SEAL)
    people = [offer.who[c].n_unique() for c in ("client_id", "therapist_id")]
    clients, therapists = (int(n) for n in rounded(np.array(people), base))
    strata: list[dict[str, Any]] = []
    if names is not None and offer.strata is not None:
        for row in offer.strata.filter(pl.col("stratum").is_in(names)).to_dicts():
            numbers = {k: _round(v, DECIMALS) for k, v in row.items() if k != "stratum"}
            strata.append(
                {"stratum": row["stratum"], "n": (counted or {})[row["stratum"]]} | numbers
            )
    every = 0 if offer.strata is None else offer.strata.height
    return ReleasedModel(
        key=offer.key,
        told=offer.told,
        withheld=False,
        effects={k: [_round(v, DECIMALS) for v in ends] for k, ends in offer.effects.items()},
        shares={
            k: [_round(v, DECIMALS_OF_SHARES) for v in ends] for k, ends in offer.shares.items()
        },
        clients=clients,
        therapists=therapists,
        strata=strata,
        small=every - len(strata),
        as_of=label,
        sealed=_SEAL,
    )


def _round(value: Any, decimals: int) -> float | None:
    if value is None or not np.isfinite(value):
        return None
    return round(float(value), decimals) + 0.0


FIELDS = ("key", "told", "withheld", "effects", "shares", "clients", "therapists", "strata")


def _record(one: ReleasedModel) -> dict[str, Any]:
    """As the ledger holds it."""
    held = {name: getattr(one, name) for name in (*FIELDS, "small", "as_of")}
    told: dict[str, Any] = json.loads(json.dumps(held, ensure_ascii=False))
    return told


def _restored(held: Mapping[str, Any]) -> ReleasedModel:
    return ReleasedModel(**held, sealed=_SEAL)


def _fingerprints(facts: pl.DataFrame, ledger: Ledger) -> dict[str, list[str]]:
    """Client's tag to a therapist's tag and to a seal of all that is known of the client."""
    together = (
        facts.group_by("client_id")
        .agg(pl.col("therapist_id").min(), pl.col("told").sort().str.join("|"))
        .sort("client_id")
    )
    return {
        ledger.tag(client): [ledger.tag(therapist), ledger.tag(f"told:{told}")[:12]]
        for client, therapist, told in together.iter_rows()
    }


def is_small(facts: pl.DataFrame, rules: Rules) -> bool:
    """Whether a clinic is too small for figures of groups."""
    return rules.too_small(facts["client_id"].n_unique(), facts["therapist_id"].n_unique())
