"""Text as phrases are sought in it, and the way back to the characters that were said.

`plain` keeps every character's place: lower case, straight apostrophes and quotation marks.
`mended` is `plain` without hesitations, stammered repeats and a transcriber's notes, so that "I, uh,
I d- don't agree" reads as "i don't agree"; `Pieces` leads back. `flat` has a space for whatever is
no part of a word, so that a phrase between spaces has whole words at both its ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

STRAIGHT = {
    "’": "'", "ʼ": "'", "＇": "'", "`": "'",
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
    "\n": " ", "\r": " ", "\t": " ", "\u00a0": " ", "\u202f": " ",
}  # fmt: skip
"""One character each for one."""

HESITATIONS = frozenset(
    "um umm ummm uh uhh uhhh uhm uhmm er err erm erm ehm em eh ah ahh hm hmm mm mmm mhm".split()
)
"""Dropped inside a turn; a turn of nothing else is left as it is."""

ASIDES = (("you", "know"), ("i", "mean"), ("like", ""))
"""Dropped where commas set them off on both sides."""

_PIECE = r"^[^\w'\[]+|\[[^\[\]]{0,60}\][^\w'\[]*|\[|[\w']+[^\w'\[]*"
_FRAGMENT = r"(?:^|[^\w'])\p{L}{1,3}-+(?:[ ,]|\p{L})"
_LIGHT = r"^[\s,\-–—…]*$|^\.\.\.+\s*$"


def plain(text: pl.Expr) -> pl.Expr:
    """Lower case with straight marks; as many characters as before."""
    # İ alone becomes two characters in lower case, which would move every span after it.
    lowered = text.fill_null("").str.replace_all("İ", "i", literal=True).str.to_lowercase()
    return lowered.str.replace_many(STRAIGHT)


def flat(text: pl.Expr) -> pl.Expr:
    """A space for each character outside words, and one at each end."""
    # The common marks by a quick pass; the regex then has hardly anything left to replace.
    marks = text.str.replace_many(dict.fromkeys('.,?!;:"()[]-–—…/*', " "))
    words = marks.str.replace_all(r"[^\w' ]", " ").str.replace_all(r"\B'|'\B", " ")
    return pl.lit(" ") + words + pl.lit(" ")


@dataclass(frozen=True)
class Texts:
    """What is searched: ``frame`` has row, mended, flat; ``pieces`` the way back for mended rows.

    ``pieces``: row, at (character in the mended text), was (character in the text as said), sorted.
    """

    frame: pl.DataFrame
    pieces: pl.DataFrame

    def as_said(self, spans: pl.DataFrame) -> pl.DataFrame:
        """Give spans (row, start, end in the mended text) their place in the text as said."""
        moved = spans.join(self.pieces.select("row").unique(), on="row", how="semi")
        if moved.is_empty():
            return spans
        kept = spans.join(self.pieces.select("row").unique(), on="row", how="anti")
        return pl.concat([kept, self._move(moved)])

    def _move(self, spans: pl.DataFrame) -> pl.DataFrame:
        for name, shift in (("start", 0), ("end", 1)):
            found = (
                spans.with_columns(at=pl.col(name) - shift)
                .sort("at")
                .join_asof(self.pieces.sort("at"), on="at", by="row", check_sortedness=False)
            )
            origin = pl.col("was") + (pl.col(name) - shift - pl.col("at_right")) + shift
            spans = found.with_columns(origin.alias(name)).select(spans.columns)
        return spans


def prepare(texts: pl.Series, stammered: Iterable[str]) -> Texts:
    """Plain, mended and flat forms of all turns' texts.

    Args:
        texts: what was said, a row a turn; null is empty.
        stammered: the words whose repetition is mended: those that phrases are made of.
    """
    frame = pl.DataFrame({"row": pl.int_range(len(texts), eager=True), "text": texts})
    frame = frame.select("row", mended=plain(pl.col("text"))).with_columns(
        flat=flat(pl.col("mended"))
    )
    rough = frame.filter(
        pl.col("flat").str.contains_any(_signs(stammered))
        | pl.col("mended").str.contains_any(["[", "  ", ", like,", "know,", "mean,"])
        | pl.col("mended").str.contains(_FRAGMENT)
    )
    pieces = _pieces(rough)
    mended = pieces.group_by("row", maintain_order=True).agg(pl.col("piece").str.join(""))
    mended = mended.select("row", pl.col("piece").alias("smooth"))
    frame = frame.join(mended, on="row", how="left", maintain_order="left")
    changed = (pl.col("smooth") != pl.col("mended")).fill_null(False)
    same = frame.filter(changed).select("row")
    frame = frame.with_columns(
        mended=pl.when(changed).then("smooth").otherwise("mended"),
        flat=pl.when(changed).then(flat(pl.col("smooth").fill_null(""))).otherwise("flat"),
    ).drop("smooth")
    back = pieces.join(same, on="row", how="semi").select("row", "at", "was")
    return Texts(frame, back)


def _signs(stammered: Iterable[str]) -> list[str]:
    """What a text that needs mending holds."""
    return [f" {w} " for w in HESITATIONS] + [f" {w} {w} " for w in stammered]


def _pieces(rough: pl.DataFrame) -> pl.DataFrame:
    """Words kept, with what follows each: row, piece, at (in the mended text), was (in the plain).

    A turn that holds nothing but hesitations keeps them.
    """
    length = pl.col("piece").str.len_chars().cast(pl.Int64)
    frame = (
        rough.select("row", piece=pl.col("mended").str.extract_all(_PIECE))
        .explode("piece", empty_as_null=True)
        .drop_nulls("piece")
        .with_columns(was=length.cum_sum().over("row") - length)
        .with_columns(
            word=pl.col("piece").str.extract(r"^([\w']+)").fill_null(""),
            gap=pl.col("piece").str.extract(r"([^\w'\]]*)$").fill_null(""),
        )
        .with_columns(drop=_dropped())
        .with_columns(drop=pl.col("drop") & ~pl.col("drop").all().over("row"))
    )
    before_drop = pl.col("drop").shift(-1).over("row").fill_null(False)
    light = pl.col("gap").str.contains(_LIGHT)
    gap = pl.when(before_drop & light).then(pl.lit(" ")).otherwise(
        pl.col("gap").str.replace_all(r"\s+", " ")
    )
    kept = frame.with_columns(
        piece=pl.when(pl.col("word") == "").then("piece").otherwise(pl.col("word") + gap)
    ).filter(~pl.col("drop"))
    return kept.select("row", "piece", "was", at=length.cum_sum().over("row") - length)


def _next(what: str | pl.Expr, n: int = 1) -> pl.Expr:
    value = pl.col(what) if isinstance(what, str) else what
    return value.shift(-n).over("row")


def _dropped() -> pl.Expr:
    """Notes, hesitations, cut-off beginnings of the next word, and the first of a word said twice."""
    word, gap = pl.col("word"), pl.col("gap")
    note = pl.col("piece").str.contains(r"^\[[^\]]*\]")
    hesitation = word.is_in(list(HESITATIONS))
    runs_on = ~gap.str.contains(r"[.?!;]\s|\n") & (word != "")
    # Hesitations may stand between the two: "i, uh, i".
    after = pl.when(_next(hesitation)).then(_next("word", 2)).otherwise(_next("word"))
    twice = runs_on & (word == after)
    pair = runs_on & (word == _next("word", 2)) & (_next("word") == _next("word", 3))
    second_of_pair = pair.shift(1).over("row")
    cut = gap.str.contains(r"^-") & (word.str.len_chars() <= 3) & _next("word").str.starts_with(word)
    parts = [note, hesitation, twice, pair, second_of_pair, cut, *_asides()]
    return pl.any_horizontal(part.fill_null(False) for part in parts)


def _asides() -> list[pl.Expr]:
    """Each word of an aside that stands between commas (or at the beginning, before one)."""
    word, gap = pl.col("word"), pl.col("gap")
    open_before = gap.shift(1).over("row").fill_null(",").str.contains(r"[,.?!\-–—]")
    comma = gap.str.contains(r"^\s*,")
    found = []
    for first, second in ASIDES:
        if not second:
            found.append((word == first) & open_before & comma)
            continue
        here = (word == first) & open_before & (_next("word") == second) & _next(comma)
        found += [here, here.shift(1).over("row")]
    return found
