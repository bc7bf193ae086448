"""Items that groups answer otherwise: found where they were planted, seldom where not."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from evenhand.core.errors import EvenhandError
from evenhand.models.mirror_dif import LIMIT, Dif, codes_of_answers, fit_dif
from evenhand.models.mirror_ordinal import fit_ordinal
from tests.models.reference import r_numbers

ITEMS = [str(n) for n in range(1, 13)]


def answers(
    seed: int,
    sizes: tuple[int, ...],
    *,
    apart: float = 0.0,
    shift: float = 0.0,
    which: tuple[int, ...] = (2, 7),
) -> tuple[np.ndarray, list[str]]:
    """Twelve items on five steps; later groups' alliance is lower by `apart`, and the items
    `which` are harder for them by `shift` log odds."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(len(sizes)), sizes)
    alliance = rng.normal(size=len(group)) - apart * (group > 0)
    found = np.empty((len(group), len(ITEMS)))
    for j in range(len(ITEMS)):
        slope, hard = 1.4 + 0.3 * (j % 3), 0.5 * (j % 4 - 1.5)
        at = slope * alliance - hard - shift * (group > 0) * (j in which)
        found[:, j] = 1 + np.digitize(at + rng.logistic(size=len(group)), [-3.5, -2, -0.5, 1.2])
    return found, [f"g{n}" for n in group]


def look(seed: int, sizes: tuple[int, ...], **how: float) -> Dif:
    return fit_dif(*answers(seed, sizes, **how), ITEMS)


@pytest.mark.slow
def test_ordered_answers_are_those_of_statsmodels() -> None:
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    rng = np.random.default_rng(1)
    x = np.column_stack([rng.normal(size=300), rng.integers(0, 2, 300)]).astype(float)
    y = np.digitize(x @ [1.2, -0.5] + rng.logistic(size=300), [-2, -0.5, 0.5, 2])
    found = fit_ordinal(y, x)
    reference = OrderedModel(y, x, distr="logit").fit(method="bfgs", disp=0, gtol=1e-8)
    assert found.loglik == pytest.approx(reference.llf, abs=1e-6)
    assert found.null == pytest.approx(reference.llnull, abs=1e-6)
    assert found.beta == pytest.approx(reference.params[:2], abs=1e-4)
    assert np.sqrt(np.diagonal(found.cov)) == pytest.approx(reference.bse[:2], rel=1e-3)


@pytest.mark.slow
def test_the_rise_of_r2_is_that_of_r(tmp_path: Path) -> None:
    made, group = answers(3, (120, 110), shift=1.0)
    found = look(3, (120, 110), shift=1.0)
    rest = [n for n, one in enumerate(found.items) if not one.differs or n == 2]
    score = made[:, rest].mean(axis=1)
    frame = pl.DataFrame({"y": made[:, 2], "s": (score - score.mean()) / score.std(), "g": group})
    lines = (
        "library(MASS); d$y <- factor(d$y); n <- nrow(d); "
        "fit <- function(f) as.numeric(logLik(polr(f, d, Hess = FALSE))); "
        "l0 <- fit(y ~ 1); r2 <- function(l) (1 - exp(2 * (l0 - l) / n)) / (1 - exp(2 * l0 / n)); "
        "tell(r2(fit(y ~ s * g)) - r2(fit(y ~ s)))"
    )
    (rise,) = r_numbers(lines, frame, tmp_path)
    assert found.items[2].delta_r2 == pytest.approx(rise, abs=1e-5)


def test_planted_items_are_found_and_leave_the_anchors() -> None:
    found = look(1, (150, 150), shift=2.0, apart=0.5)
    assert found.verdict == "differs"
    assert {one.item for one in found.items if one.differs} == {"3", "8"}
    assert found.anchors == tuple(k for k in ITEMS if k not in ("3", "8"))
    (shift,) = found.items[2].shifts
    assert shift.high < 0  # at the same score the second group answers lower
    assert found.items[2].delta_r2 >= LIMIT > max(found.items[0].delta_r2, found.items[1].delta_r2)


def test_a_lower_alliance_alone_is_no_difference_in_the_items() -> None:
    found = look(2, (150, 150), apart=1.0)
    assert found.verdict == "invariant"
    assert found.anchors == tuple(ITEMS)
    assert found.settled


@pytest.mark.parametrize("sizes", [(400, 99), (99, 99, 99), (500,)])
def test_below_a_hundred_a_group_is_not_testable_and_never_invariant(
    sizes: tuple[int, ...],
) -> None:
    found = look(3, sizes)
    assert found.verdict == "not testable"
    assert found.items == ()
    assert [one.status for one in found.groups if one.clients < 100] == ["not testable"] * sum(
        n < 100 for n in sizes
    )


def test_a_small_group_stands_aside_and_the_others_are_tested() -> None:
    found = look(4, (140, 120, 30))
    assert [(one.clients, one.status) for one in found.groups] == [
        (140, "tested"),
        (120, "tested"),
        (30, "not testable"),
    ]
    assert found.clients == 260
    assert all(len(one.shifts) == 1 for one in found.items)


def test_where_most_items_differ_nobody_can_say_which() -> None:
    # half one way and a quarter the other: no common score is left
    made, group = answers(5, (200, 200), shift=5.0, which=(0, 1, 2, 3, 4, 5))
    other = np.asarray(group) == "g1"
    made[other, 6:9] = np.minimum(made[other, 6:9] + 3, 5)
    assert fit_dif(made, group, ITEMS).verdict == "no anchors"


def test_many_different_answers_are_cut_at_their_tenths() -> None:
    codes = codes_of_answers(np.arange(100.0) / 10)
    assert np.bincount(codes).tolist() == [10] * 10
    assert codes_of_answers(np.array([1.0, 5.0, 1.0])).tolist() == [0, 1, 0]


def test_too_few_items_and_answers_that_are_all_alike_are_refused() -> None:
    made, group = answers(6, (100, 100))
    with pytest.raises(EvenhandError, match="2 items"):
        fit_dif(made[:, :2], group, ITEMS[:2])
    made[:, 4] = 3
    with pytest.raises(EvenhandError, match="same answer"):
        fit_dif(made, group, ITEMS)


def test_columns_that_foretell_the_answers_are_refused() -> None:
    y = np.repeat([0, 1], 50)
    with pytest.raises(EvenhandError, match=r"foretell|settle"):
        fit_ordinal(y, y[:, None].astype(float))


@pytest.mark.slow
@pytest.mark.parametrize("apart", [0.0, 1.0])
def test_items_without_a_difference_are_seldom_said_to_have_one(apart: float) -> None:
    runs = 60
    wrong = sum(
        one.differs for seed in range(runs) for one in look(seed, (100, 100), apart=apart).items
    )
    assert wrong / (12 * runs) < 0.02
