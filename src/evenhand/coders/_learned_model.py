"""A linear classifier over a learned coder's terms: fitting, testing by groups, and saying.

The classifier is kept as words, weights and nothing else, so that a model file holds no code and
reads alike under any version of scikit-learn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from evenhand.coders._learned_terms import BLOCKS, SHAPE, Matrix, Seen, letter_counts

WEIGHTS: Mapping[str, float] = {
    "own": 1.0,
    "cue": 0.5,
    "before": 0.5,
    "after": 0.5,
    "letters": 1.0,
    "shape": 1.0,
}
"""How much each block counts; chosen on AnnoMI's development sessions (docs of `learned`)."""

WEIGHTED_BY_RARITY = ("own", "before", "after", "letters")
MIN_TURNS: Mapping[str, int] = {"own": 2, "cue": 2, "before": 2, "after": 2, "letters": 3}
"""A term is kept when it occurs in that many turns …"""

MIN_GROUPS = 2
"""… and in that many groups: what one session alone says stays out of the file."""

PENALTY = 0.1
"""C of the linear support-vector classifier."""


@dataclass(frozen=True)
class Vocabulary:
    """The terms of a block and the weight of each by its rarity."""

    terms: list[str]
    rarity: NDArray[np.float64]


@dataclass(frozen=True)
class Linear:
    """Blocks' vocabularies, and a row of weights for each class (one row where there are two)."""

    classes: tuple[str, ...]
    blocks: Mapping[str, Vocabulary]
    weights: NDArray[np.float64]
    offsets: NDArray[np.float64]

    def label(self, seen: Seen) -> list[str]:
        """The class of each turn."""
        return label(design(seen, self.blocks), self)


def label(matrix: Matrix, linear: Linear) -> list[str]:
    """The class with the highest score, a row each."""
    score = np.asarray(matrix @ linear.weights.T) + linear.offsets
    best = score.argmax(axis=1) if score.shape[1] > 1 else (score[:, 0] > 0).astype(int)
    return [linear.classes[i] for i in best]


@dataclass(frozen=True)
class Counted:
    """Turns counted once over all that occurs, so that each fold only has to choose columns."""

    counts: Mapping[str, Matrix]
    terms: Mapping[str, list[str]]
    shape: Matrix


def count_all(seen: Seen) -> Counted:
    """Every term of every block, with no vocabulary chosen yet."""
    counts: dict[str, Matrix] = {}
    terms: dict[str, list[str]] = {}
    for block in BLOCKS[:-1]:
        if block == "letters":
            counts[block], terms[block] = letter_counts(seen.pieces, seen.n, None)
            continue
        names = seen.terms.filter(pl.col("block") == block)["term"].unique().sort().to_list()
        counts[block], terms[block] = _term_counts(seen, block, names), names
    return Counted(counts, terms, _sparse(seen.shape))


def _term_counts(seen: Seen, block: str, names: Sequence[str]) -> Matrix:
    """A sparse matrix (turns, names) of counts."""
    import scipy.sparse as sp

    columns = pl.DataFrame({"term": pl.Series(names, dtype=pl.String)}).with_row_index("column")
    at = seen.terms.filter(pl.col("block") == block).join(columns, on="term", how="inner")
    data = at["n"].to_numpy().astype(float)
    place = (at["row"].to_numpy(), at["column"].to_numpy())
    return sp.csr_matrix((data, place), shape=(seen.n, len(names)))


def _sparse(values: NDArray[np.float64]) -> Matrix:
    import scipy.sparse as sp

    return sp.csr_matrix(values)


def choose(counted: Counted, rows: NDArray[np.intp], groups: NDArray[Any]) -> dict[str, Any]:
    """Each block's columns that are common enough among `rows`, and their rarity weights.

    Returns:
        Block to (columns, rarity).
    """
    group = np.unique(groups[rows], return_inverse=True)[1]
    least = min(MIN_GROUPS, int(group.max(initial=0)) + 1)
    chosen = {}
    for block, counts in counted.counts.items():
        has = counts[rows]
        has.data = np.ones_like(has.data)
        turns = np.asarray(has.sum(axis=0)).ravel()
        kept = np.flatnonzero((turns >= MIN_TURNS[block]) & (_groups_with(has, group) >= least))
        rarity = np.ones(len(kept))
        if block in WEIGHTED_BY_RARITY:
            rarity = np.log((1 + len(rows)) / (1 + turns[kept])) + 1
        chosen[block] = (kept, rarity)
    return chosen


