"""The words of turns as phrases are sought among them, and the way back to their characters.

Hesitations, stammered repeats and asides between commas are left out, so that "I, uh, I d- don't
agree" is found as "i don't agree": no one's disagreement is missed for how fluently it was said.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

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

_MARKS = {
    "--": f" {_CUT} ", "- ": f" {_CUT} ", " -": " | ", ", ": " , ", ",": " , ",
    "| ": " | ", "|": " | ", "-": " - ",
}  # fmt: skip
_BETWEEN = np.isin(np.arange(256), [ord(mark) for mark in " ,|"])
"""Whether a byte stands between words."""

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
        .str.replace_all("  +", " ")
        .str.replace_all(r"^ (like|you know|i mean) ,", " | $1 ,")
        .str.replace_many(found, left, leftmost=True),
    ).with_columns(slipped=said.str.contains_any([_GONE, _CUT]))
    gone = said.str.contains(_GONE, literal=True)
    again = said.str.replace_many(found, left, leftmost=True)  # slips may share a space
    rough = once.filter(gone).with_columns(words=_without(again))
    both = pl.concat([once.filter(~gone), rough]).sort("row")
    return both.with_columns(words=said.str.replace_many([_CUT, "- "], ["|", ""]))


Bytes = NDArray[np.uint8]
Places = NDArray[np.signedinteger[Any]]


def _bytes(texts: pl.Series) -> Bytes:
    return np.frombuffer(texts.str.join("").item().encode(), dtype=np.uint8)


def _starts(texts: pl.Series) -> NDArray[np.int64]:
    """Where each text begins when all stand in a line, in bytes."""
    ends = texts.str.len_bytes().cast(pl.Int64).cum_sum().to_numpy()
    return np.concatenate([[0], ends[:-1]]) if len(ends) else ends


def _edges(data: Bytes) -> tuple[Places, Places]:
    """First byte of each word, and the byte behind it: every text has a space at either end."""
    between = _BETWEEN[data]
    places: Places = np.flatnonzero(between[:-1] != between[1:])
    if len(data) < (1 << 31) - 1:
        places = places.astype(np.int32)  # half the memory
    places += 1
    return places[0::2], places[1::2]


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
            (some words were left out, or one was cut off).
        begins: of each text of `frame`, in bytes, when all stand in a line.
        firsts: first byte of each word there.
        was_first, was_last: first byte of the same words, and the byte behind them, among all
            turns' spaced texts in a line; `was_begins` of each of those.
        inner: bytes of those that begin no character.
        counts: words of each turn.
        vocabulary: words whose repeats were left out.
    """

    frame: pl.DataFrame
    begins: NDArray[np.int64]
    firsts: Places
    was_first: Places
    was_last: Places
    was_begins: NDArray[np.int64]
    inner: NDArray[np.int64]
    counts: NDArray[np.int64]
    vocabulary: tuple[str, ...]

    def count(self) -> pl.Series:
        """Words of each turn, those that are left out too."""
        return pl.Series("words", self.counts, pl.UInt32)

    def span(
        self, row: NDArray[np.int64], byte: NDArray[np.int64], length: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First and last character (exclusive) of what was found at a byte of a row's words."""
        at = self.begins[row] + byte
        first = self.was_first[np.searchsorted(self.firsts, at)]
        last = self.was_last[np.searchsorted(self.firsts, at + length) - 1]
        return self._char(row, first), self._char(row, last)

    def _char(self, row: NDArray[np.int64], byte: Places) -> NDArray[np.int64]:
        begin = self.was_begins[row]
        inner = np.searchsorted(self.inner, byte) - np.searchsorted(self.inner, begin)
        return byte - begin - inner - 1  # the text has a space before it


def find_words(frame: pl.DataFrame, vocabulary: tuple[str, ...]) -> Words:
    """The words of all turns.

    Args:
        frame: row (from 0, one each), marked, spaced.
        vocabulary: words whose stammered repeats are left out.
    """
    marked = _left_out(frame, vocabulary)
    data = _bytes(marked["words"])
    firsts, _ = _edges(data)
    gone = data[firsts] == ord(_GONE)
    firsts = (firsts - 2 * np.cumsum(gone, dtype=firsts.dtype))[~gone]  # "^ " is two bytes
    searched = marked.with_columns(
        words=pl.col("words").str.replace_all(f"{_GONE} ", "", literal=True)
    )
    spaced = _bytes(frame["spaced"])
    was_first, was_last = _edges(spaced)
    was_begins = _starts(frame["spaced"])
    return Words(
        frame=searched,
        begins=_starts(searched["words"]),
        firsts=firsts,
        was_first=was_first[~gone],
        was_last=was_last[~gone],
        was_begins=was_begins,
        inner=np.flatnonzero((spaced & 0xC0) == 0x80),
        counts=np.diff(np.searchsorted(was_first, np.append(was_begins, len(spaced)))),
        vocabulary=vocabulary,
    )
