"""A made-up mirror page: offers with known numbers, released as a study's would be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from evenhand.release.ledger import open_ledger
from evenhand.release.mirror import MirrorRelease
from evenhand.release.models import Offer, release_models
from evenhand.release.released import seal
from evenhand.release.rules import RULES
from evenhand.reports.mirror_view import MirrorView, Refused

STRATA = {"women × lowest third": 40, "men × highest third": 30, "others × middle third": 4}
CLEAR, UNCLEAR = (0.3, 0.1, 0.5), (0.1, -0.2, 0.4)


def people(small: int = 40) -> pl.DataFrame:
    """120 clients of six therapists, `small` of them on one side."""
    n = np.arange(120)
    strata = [name for name, k in STRATA.items() for _ in range(k)]
    strata += ["women × lowest third"] * (120 - len(strata))
    return pl.DataFrame(
        {
            "client_id": [f"c{i}" for i in n],
            "therapist_id": [f"t{i % 6}" for i in n],
            "y": (n // 6 % 2).astype(float),
            "side_c": n < small,
            "stratum": strata,
        }
    )


def treatment(outcome: str, axis: str, who: pl.DataFrame, **ends: Sequence[float]) -> Offer:
    """One outcome on one axis."""
    title = "Leaving before the planned end" if outcome == "drop-out" else outcome
    told = {"outcome": outcome, "title": title, "axis": axis, "step": "", "family": "gaussian"}
    told["family"] = "logit" if outcome == "drop-out" else "gaussian"
    effects = {"within": CLEAR, "between": UNCLEAR} | ends
    return Offer(f"treatment/{outcome}/{axis}", who, effects, {"q": (0.01,)}, told, yes_no=True)


def room(indicator: str, word: str, who: pl.DataFrame, q: float = 0.01) -> Offer:
    """One indicator by the ladder."""
    told: dict[str, Any] = {"indicator": indicator, "title": indicator, "axis": "ladder"}
    told |= {"word": word, "no_difference": None, "kind": "events", "primary": False}
    effects = {"mirror": CLEAR, "beta_t": CLEAR, "beta_c": (-0.3, -0.5, -0.1), "both": UNCLEAR}
    return Offer(f"room/{indicator}/ladder", who, effects, {"q": (q,)}, told)


def strata(outcome: str, who: pl.DataFrame) -> Offer:
    """VPC, PCV and three strata of one outcome."""
    numbers = {"total": 0.2, "total_low": 0.05, "total_high": 0.35, "parts": 0.15}
    numbers |= {"beyond": 0.05, "beyond_low": -0.1, "beyond_high": 0.2}
    frame = pl.DataFrame({"stratum": list(STRATA)}).with_columns(
        pl.lit(value).alias(name) for name, value in numbers.items()
    )
    told = {"outcome": outcome, "title": outcome, "axes": ["gender", "ladder"]}
    told |= {"family": "gaussian", "method": "reml", "boundary": False}
    shares = {"vpc": (0.041, 0.02, 0.08), "pcv": (0.81, 0.52, 0.96), "vpc_left": (0.01, 0.0, 0.02)}
    return Offer(f"strata/{outcome}", who, shares=shares, told=told, yes_no=True, strata=frame)


def items(who: pl.DataFrame, *differ: str, axis: str = "gender") -> Offer:
    """Three questions by two groups, some of them answered otherwise."""
    effects = {f"{key}/2": CLEAR if key in differ else UNCLEAR for key in "abc"}
    rises = {True: (0.062, 0.001, 1.0), False: (0.004, 0.3, 0.0)}
    shares: dict[str, Sequence[float]] = {f"item {key}": rises[key in differ] for key in "abc"}
    groups = {"1": "women", "2": "men"}
    told = {"axis": axis, "instrument": "WAI-SR", "groups": groups}
    return Offer(f"items/{axis}", who, effects, shares | {"limit": (0.035,)}, told)


def bounds(indicator: str, who: pl.DataFrame, *ends: float) -> Offer:
    """What recall leaves possible of one indicator."""
    effects = dict.fromkeys(("mirror", "beta_t", "beta_c"), ends)
    told = {"indicator": indicator, "title": indicator, "axis": "ladder"}
    return Offer(f"bounds/{indicator}/ladder", who, effects, told=told)


def within(who: pl.DataFrame, *ends: float) -> Offer:
    """The slope between the sessions of a pair."""
    told = {"mediator": "directives", "outcome": "alliance"}
    return Offer("within/directives", who, {"b": ends}, {"reliability": (0.61,)}, told)


def made_view(folder: Path, *more: Offer, small: bool = False, **given: Any) -> MirrorView:
    """A view whose figures went through a release of their own."""
    who = people()
    offers = [
        treatment("alliance", "ladder", who),
        treatment("outcome PHQ-9", "ladder", who, within=UNCLEAR),
        treatment("drop-out", "ladder", who, within=(-0.4, -0.7, -0.1)),
        treatment("alliance", "gender", people(small=4)),
        room("directives", "gap", who),
        room("questions", "client's standing", who),
        strata("alliance", who),
        *more,
    ]
    facts = who.select("client_id", "therapist_id", told=pl.lit("x"))
    with open_ledger(folder / "study") as ledger:
        models = release_models(
            offers,
            facts.head(30) if small else facts,
            ledger,
            RULES,
            label="2026-Q1",
            settings="s",
            counted={name: n for name, n in STRATA.items() if n >= 10},
        )
    shown = {"status": ["withheld" if small else "shown"], "n": [None if small else 120]}
    clients = seal("c", "Clients", (), "count", pl.DataFrame({**shown, "as_of": ["2026-Q1"]}))
    refused = [Refused(["cut off"], ["gender"], "Measurement first: few were checked.", "Check.")]
    known: dict[str, Any] = {"refused": refused, "strata": ("gender", "ladder")} | given
    return MirrorView(
        "Quay Street", "a claim", MirrorRelease(models, clients, small, "2026-Q1"), **known
    )
