"""Who answers whom with which function words: pairs of turns, counted in 2×2 tables.

A pair is a turn and the other person's turn right after it. All forms of coordination are made
from the same tables, and the tables add up: over the sessions of a dyad, over dyads.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from evenhand.core.features import Features
from evenhand.core.turnwise import before, other_before
from evenhand.indicators._lengths import BINS, length_bin
from evenhand.indicators._markers import CLASSES, MARKERS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LIKE = 2 * BINS
"""Bins of like pairs: reply length by half of prompt length."""

BLOCKS = 10
"""Contiguous blocks that the jackknife leaves out one by one."""

TO_THERAPIST, TO_CLIENT = 0, 1
"""Directions on an axis: the client answers the therapist; the therapist answers the client."""

_CHUNK = 128
"""Groups that are counted at once: bounds the memory, not the result."""


def marker_bits() -> dict[str, int]:
    """Each marker word and the bits of its classes, in the order of `CLASSES`."""
    bits: dict[str, int] = {}
    for place, name in enumerate(CLASSES):
        for word in MARKERS[name]:
            bits[word] = bits.get(word, 0) | 1 << place
    return dict(sorted(bits.items()))


def turn_masks(features: Features) -> NDArray[np.uint8]:
    """Which marker classes each row's words hold, a bit a class; 0 outside the pair."""
    bits = marker_bits()
    of_word = np.array([*bits.values(), 0], dtype=np.uint8)
    known = features.words["word"].cast(pl.Enum(list(bits)), strict=False).to_physical()
    words = of_word[known.fill_null(len(bits)).to_numpy()]
    rows = features.words["row"].to_numpy()
    masks = np.zeros(features.turns.height, dtype=np.uint8)
    if len(rows):
        starts = np.flatnonzero(np.concatenate(([True], rows[1:] != rows[:-1])))
        masks[rows[starts]] = np.bitwise_or.reduceat(words, starts)
    return masks


def reply_pairs(features: Features) -> pl.DataFrame:
    """Every reply to the other person of the pair, in the session's order.

    Returns:
        row, session, pair (0 where only two people met, else from 1: an unordered pair of
        speakers), side (of who replies), bare (either turn is a bare acknowledgement, which
        only the classical form counts), like (bin of reply length and prompt half, 0…17),
        prompt and reply (bits of `CLASSES`).
    """
    turns = features.turns.lazy().with_columns(mask=pl.Series(turn_masks(features)))
    return (
        turns.select(
            "row",
            "session",
            "side",
            "words",
            follows=other_before(),
            bare=pl.col("minimal") | before("minimal"),
            prompt=before("mask"),
            reply=pl.col("mask"),
            asked=before("words"),
            first=_speaker_of(1),
            second=_speaker_of(-1),
        )
        .filter("follows")
        .with_columns(pair=pl.col("row").first().over("session", "first", "second"))
        .with_columns(pair=_ordinal())
        .with_columns(half=pl.col("asked") > _middle())
        .with_columns(like=length_bin(pl.col("words")) * 2 + pl.col("half").cast(pl.UInt32))
        .select("row", "session", "pair", "side", "bare", "like", "prompt", "reply")
        .collect()
    )


def _speaker_of(side: int) -> pl.Expr:
    """The pair's speaker on this side, whether they ask or reply."""
    return pl.when(pl.col("side") == side).then("speaker").otherwise(before("speaker"))


def _ordinal() -> pl.Expr:
    """0 where a session has one pair of speakers, else 1, 2 … by first appearance."""
    number = pl.col("pair").rank("dense").over("session")
    return pl.when(number.max().over("session") == 1).then(0).otherwise(number).cast(pl.UInt32)


def _middle() -> pl.Expr:
    """Median prompt length of a pair, both directions together, so that halves are alike."""
    return pl.col("asked").filter(~pl.col("bare")).median().over("session", "pair")


class Strata(NamedTuple):
    """Pairs by place: one entry a pair of turns, sorted by group and stratum."""

    group: Ints
    stratum: Ints
    like: Ints
    block: Ints
    direction: Ints
    prompt: Ints
    reply: Ints

    def part(self, low: int, high: int) -> Strata:
        """The entries from `low` up to `high`."""
        return Strata(*(column[low:high] for column in self))


class Sums(NamedTuple):
    """Weighted risk differences and their weights, by class, group, like bin, block, direction.

    On the axis of blocks the first entry is the whole, the next ones leave a block out.
    """

    top: Floats
    weight: Floats


