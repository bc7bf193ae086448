"""Content words, lightly stemmed: what is left when function words and fillers are gone."""

from __future__ import annotations

import polars as pl

from evenhand.indicators._markers import FUNCTION_WORDS

_FILLERS = """
    um umm uh uhm er erm ah aha ahh oh ooh eh huh hm hmm hmmm mm mmm mhm mm-hmm mm-hm uh-huh uh-uh
    yeah yep yup yes no nope nah okay ok alright right wow ha haha
    like kind kinda sort sorta know mean guess suppose
    hello hi hey bye goodbye welcome thank thanks please sorry excuse mr mrs ms
"""

_LIGHT = """
    get gets got getting gotten go goes going went gone come comes came coming
    make makes made making take takes took taken taking give gives gave given giving
    put puts putting let lets keep keeps kept use used using
    say says said saying tell tells told talk talking ask asks asked see sees saw seen seeing look
    looks looked looking think thinks thought thinking want wants wanted need needs needed
    try tries tried trying seem seems sound sounds
    thing things stuff way ways bit time times day days today lot lots
    good great nice fine well better best bad big little own same different
    one two three first last next new
    able sure true course maybe
"""

STOP = FUNCTION_WORDS | frozenset(_FILLERS.split()) | frozenset(_LIGHT.split())
"""Words that anybody uses about anything: taking these up shows nothing."""

_DOUBLED = ("bb", "dd", "gg", "ll", "mm", "nn", "pp", "rr", "tt")


def stem(word: pl.Expr) -> pl.Expr:
    """The word without plural, possessive, -ed, -ing and final e; rough, and meant to be."""
    word = word.str.replace(r"'s?$", "").str.replace(r"^(..+)ies$", "${1}y")
    word = word.str.replace(r"^(.*(?:ss|sh|ch|x|z))es$", "$1").str.replace(r"^(.+[^siu])s$", "$1")
    word = word.str.replace(r"^(.*[aeiouy].*[^e])ed$", "$1")
    word = word.str.replace(r"^(.*[aeiouy].*)ing$", "$1")
    twice = pl.any_horizontal(word.str.ends_with(pair) for pair in _DOUBLED)
    word = pl.when(twice).then(word.str.slice(0, word.str.len_chars() - 1)).otherwise(word)
    return word.str.replace(r"^(...+)e$", "$1").str.replace(r"^(..+)i$", "${1}y")


def content_words(words: pl.DataFrame) -> pl.DataFrame:
    """The content words among `Features.words`, in order, with their stems.

    Returns:
        session, row, side, word, stem (a number). A stammer ("i-i", "the-the") is no content.
    """
    # an Enum looks words up faster than a set does
    unknown = pl.col("word").cast(pl.Enum(sorted(STOP)), strict=False).is_null()
    said = words.filter(unknown)
    return said.join(_stems(said["word"].unique()), on="word", maintain_order="left")


def _stems(words: pl.Series) -> pl.DataFrame:
    """Different words and the number of their stem; those without content left out."""
    parts = pl.col("word").str.split("-")
    hollow = parts.list.eval(pl.element().is_in(list(STOP))).list.all()
    letters = pl.col("word").str.count_matches(r"\p{L}")
    kept = words.to_frame("word").filter(~hollow & (letters >= 3))
    return kept.with_columns(stem=stem(pl.col("word")).rank("dense").cast(pl.UInt32))
