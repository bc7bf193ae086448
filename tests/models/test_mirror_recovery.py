"""The mirror on the theory's own studies: in a flat society it finds next to nothing."""

import polars as pl
import pytest

from evenhand.models.mirror_coefficient import fit_mirror
from evenhand.positions import read_hierarchy, read_positions, standings
from tests.theory.recovery import Estimate, Size, recover

CLAIM = {"hierarchy": {"reason": "the theory's ladder", "ladder": {"low": 1, "high": 10}}}
NAMES = {"k_therapist": "k_t", "e_therapist": "e_t", "k_client": "k_c", "e_client": "e_c"}


def cut_offs(study) -> pl.DataFrame:
    """Cut-offs of a simulated study with both standings on the ladder."""
    hierarchy = read_hierarchy(CLAIM)
    assert hierarchy is not None
    standing = standings(read_positions(study.people, CLAIM), hierarchy)
    who = study.sessions.select(
        "session_id", "client_id", "therapist_id", pl.col("number").cast(pl.Int64)
    )
    rows = study.readings.filter(pl.col("indicator") == "cut_off").rename(NAMES)
    rows = rows.select("session_id", "indicator", *NAMES.values(), direction=pl.lit(1))
    table = rows.join(who, on="session_id")
    for column, name in (("therapist_id", "s_t"), ("client_id", "s_c")):
        one = standing.select(pl.col("person_id").alias(column), pl.col("standing").alias(name))
        table = table.join(one, on=column, how="left")
    return table


def mirror(study) -> dict[str, Estimate]:
    found = fit_mirror(cut_offs(study), "turns", absolute=False)
    named = {"mirror": found.mirror, "beta_t": found.beta_t, "beta_c": found.beta_c}
    return {name: Estimate(e.estimate, e.low, e.high) for name, e in named.items()}


def test_a_simulated_study_is_read_like_a_real_one() -> None:
    size = Size(clients=120, therapists=12, sessions=4)
    found = recover(mirror, {"mirror": 0.0}, size, replicates=2)
    assert found["mirror"].failed == 0


@pytest.mark.slow
def test_in_a_flat_society_the_mirror_finds_next_to_nothing() -> None:
    truth = dict.fromkeys(("mirror", "beta_t", "beta_c"), 0.0)
    size = Size(clients=300, therapists=25, sessions=6)
    found = recover(mirror, truth, size, replicates=100, settings={"h": 0.0})
    for one in found.values():
        one.assert_sound()
        one.assert_few_false_findings()
