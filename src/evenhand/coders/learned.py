"""A coder learned from turns that people have labelled.

A linear classifier sees a turn's words and pairs of words, its letters, how it and its sentences
begin, its question marks, length and place, what it takes up of the other's words, and the words
of the turns before and after it (weighted by rarity). It is tested by groups: turns of one
session never stand on both sides. Terms that only one session holds stay out of the model's file.

On AnnoMI's 80 development sessions, five folds by session, macro-F1 (what a plain TF-IDF of the
turn's own words and letters with the same classifier reaches stands in brackets): main behaviour
.76 (.74), reflection .77 (.74), input .74 (.73), client talk .54 (.52). Neither logistic
regression nor naive-Bayes weights, nor a blend of these, did better by more than .005; thresholds
tuned within the training folds gave client talk .004 more at five times the work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from evenhand.coders._learned_file import model_bytes, read_model
from evenhand.coders._learned_model import Linear, count_all, fit_linear, predict_held_out
from evenhand.coders._learned_terms import look_at
from evenhand.core.agreement import Agreement, score_agreement
from evenhand.core.contracts import Coder
from evenhand.core.errors import EvenhandError
from evenhand.core.tables import CODES, as_table

FOLDS = 5
"""Folds of the test by groups; with fewer groups each is left out once."""

ROWS_AT_ONCE = 8_000
"""Turns labelled at once, which bounds the memory."""

SEED = 20_260_101
"""Of the bootstrap, so that the same table prints the same interval."""


@dataclass(frozen=True)
class Learned:
    """A fitted coder and how it did on groups that it had not seen."""

    linear: Linear
    held_out: Agreement
    folds: int
    n: int


def train_coder(
    turns: pl.DataFrame, labels: Sequence[str | None], groups: Sequence[str]
) -> Learned:
    """Learn labels from turns, and test it by groups.

    Args:
        turns: session_id, turn, text, sorted by session and turn, all roles: the turns without a
            label are the neighbours of those with one.
        labels: a label for each turn to learn from, null for the others.
        groups: the group of each turn.

    Returns:
        The coder fitted on all labelled turns, and its agreement with people on held-out groups.

    Raises:
        EvenhandError: no labels, one class only, or one group only.
    """
    wanted = pl.Series([label is not None for label in labels], dtype=pl.Boolean)
    people = np.array([label for label in labels if label is not None], dtype=object)
    group = np.array(groups, dtype=object)[wanted.to_numpy()].astype(str)
    _check(people, group)
    counted = count_all(look_at(turns, wanted))
    folds = _folds(group)
    given = predict_held_out(counted, people, group, folds)
    rng = np.random.default_rng(SEED)
    held_out = score_agreement(people.tolist(), given.tolist(), group.tolist(), rng)
    linear, _ = fit_linear(counted, people, group, np.arange(len(people)))
    return Learned(linear, held_out, len(folds), len(people))


def _check(people: NDArray[Any], group: NDArray[Any]) -> None:
    """Refuse what cannot be learned from, or cannot be tested."""
    if len(people) == 0:
        raise EvenhandError(
            "No turn has a label.", "--label", "Label some turns, or name another column or role."
        )
    classes = len(set(people.tolist()))
    if classes < 2:
        raise EvenhandError(
            f"All {len(people)} labelled turns have the same label.",
            "--label",
            "Label turns of at least two kinds.",
        )
    if classes > len(people) // 2:
        raise EvenhandError(
            f"The column has {classes} different labels in {len(people)} turns.",
            "--label",
            "Name a column that puts turns into a few kinds.",
        )
    if len(set(group.tolist())) < 2:
        raise EvenhandError(
            "All labelled turns are of one group, so the coder cannot be tested.",
            "--group",
            "Label turns of two sessions at least (five or more say something).",
        )


def _folds(group: NDArray[Any]) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Five folds of whole groups, or each group left out once where there are fewer."""
    from sklearn.model_selection import GroupKFold

    n = min(FOLDS, len(np.unique(group)))
    return list(GroupKFold(n).split(group, groups=group))


def write_model(learned: Learned, about: Mapping[str, Any]) -> bytes:
    """The model's file, to be written at exactly the path that was asked for.

    Args:
        learned: the fitted coder.
        about: label, role, group and the versions; JSON's kinds of values only.
    """
    known = {
        **about,
        "n": learned.n,
        "folds": learned.folds,
        "held_out": learned.held_out.as_dict(),
    }
    return model_bytes(learned.linear, known)


