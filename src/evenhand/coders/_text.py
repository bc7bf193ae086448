"""A turn's text in the two forms that matching needs; characters stay in their places in both."""

from __future__ import annotations

import polars as pl

_LIKE = {"’": "'", "‘": "'", "ʼ": "'", "＇": "'", "İ": "i", "“": '"', "”": '"', "\u00a0": " "}


def plain(text: str = "text") -> pl.Expr:
    """Small letters and straight quotes, punctuation kept; as many characters as the text."""
    straight = pl.col(text).str.replace_many(list(_LIKE), list(_LIKE.values()))
    return straight.str.to_lowercase()


def spaced(text: str = "plain") -> pl.Expr:
    """Words only, each other character a space, and a space more at either end.

    An apostrophe within a word stays ("let's" is not "let"); a mark over a letter stays with it,
    so that "cafe" is not found in "café" however that is written.
    """
    words = pl.col(text).str.replace_all(r"[^\p{L}\p{N}\p{M}']", " ")
    padded = pl.concat_str(pl.lit(" "), words, pl.lit(" "))
    return padded.str.replace_many([" '", "' "], ["  ", "  "])


def char_at(haystack: str, byte: str) -> pl.Expr:
    """How many characters stand before a byte of a text."""
    ascii_only = pl.col(haystack).str.len_bytes() == pl.col(haystack).str.len_chars()
    head = pl.col(haystack).cast(pl.Binary).bin.slice(0, pl.col(byte)).cast(pl.String)
    return pl.when(ascii_only).then(pl.col(byte)).otherwise(head.str.len_chars()).cast(pl.Int64)
