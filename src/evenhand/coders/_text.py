"""A turn's text in the forms that matching needs; characters stay in their places in each."""

from __future__ import annotations

import polars as pl

_LIKE = {
    "’": "'", "‘": "'", "ʼ": "'", "＇": "'", "İ": "i", "“": '"', "”": '"',
    "\u00a0": " ", "\u202f": " ", "\n": " ", "\r": " ", "\t": " ",
}  # fmt: skip

_BARS = {f" {short}.": f" {short} " for short in ("mr", "mrs", "ms", "dr")} | dict.fromkeys(
    '.?!;:"()[]…—–*/', "|"
)


def plain(text: str = "text") -> pl.Expr:
    """Small letters and straight quotes, punctuation kept; as many characters as the text."""
    straight = pl.col(text).fill_null("").str.replace_many(list(_LIKE), list(_LIKE.values()))
    return straight.str.to_lowercase()


def marked(text: str = "plain") -> pl.Expr:
    """Words, spaces, commas and hyphens; a bar for each other mark; a space more at either end.

    An apostrophe within a word stays ("let's" is not "let"); a mark over a letter stays with it,
    so that "cafe" is not found in "café" however that is written.
    """
    padded = pl.concat_str(pl.lit(" "), pl.col(text), pl.lit(" "))
    bars = padded.str.replace_many(list(_BARS), list(_BARS.values()), leftmost=True)
    return bars.str.replace_all(r"[^\w', |-]|_", "|").str.replace_all(r"\B'|'\B", " ")


def spaced(text: str = "marked") -> pl.Expr:
    """Words only, each other character a space."""
    return pl.col(text).str.replace_many([",", "|", "-"], [" "])
