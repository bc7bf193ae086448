"""Rule 1 for fitted models: who stands behind a comparison, behind a stratum, behind the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from evenhand.release.primary import enough, sums_enough, tally_of
from evenhand.release.rules import Rules

SIDE = "side"
"""Begins the names of columns that say on which side of a comparison somebody stands."""


def comparison_passes(who: pl.DataFrame, rules: Rules, *, yes_no: bool) -> bool:
    """Whether the people of a model, and both sides of each of its comparisons, pass rule 1.

    Args:
        who: a row a client and therapist: client_id, therapist_id, ``y`` (the client's own
            number, or null), and a column of true and false for each comparison.
        rules: the rules.
        yes_no: whether ``y`` is yes or no: then both parts of each side must pass too.
    """
    sets = [who]
    for side in (c for c in who.columns if c.startswith(SIDE)):
        sets += [who.filter(pl.col(side)), who.filter(~pl.col(side))]
    return all(passes(people, rules, yes_no=yes_no) for people in sets)


def passes(people: pl.DataFrame, rules: Rules, *, yes_no: bool) -> bool:
    """Whether a set of people may stand behind a figure; parameters as `comparison_passes`."""
    if not _enough(people, rules):
        return False
    known = people.drop_nulls("y")
    if yes_no:
        return all(_enough(known.filter(pl.col("y") == part), rules) for part in (0, 1))
    if known.is_empty():
        return True
    values = known.group_by("client_id").agg(pl.col("y").mean())["y"].to_numpy()
    return bool(sums_enough(np.zeros(values.size, dtype=np.int64), values, 1, rules)[0])


def _enough(people: pl.DataFrame, rules: Rules) -> bool:
    """Clients, therapists and the largest caseload, by the engine's own primary rule."""
    pairs = people.select("client_id", "therapist_id").unique()
    if pairs.is_empty():
        return False
    therapists = pairs["therapist_id"].rank("dense").to_numpy().astype(np.int64) - 1
    clients = np.array([pairs["client_id"].n_unique()], dtype=np.int64)
    owners = np.zeros(pairs.height, dtype=np.int64)
    found = tally_of(clients, owners, therapists, int(therapists.max()) + 1)
    return bool(enough(found, rules)[0])


def strata_that_pass(
    who: pl.DataFrame, counted: Mapping[str, int], rules: Rules, *, yes_no: bool
) -> list[str]:
    """Strata that may be told apart; what is left must be large enough to hide in.

    Args:
        who: as `comparison_passes`, with a column ``stratum``.
        counted: strata whose count the engine has released.
        rules: the rules.
        yes_no: whether ``y`` is yes or no.
    """
    names = sorted(who["stratum"].unique())
    shown = [
        name
        for name in names
        if name in counted
        and passes(who.filter(pl.col("stratum") == name), rules, yes_no=yes_no)
        and passes(who.filter(pl.col("stratum") != name), rules, yes_no=yes_no)
    ]
    size = dict(who.group_by("stratum").agg(pl.col("client_id").n_unique()).iter_rows())
    while shown and len(shown) < len(names) and not _rest_passes(who, shown, rules, yes_no):
        shown.remove(min(shown, key=lambda name: (size[name], name)))
    return shown


def _rest_passes(who: pl.DataFrame, shown: Sequence[str], rules: Rules, yes_no: bool) -> bool:
    """Whether all strata that are not shown pass together: they can be had by subtraction."""
    rest = who.filter(~pl.col("stratum").is_in(shown))
    return passes(rest, rules, yes_no=yes_no)


def moved_enough(
    before: Mapping[str, Sequence[str]], now: Mapping[str, Sequence[str]], rules: Rules
) -> bool | None:
    """Whether enough clients came, left or changed between two snapshots; None where nobody did.

    Args:
        before: client's tag to a therapist's tag and a fingerprint.
        now: the same.
        rules: the rules.
    """
    changed = [tag for tag in {*before, *now} if before.get(tag) != now.get(tag)]
    if not changed:
        return None
    owners = [(now.get(tag) or before[tag])[0] for tag in changed]
    _, therapists = np.unique(owners, return_inverse=True)
    cells = np.zeros(len(changed), dtype=np.int64)
    n = np.array([len(changed)], dtype=np.int64)
    found = tally_of(n, cells, therapists.astype(np.int64), int(therapists.max()) + 1)
    return bool(
        found.clients[0] >= rules.movers
        and found.therapists[0] >= rules.therapists
        and found.largest[0] <= rules.share * found.clients[0]
    )
