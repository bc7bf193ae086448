"""Standings of the two people of each dyad, where a study claims a hierarchy."""

from __future__ import annotations

import polars as pl

from evenhand.positions import expectation, read_hierarchy, read_positions, standings
from evenhand.study.folder import Study


def dyad_standings(study: Study, visits: pl.DataFrame) -> pl.DataFrame | None:
    """What the study's own hierarchy says of client, therapist, and how far they are apart.

    Over several axes it is the expectation advantage as a share of the most that these axes
    can give, of people whose standing is known on each.

    Returns:
        ``dyad, client_standing, therapist_standing, standing_gap`` (without sign), or None
        where the study claims no hierarchy or describes nobody.

    Source:
        Berger, Fişek, Norman & Zelditch 1977, Status Characteristics and Social Interaction.
    """
    hierarchy = read_hierarchy(study.config)
    if hierarchy is None or study.people is None:
        return None
    n = len(hierarchy.ladders)
    known = standings(read_positions(study.people, study.config), hierarchy)
    whole = known.drop_nulls("standing").group_by("person_id", maintain_order=True).agg("standing")
    whole = whole.filter(pl.col("standing").list.len() == n)
    if whole.is_empty():
        return None
    most = expectation([1.0] * n) if n > 1 else 1.0
    one = [(expectation(s) / most if n > 1 else s[0]) for s in whole["standing"].to_list()]
    people = whole.select("person_id", standing=pl.Series(one, dtype=pl.Float64))
    dyads = visits.select("dyad", "client_id", "therapist_id").unique("dyad", maintain_order=True)
    for who in ("client", "therapist"):
        theirs = people.rename({"person_id": f"{who}_id", "standing": f"{who}_standing"})
        dyads = dyads.join(theirs, on=f"{who}_id", how="left", maintain_order="left")
    gap = (pl.col("client_standing") - pl.col("therapist_standing")).abs()
    return dyads.select("dyad", "client_standing", "therapist_standing", standing_gap=gap)
