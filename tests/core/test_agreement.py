"""Agreement against hand-worked figures, Krippendorff's published examples and scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, f1_score

from evenhand.core._agreement_counts import alpha_of, coincidences_of
from evenhand.core.agreement import Agreement, score_agreement, score_people


def scored(truth: list[str], given: list[str], groups: list[str] | None = None) -> Agreement:
    groups = groups or [str(n % 5) for n in range(len(truth))]
    return score_agreement(truth, given, groups, np.random.default_rng(1))


def alpha(rows: list[str]) -> float:
    """α of coders' rows, a letter a unit, a dot where there is none."""
    letters = sorted(set("".join(rows)) - {"."})
    votes = np.array(
        [[sum(r[u] == c for r in rows) for c in letters] for u in range(len(rows[0]))], float
    )
    return float(alpha_of(coincidences_of(votes).sum(axis=0)))


def test_kappa_of_a_two_by_two_table_is_the_one_worked_by_hand() -> None:
    # 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: po = .70, pe = .5·.6 + .5·.4 = .50, κ = .40
    truth = ["y"] * 25 + ["n"] * 25
    given = ["y"] * 20 + ["n"] * 5 + ["y"] * 10 + ["n"] * 15
    found = scored(truth, given)
    assert found.kappa.value == pytest.approx(0.4)
    assert found.accuracy.value == pytest.approx(0.7)
    assert found.f1["y"].value == pytest.approx(40 / 55)
    assert found.support == {"n": 25, "y": 25}


def test_alpha_is_krippendorffs_for_four_coders_with_gaps() -> None:
    # Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, section C: nominal .743
    rows = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]
    assert alpha(rows) == pytest.approx(0.743, abs=0.0005)


def test_alpha_is_krippendorffs_for_two_coders_of_five_kinds_and_of_two() -> None:
    # the same paper, section B: .692; section A: .095
    assert alpha(["aabbdcccedda", "babbbccceddd"]) == pytest.approx(0.692, abs=0.0005)
    assert alpha(["0100000010", "1110010000"]) == pytest.approx(0.095, abs=0.0005)


def test_alpha_of_two_codings_is_the_one_of_their_coincidences() -> None:
    truth, given = list("aabbdcccedda"), list("babbbccceddd")
    assert scored(truth, given).alpha.value == pytest.approx(0.692, abs=0.0005)


@pytest.mark.parametrize("classes", [2, 3, 6])
def test_figures_are_scikit_learns(classes: int) -> None:
    rng = np.random.default_rng(classes)
    truth = rng.integers(classes, size=300)
    given = np.where(rng.random(300) < 0.6, truth, rng.integers(classes, size=300))
    t, g = [f"k{n}" for n in truth], [f"k{n}" for n in given]
    found = scored(t, g)
    assert found.kappa.value == pytest.approx(cohen_kappa_score(t, g))
    assert found.macro_f1.value == pytest.approx(f1_score(t, g, average="macro"))
    assert found.weighted_f1.value == pytest.approx(f1_score(t, g, average="weighted"))
    each = f1_score(t, g, average=None, labels=list(found.classes))
    assert [found.f1[name].value for name in found.classes] == pytest.approx(list(each))


def test_an_interval_is_what_a_plain_loop_over_drawn_groups_gives() -> None:
    rng = np.random.default_rng(5)
    groups = np.repeat([f"s{n}" for n in range(12)], 30)
    truth = rng.choice(["a", "b", "c"], size=360)
    given = np.where(rng.random(360) < 0.7, truth, rng.choice(["a", "b", "c"], size=360))
    found = score_agreement(truth, given, groups, np.random.default_rng(2)).macro_f1
    names = np.unique(groups)
    draws = []
    for _ in range(400):
        rows = np.concatenate([np.flatnonzero(groups == n) for n in rng.choice(names, 12)])
        draws.append(f1_score(truth[rows], given[rows], average="macro"))
    low, high = np.quantile(draws, [0.025, 0.975])
    assert found.low == pytest.approx(low, abs=0.02)
    assert found.high == pytest.approx(high, abs=0.02)


def test_the_same_seed_gives_the_same_interval() -> None:
    truth, given = list("aabbab" * 20), list("ababab" * 20)
    assert scored(truth, given) == scored(truth, given)


def test_one_group_has_figures_and_no_interval() -> None:
    found = scored(list("aabb"), list("abbb"), ["s"] * 4)
    assert found.kappa.value == pytest.approx(0.5)
    assert (found.kappa.low, found.kappa.high) == (None, None)


def test_one_label_alone_has_no_kappa_and_no_alpha() -> None:
    found = scored(["a"] * 10, ["a"] * 10)
    assert found.kappa.value is None
    assert found.alpha.value is None
    assert found.accuracy.value == 1


def test_nothing_in_common_is_no_agreement_and_never_an_error() -> None:
    found = scored(["a"] * 10, ["b"] * 10)
    assert found.macro_f1.value == 0
    assert found.kappa.value == 0


def test_renaming_the_labels_changes_nothing() -> None:
    truth, given = list("abcabcaabb" * 5), list("abbabcacbb" * 5)
    swap = {"a": "z", "b": "m", "c": "b"}
    one = scored(truth, given)
    two = scored([swap[x] for x in truth], [swap[x] for x in given])
    assert one.kappa == two.kappa
    assert one.f1["a"] == two.f1["z"]


def test_people_who_never_share_a_turn_have_no_ceiling() -> None:
    assert score_people([1, 2, 3], list("aab"), list("sst"), np.random.default_rng(1)) is None


def test_one_person_against_the_rest_is_worked_by_hand() -> None:
    # Three people on two turns: aab, bbb. The third's b meets a, each a meets a tie of a and b.
    found = score_people([1, 1, 1, 2, 2, 2], list("aabbbb"), ["s"] * 6, np.random.default_rng(1))
    assert found is not None
    # rows are the rest, columns the one: aa 1, ba 1 (halves of two ties), ab 1, bb 3
    assert found.macro_f1.value == pytest.approx((0.5 + 0.75) / 2)
    assert (found.n, found.people, found.n_groups) == (2, 3, 1)
