"""Standings of the two people of each dyad, where a study claims a hierarchy."""

from __future__ import annotations

import polars as pl

from evenhand.positions import overall_standings, read_hierarchy, read_positions, standings
from evenhand.study.folder import Study


def dyad_standings(study: Study, visits: pl.DataFrame) -> pl.DataFrame | None:
    """What the study's own hierarchy says of client, therapist, and how far they are apart.

    Over several axes as in `positions.overall_standings`.

    Returns:
        ``dyad, client_standing, therapist_standing, standing_gap`` (without sign), or None
        where the study claims no hierarchy or describes nobody.

    Source:
        Berger, Fişek, Norman & Zelditch 1977, Status Characteristics and Social Interaction.
    """
    hierarchy = read_hierarchy(study.config)
    if hierarchy is None or study.people is None:
        return None
    known = standings(read_positions(study.people, study.config), hierarchy)
    people = overall_standings(known, hierarchy)
    if people.is_empty():
        return None
    dyads = visits.select("dyad", "client_id", "therapist_id").unique("dyad", maintain_order=True)
    for who in ("client", "therapist"):
        theirs = people.rename({"person_id": f"{who}_id", "standing": f"{who}_standing"})
        dyads = dyads.join(theirs, on=f"{who}_id", how="left", maintain_order="left")
    gap = (pl.col("client_standing") - pl.col("therapist_standing")).abs()
    return dyads.select("dyad", "client_standing", "therapist_standing", standing_gap=gap)
