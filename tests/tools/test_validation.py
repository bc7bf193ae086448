"""The statistics that the validation page rests on, by hand."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from validation.chats import holm
from validation.rows import Row, auc, bootstrap, f1


def test_auc_is_the_share_of_pairs_in_order_and_ties_count_half():
    # pairs: 3>1, 3>2, 3=3, 2>1, 2=2, 2<3 -> (2 + .5 + 1 + .5) / 6
    assert auc(np.array([3.0, 2.0]), np.array([1.0, 2.0, 3.0])) == pytest.approx(4 / 6)


def test_f1_from_counts():
    assert f1(np.array([8.0, 2.0, 4.0])) == pytest.approx(16 / 22)


def test_holm_multiplies_the_smallest_most_and_never_falls():
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])


def test_a_bootstrap_holds_its_own_value_and_repeats():
    x = np.arange(50.0)
    one = bootstrap(lambda at: float(x[at].mean()), 50, draws=200)
    two = bootstrap(lambda at: float(x[at].mean()), 50, draws=200)
    assert one == two
    assert one.low < one.value == 24.5 < one.high


def test_a_row_that_fails_says_so():
    row = Row("data", "what", "AUC ≥ 0.80", "0.70", False, "how")
    assert row.verdict == "**does not hold**"