def strata_of(pairs: pl.DataFrame, group: str, blocks: int) -> Strata:
    """Number groups and strata, and cut each group's pairs into contiguous blocks.

    Args:
        pairs: from `reply_pairs`, bare ones left out, sorted by `group` and then by time.
        group: the column to be read as one: ``session``, or that of a dyad.
        blocks: how many blocks.
    """
    # people who met in several sessions are one stratum; crowds are told apart by session
    crowd = pl.when(pl.col("pair") > 0).then(pl.col("session") + 1).otherwise(0)
    place = pl.int_range(pl.len()).over(group)
    frame = pairs.select(
        pl.col(group).rle_id().cast(pl.Int64).alias("group"),
        pl.col("like").cast(pl.Int64),
        (place * blocks // pl.len().over(group)).cast(pl.Int64).alias("block"),
        (pl.col("side") == 1).cast(pl.Int64).alias("direction"),
        pl.col("prompt", "reply").cast(pl.Int64),
        crowd.cast(pl.Int64).alias("crowd"),
        pl.col("pair").cast(pl.Int64),
    ).sort("group", "like", "crowd", "pair", maintain_order=True)
    places = [frame[c].to_numpy() for c in ("group", "like", "crowd", "pair")]
    new = np.zeros(frame.height, dtype=bool)
    for column in places:
        new[1:] |= column[1:] != column[:-1]
    names = ("block", "direction", "prompt", "reply")
    return Strata(places[0], np.cumsum(new), places[1], *(frame[n].to_numpy() for n in names))


def tables_of(strata: Strata, blocks: int) -> Floats:
    """2×2 counts of neighbouring strata.

    Returns:
        Shape (4 cells, 8 classes, strata, blocks, 2 directions); cells are prompt without and
        reply without the class, without / with, with / without, with / with.
    """
    n = int(strata.stratum[-1] - strata.stratum[0]) + 1
    place = ((strata.stratum - strata.stratum[0]) * blocks + strata.block) * 2 + strata.direction
    shape = (n, blocks, 2)
    size = n * blocks * 2
    out = np.empty((4, len(CLASSES), *shape))
    for i in range(len(CLASSES)):
        cell = 2 * (strata.prompt >> i & 1) + (strata.reply >> i & 1)
        counts = np.bincount(cell * size + place, minlength=4 * size)
        out[:, i] = counts.reshape(4, *shape)
    return out


def differences(tables: Floats) -> tuple[Floats, Floats]:
    """Risk difference of each 2×2 table times its Mantel–Haenszel weight, and the weight.

    Args:
        tables: cells on the first axis, as from `tables_of`.
    """
    neither, reply_only, prompt_only, both = tables
    without, with_ = neither + reply_only, prompt_only + both
    n = np.maximum(without + with_, 1.0)
    return (both * without - reply_only * with_) / n, without * with_ / n


def _sums_of_chunk(strata: Strata, groups: int, blocks: int) -> Sums:
    """`Sums` of neighbouring groups, with and without each block."""
    whole = tables_of(strata._replace(block=np.zeros_like(strata.block)), 1)
    parts = (whole, whole - tables_of(strata, blocks)) if blocks else (whole,)
    tables = np.concatenate(parts, axis=3)
    first = np.flatnonzero(np.diff(strata.stratum, prepend=-1))
    of_group, of_like = strata.group[first] - strata.group[0], strata.like[first]
    new = np.flatnonzero(np.diff(of_group * LIKE + of_like, prepend=-1))
    out = []
    for part in differences(tables):
        total = np.zeros((len(part), groups, LIKE, *part.shape[2:]))
        total[:, of_group[new], of_like[new]] = np.add.reduceat(part, new, axis=1)
        out.append(total)
    return Sums(*out)


def sums_by_chunk(pairs: pl.DataFrame, group: str, blocks: int) -> Iterator[Sums]:
    """Sums of every group, with and without each of its blocks, some groups at a time.

    Args:
        pairs: from `reply_pairs`, bare ones left out, sorted by `group` and then by time.
        group: the column to be read as one.
        blocks: how many are left out one by one, or 0.

    Yields:
        Arrays of shape (8, groups, LIKE, 1 + blocks, 2), in the groups' order.
    """
    strata = strata_of(pairs, group, max(blocks, 1))
    n = int(strata.group[-1]) + 1 if len(strata.group) else 0
    for first in range(0, n, _CHUNK):
        low, high = np.searchsorted(strata.group, (first, first + _CHUNK))
        yield _sums_of_chunk(strata.part(low, high), min(_CHUNK, n - first), blocks)