def load_coder(path: Path, roles: Mapping[str, str] | None = None) -> Coder:
    """A coder from a file that `evenhand train` wrote.

    Args:
        path: the model.
        roles: our side to the file's word, where another pair is mapped; a model of the file's
            word then labels our side.

    Returns:
        A coder whose codes are ``COLUMN=value``, one for each turn of the role it was trained on,
        and whose span is the whole turn.

    Raises:
        EvenhandError: the file is not a model, is damaged, would run code, or is newer than this
            Evenhand.
    """
    linear, about, digest = read_model(path)
    label = str(about["label"])
    role = _our_side(about.get("role"), roles)
    version = f"{about.get('version', '?')}+{digest}"
    named = partial(_code, linear=linear, label=label, role=role, name=path.stem, version=version)
    return Coder(
        name=path.stem,
        version=version,
        title=f"Learned from the column {label}",
        language=str(about.get("language", "any")),
        codes=tuple(f"{label}={name}" for name in linear.classes),
        code=named,
        example=(),
        expected=(),
        agreement=_agreement(about),
        notes=f"Learned from {about.get('n')} turns of {role or 'all roles'}.",
    )


def _agreement(about: Mapping[str, Any]) -> dict[str, str]:
    """What the training printed, as sentences."""
    held = about["held_out"]
    said = {}
    for name, title in (("macro_f1", "macro-F1"), ("kappa", "κ")):
        figure = held[name]
        interval = (
            f" [{figure['low']:.2f}, {figure['high']:.2f}]" if figure["low"] is not None else ""
        )
        value = "cannot be worked out" if figure["value"] is None else f"{figure['value']:.2f}"
        said[name] = (
            f"{title} {value}{interval} with people on {held['n']} turns of {held['n_groups']} "
            f"groups, each held out in training."
        )
    return said


def _code(
    turns: pl.DataFrame, *, linear: Linear, label: str, role: str | None, name: str, version: str
) -> pl.DataFrame:
    """A code for each turn of the model's role, in their order; repeats count once."""
    known = turns.unique(["session_id", "turn"], keep="first", maintain_order=True).sort(
        "session_id", "turn", maintain_order=True
    )
    frames = [_code_some(piece, linear, label, role) for piece in _pieces(known)]
    coded = pl.concat(frames) if frames else known.select("session_id", "turn").clear()
    order = turns.select("session_id", "turn").unique(maintain_order=True)
    if frames:
        coded = order.join(coded, on=["session_id", "turn"], how="inner", maintain_order="left")
    return as_table(
        coded.with_columns(weight=pl.lit(1.0), coder=pl.lit(name), coder_version=pl.lit(version)),
        CODES,
    )


def _pieces(turns: pl.DataFrame) -> list[pl.DataFrame]:
    """Whole sessions, about `ROWS_AT_ONCE` turns together."""
    if turns.is_empty():
        return []
    start = pl.col("at").first().over("session_id")
    return (
        turns.with_row_index("at")
        .with_columns(piece=start // ROWS_AT_ONCE)
        .partition_by("piece", maintain_order=True, include_key=False)
    )


def _code_some(turns: pl.DataFrame, linear: Linear, label: str, role: str | None) -> pl.DataFrame:
    wanted = pl.Series([True]).new_from_index(0, turns.height)
    if role is not None:
        wanted = (turns["role"] == role).fill_null(False)
    mine = turns.filter(wanted)
    values = linear.label(look_at(turns, wanted)) if mine.height else []
    return mine.select(
        "session_id",
        "turn",
        code=pl.Series([f"{label}={value}" for value in values], dtype=pl.String),
        start_char=pl.lit(0, pl.Int64),
        end_char=pl.col("text").fill_null("").str.len_chars().cast(pl.Int64),
    )


def role_of(path: Path, roles: Mapping[str, str] | None = None) -> str | None:
    """The role that a model labels, as in mapped turns; None where it labels all.

    Raises:
        EvenhandError: as `load_coder`.
    """
    return _our_side(read_model(path)[1].get("role"), roles)


def _our_side(role: str | None, roles: Mapping[str, str] | None) -> str | None:
    ours = {theirs: side for side, theirs in (roles or {}).items()}
    return None if role is None else ours.get(role, role)