def _groups_with(has: Matrix, group: NDArray[np.intp]) -> NDArray[np.float64]:
    """In how many groups each column occurs."""
    import scipy.sparse as sp

    member = sp.csr_matrix(
        (np.ones(len(group)), (group, np.arange(len(group)))),
        shape=(group.max(initial=0) + 1, len(group)),
    )
    by_group = (member @ has).tocsr()
    by_group.data = np.ones_like(by_group.data)
    return np.asarray(by_group.sum(axis=0)).ravel()


def _scaled(counts: Matrix, rarity: NDArray[np.float64], block: str) -> Matrix:
    """1 + log of the counts, by rarity, each turn of length one, by the block's weight."""
    import scipy.sparse as sp
    from sklearn.preprocessing import normalize

    scaled = counts.tocsr(copy=True)
    scaled.sort_indices()  # sums in one order give the same bits each time
    scaled.data = 1 + np.log(scaled.data)
    scaled = scaled @ sp.diags(rarity)
    return normalize(scaled.tocsr(), copy=False) * WEIGHTS[block]


def _joined(
    counts: Mapping[str, Matrix], rarity: Mapping[str, NDArray[np.float64]], shape: Matrix
) -> Matrix:
    import scipy.sparse as sp

    blocks = [_scaled(counts[name], rarity[name], name) for name in BLOCKS[:-1]]
    return sp.hstack([*blocks, shape * WEIGHTS["shape"]], format="csr")


def design(seen: Seen, blocks: Mapping[str, Vocabulary]) -> Matrix:
    """The matrix that a model's weights apply to, for turns that it has not seen."""
    counts = {
        name: letter_counts(seen.pieces, seen.n, vocabulary.terms)[0]
        if name == "letters"
        else _term_counts(seen, name, vocabulary.terms)
        for name, vocabulary in blocks.items()
    }
    rarity = {name: vocabulary.rarity for name, vocabulary in blocks.items()}
    return _joined(counts, rarity, _sparse(seen.shape))


def fit_linear(
    counted: Counted, labels: NDArray[Any], groups: NDArray[Any], rows: NDArray[np.intp]
) -> tuple[Linear, Matrix]:
    """Fit on `rows`; give the model and the matrix of all turns under its vocabulary."""
    from sklearn.svm import LinearSVC

    chosen = choose(counted, rows, groups)
    counts = {name: counted.counts[name][:, kept] for name, (kept, _) in chosen.items()}
    rarity = {name: weight for name, (_, weight) in chosen.items()}
    matrix = _joined(counts, rarity, counted.shape)
    classifier = LinearSVC(C=PENALTY, class_weight="balanced", random_state=0, max_iter=5_000)
    classifier.fit(matrix[rows], labels[rows])
    blocks = {
        name: Vocabulary([counted.terms[name][i] for i in kept], weight)
        for name, (kept, weight) in chosen.items()
    }
    classes = tuple(str(name) for name in classifier.classes_)
    return Linear(classes, blocks, classifier.coef_, classifier.intercept_), matrix


def predict_held_out(
    counted: Counted, labels: NDArray[Any], groups: NDArray[Any], folds: Sequence[Any]
) -> NDArray[Any]:
    """The label that each turn gets from a model that has not seen its group.

    Args:
        counted: all turns.
        labels: people's labels.
        groups: the group of each turn.
        folds: pairs of (rows to learn from, rows to test on).

    Returns:
        A label for each turn.
    """
    given = np.array(labels, dtype=object)
    for learn, test in folds:
        if len(set(labels[learn])) == 1:
            given[test] = labels[learn][0]
            continue
        linear, matrix = fit_linear(counted, labels, groups, learn)
        given[test] = label(matrix[test], linear)
    return given


def column_count(blocks: Mapping[str, Vocabulary]) -> int:
    """How many weights a class has."""
    return sum(len(blocks[name].terms) for name in BLOCKS[:-1]) + len(SHAPE)
