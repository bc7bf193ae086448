"""Each attacker opens what the naive rule that it was invented for prints of made-up clinics."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from tests.release import naive
from tests.release.attackers import (
    Disclosure,
    colluders,
    differencing,
    linear_programme,
    member,
    pool_of,
    temporal,
    tracker,
)
from tests.release.back_calculation import back_calculation, means_open, shares_open
from tests.release.campaign import check, still
from tests.release.clinics import Clinic, made_clinic
from tests.release.publications import About, Cell, Publication
from tests.release.releasing import about_tables, known_to, truth
from tests.release.worlds import Fact, Pool, facts_of

ONE_WAY = about_tables([("clients", ("a",))])
TWO_WAY = about_tables([("clients", ("a", "b"))])
SHARES = about_tables([("dropped out", ("a", "b"))])
MEANS = about_tables([("last", ("b",))])
SEEDS = range(6)

Rule = Callable[..., Publication]
Attack = Callable[[Pool], Iterator[Disclosure]]


def clinic(
    seed: int, clients: int = 90, quarters: int = 1, levels: tuple[int, int, int] = (2, 4, 2)
) -> Clinic:
    rng = np.random.default_rng(seed)
    return made_clinic(rng, clients, levels=levels, quarters=quarters, declined=0)


def sound(here: Clinic, pool: Pool, found: Iterator[Disclosure], known: object = 0) -> set[Fact]:
    """The counts that an attacker opened, once the truth is seen to lie where it says."""
    check(here, pool)
    real, kept = truth(here, pool.world) - known, list(found)
    for d in kept:
        assert d.how == "exact sum" or d.low <= pool.world.row(d.fact) @ real <= d.high
    return {d.fact for d in kept}


def opened(
    rule: Rule, attack: Attack, abouts: Sequence[About] = TWO_WAY, seeds: Sequence[int] = SEEDS
) -> list[int]:
    """Clinics in which an attacker opens something."""
    pools = {seed: pool_of(rule(clinic(seed), abouts), [0]) for seed in seeds}
    return [seed for seed, pool in pools.items() if sound(clinic(seed), pool, attack(pool))]


@pytest.mark.parametrize(
    ("rule", "attack"),
    [
        (naive.threshold_only, differencing),
        (naive.pairwise_overlap, tracker),
        (naive.primary_only, linear_programme),
        (naive.threshold_and_rounding, linear_programme),
    ],
)
def test_a_naive_rule_falls_in_many_clinics(rule: Rule, attack: Attack) -> None:
    assert len(opened(rule, attack)) >= 2


def test_pairwise_overlap_withstands_differencing() -> None:
    """It falls to the tracker all the same: that is why there are two attackers."""
    assert opened(naive.pairwise_overlap, differencing) == []


def test_percentages_of_true_counts_undo_rounding() -> None:
    assert opened(naive.threshold_and_rounding, back_calculation, SHARES, SEEDS[:2]) == [0, 1]


def test_means_open_a_hidden_sum() -> None:
    here = clinic(4, 40, levels=(3, 3, 2))
    pool = pool_of(naive.threshold_only(here, MEANS), [0])
    (found,) = [d for d in back_calculation(pool) if d.how == "exact sum"]
    hidden = [t for t, row in here.quarters[0].items() if ("b", row[3]) in found.fact.place]
    total = sum(here.scores[t][-1] for t in hidden if here.scores[t])
    assert found.low <= total <= found.high


def test_a_share_of_rounded_counts_and_a_mean_to_one_decimal_say_nothing_more() -> None:
    about = SHARES[0]
    cell = Cell(about, 0, (), 35, 10, 10 / 35)
    told = replace(naive.threshold_and_rounding(clinic(0), SHARES), cells=(cell,))
    assert shares_open(cell, list(facts_of(told, cell))) == []
    assert shares_open(replace(cell, share=0.2973), list(facts_of(told, cell))) == [(37, 11)]
    scored = Cell(MEANS[0], 0, (), 10, mean=11.3, sd=4.2)
    assert means_open(scored, Fact(0, (), "score", (), 10, 12)) == [10, 11, 12]
    assert means_open(replace(scored, mean=11.36), Fact(0, (), "score", (), 10, 12)) == [11]


def test_quarters_open_what_each_quarter_alone_keeps() -> None:
    for seed in SEEDS[:3]:
        here = clinic(seed, quarters=4, levels=(3, 2, 2))
        told = naive.threshold_and_rounding(here, ONE_WAY, range(4))
        alone = {f for q in range(4) for f in _facts(linear_programme(pool_of(told, [q])))}
        pool = pool_of(told, range(4))
        assert sound(here, pool, temporal(pool)) - alone


def test_who_knows_that_nobody_came_opens_no_less() -> None:
    here = clinic(1, 60, quarters=4, levels=(3, 2, 2))
    told = naive.threshold_and_rounding(here, ONE_WAY, range(4))
    pools = [pool_of(told, range(4)) for _ in range(2)]
    insider = sound(here, pools[0], temporal(pools[0], still(here, told)))
    assert insider > _facts(temporal(pools[1]))


def test_a_member_opens_what_was_protected_against_outsiders_alone() -> None:
    here = clinic(6, levels=(5, 2, 2))
    pool = pool_of(naive.outsiders_only(here, ONE_WAY), [0])
    assert not _facts(linear_programme(pool))
    found = set()
    for tag in here.quarters[0]:
        own = known_to(here, pool.world, {tag})
        found |= sound(here, pool, member(pool, own), own)
    assert found


@pytest.mark.parametrize("rule", [naive.threshold_only, naive.primary_only])
def test_colluders_open_what_outsiders_cannot(rule: Rule) -> None:
    """A therapist and a client open a threshold, two therapists the rule of dominance as well."""
    found = []
    for seed in SEEDS[:3]:
        here = clinic(seed, 60)
        pool = pool_of(rule(here, TWO_WAY), [0])
        alone = _facts(linear_programme(pool))
        mine = here.of(here.loads()[:1])
        client = {min(set(here.quarters[0]) - mine)}
        pairs = [mine | client] if rule is naive.threshold_only else [here.of(here.loads()[:2])]
        for pair in pairs:
            known = known_to(here, pool.world, pair)
            found.append(bool(sound(here, pool, colluders(pool, known), known) - alone))
    assert sum(found) >= 2


def test_a_clinic_of_which_nothing_was_printed_gives_nothing_away() -> None:
    """What attackers know anyhow is no disclosure: fourteen of fifteen clients, or the total."""
    here = clinic(3, 15)
    told = replace(naive.threshold_only(here, TWO_WAY), cells=(), withheld=np.inf)
    pool = pool_of(told, [0])
    known = known_to(here, pool.world, set(list(here.quarters[0])[1:]))
    assert not _facts(colluders(pool, known))


def _facts(found: Iterator[Disclosure]) -> set[Fact]:
    return {d.fact for d in found}
