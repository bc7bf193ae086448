"""The words of turns as phrases are sought among them, and the way back to their characters.

Hesitations, stammered repeats and asides between commas are left out, so that "I, uh, I d- don't
agree" is found as "i don't agree": no one's disagreement is missed for how fluently it was said.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

HESITATIONS = ("um", "umm", "uh", "uhh", "uhm", "er", "erm", "ehm", "em", "eh")

ASIDES = ("like", "you know", "i mean")
"""Left out where commas set them off."""

_GONE = "^"
"""Stands for a word that is left out, until all such words have been found."""

_CUT = "~"
"""Stands for a hyphen or dash at the end of a word."""

_MARKS = {"--": f" {_CUT} ", "- ": f" {_CUT} ", " -": " | ", ",": " , ", "|": " | ", "-": " - "}
_CUTS = (f" {_CUT}", " -")
_PAUSES = ("", " ,", *_CUTS)


def _gone(words: str) -> str:
    return " ".join(_GONE for _ in words.split())


@cache
def _slips(vocabulary: tuple[str, ...]) -> tuple[pl.Series, pl.Series]:
    """Hesitations, asides, words said twice or begun twice: to what is left of them."""
    found = {}
    for word in ("um", "uh"):  # "uh-huh" is an answer
        for tail in ("huh", "hmm", "hm"):
            for gap in (" ", " - "):
                found[f" {word}{gap}{tail} "] = f" {word}{gap}{tail} "
    found |= {f" {word} ": f" {_GONE} " for word in HESITATIONS}
    found |= {f" {mark} {said} , ": f" {mark} {_gone(said)} , " for said in ASIDES for mark in ",|"}
    for aside in ASIDES:  # "you, you know, …" says nothing twice
        first = aside.split()[0]
        found[f" {first} , {aside} , "] = f" {first} {_gone(aside)} "
    for word in vocabulary:
        # "I i- interrupted" has one "I" that is cut off, and one that is not.
        for whole in {word[:n] for n in range(1, min(4, len(word)))} & set(vocabulary):
            for pause in _CUTS:
                found[f" {whole} {whole}{pause} {word} "] = f" {whole} {_GONE} {word} "
    for word in vocabulary:
        found |= {f" {word}{pause} {word} ": f" {_GONE} {word} " for pause in _PAUSES}
        for begun in {word[:n] for n in range(1, min(4, len(word)))}:
            for pause in _CUTS:
                found[f" {begun}{pause} {word} "] = f" {_GONE} {word} "
    return pl.Series([list(found)]), pl.Series([list(found.values())])


def _without(text: pl.Expr) -> pl.Expr:
    """Pauses around words that are left out go with them."""
    pauses = text.str.replace_all(rf"(?: [,{_CUT}])+ \{_GONE}", f" {_GONE}")
    return pauses.str.replace_all(rf" \{_GONE}(?: [,{_CUT}])+", f" {_GONE}")


def _left_out(frame: pl.DataFrame, vocabulary: tuple[str, ...]) -> pl.DataFrame:
    """Row, words (with `_GONE` for those left out), slipped."""
    found, left = _slips(vocabulary)
    said = pl.col("words")
    once = frame.select(
        "row",
        words=pl.col("marked")
        .str.replace_many(list(_MARKS), list(_MARKS.values()), leftmost=True)
        .str.replace_all(" {2,}", " ")
        .str.replace_all(r"^ (like|you know|i mean) ,", " | $1 ,")
        .str.replace_many(found, left, leftmost=True),
    ).with_columns(slipped=said.str.contains_any([_GONE, _CUT]))
    again = said.str.replace_many(found, left, leftmost=True)  # slips may share a space
    rough = once.filter("slipped").with_columns(words=_without(again))
    both = pl.concat([once.filter(~pl.col("slipped")), rough]).sort("row")
    return both.with_columns(words=said.str.replace_many([_CUT, "- "], ["|", ""]))


def _bytes(texts: pl.Series) -> NDArray[np.uint8]:
    return np.frombuffer("".join(texts.to_list()).encode(), dtype=np.uint8)


def _starts(texts: pl.Series) -> NDArray[np.int64]:
    """Where each text begins when all stand in a line, in bytes."""
    ends = texts.str.len_bytes().cast(pl.Int64).cum_sum().to_numpy()
    return np.concatenate([[0], ends[:-1]]) if len(ends) else ends


def _words_in(data: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """First byte of each word, and the byte behind it."""
    part = ~np.isin(data, np.frombuffer(b" ,|", dtype=np.uint8))
    edges = np.flatnonzero(part[1:] != part[:-1]).astype(np.int32) + 1
    return edges[::2], edges[1::2]


@cache
def said_twice(vocabulary: tuple[str, ...]) -> tuple[pl.Series, pl.Series]:
    """Words said twice as text has them, and once."""
    found = {f" {w}{pause} {w} ": f" {w} " for w in vocabulary for pause in ("", ",")}
    return pl.Series([list(found)]), pl.Series([list(found.values())])


@dataclass(frozen=True)
class Words:
    """What phrases are sought in, and where each of its words stood.

    Args:
        frame: row, words (between single spaces; commas and bars stand as words do), slipped
            (some words were left out).
        begins: of each text of `frame`, in bytes, when all stand in a line.
        firsts: first byte of each word there.
        was_first, was_last: the characters of its turn where each word began and ended.
        vocabulary: words whose repeats were left out.
    """

    frame: pl.DataFrame
    begins: NDArray[np.int64]
    firsts: NDArray[np.int32]
    was_first: NDArray[np.int32]
    was_last: NDArray[np.int32]
    vocabulary: tuple[str, ...]

    def span(
        self, row: NDArray[np.int64], byte: NDArray[np.int64], length: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First and last character (exclusive) of what was found at a byte of a row's words."""
        at = self.begins[row] + byte
        first = np.searchsorted(self.firsts, at)
        last = np.searchsorted(self.firsts, at + length) - 1
        return self.was_first[first].astype(np.int64), self.was_last[last].astype(np.int64)


def find_words(frame: pl.DataFrame, vocabulary: tuple[str, ...]) -> Words:
    """The words of all turns.

    Args:
        frame: row (from 0, one each), marked, spaced.
        vocabulary: words whose stammered repeats are left out.
    """
    marked = _left_out(frame, vocabulary)
    kept = _bytes(marked["words"])
    firsts, _ = _words_in(kept)
    stays = kept[firsts] != ord(_GONE)
    first, last = _places(frame["spaced"])
    searched = marked.with_columns(
        words=pl.col("words").str.replace_all(f"{_GONE} ", "", literal=True)
    )
    begins = _starts(searched["words"])
    firsts = _words_in(_bytes(searched["words"]))[0]
    return Words(searched, begins, firsts, first[stays], last[stays], vocabulary)


def _places(spaced: pl.Series) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """First and last character of every word, in its own turn's text."""
    data, begins = _bytes(spaced), _starts(spaced)
    first, last = _words_in(data)
    row = np.searchsorted(begins, first, side="right") - 1
    inner = np.flatnonzero((data & 0xC0) == 0x80)  # bytes that begin no character
    before = np.searchsorted(inner, begins)

    def place(at: NDArray[np.int32]) -> NDArray[np.int32]:
        chars = at - begins[row] - (np.searchsorted(inner, at) - before[row])
        return (chars - 1).astype(np.int32)  # the text has a space before it

    return place(first), place(last)
