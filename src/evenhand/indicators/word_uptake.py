"""Whose words last: brought in by one, taken up by the other."""

from __future__ import annotations

import polars as pl

from evenhand.core.contracts import Indicator
from evenhand.core.example import exchange
from evenhand.core.features import Features
from evenhand.indicators._content import content_words
from evenhand.indicators._lengths import length_bin

BLOCK = 5
"""Turns in a block: taken-up words come in runs."""


def brought_in(features: Features) -> pl.DataFrame:
    """Every content word's first use in its session, and the other's first use after it.

    Returns:
        session, row and side of the first use; taken: the row in which the other person takes
        it up, or null; word: as that person said it.
    """
    if "word_uptake" not in features.once:
        features.once["word_uptake"] = _brought_in(content_words(features.words))
    return features.once["word_uptake"]


def _brought_in(said: pl.DataFrame) -> pl.DataFrame:
    firsts = said.unique(["session", "stem", "side"], keep="first", maintain_order=True)
    both = pl.len() > 1
    return firsts.group_by("session", "stem", maintain_order=True).agg(
        pl.col("row", "side").first(),
        pl.when(both).then(pl.col("row").last()).alias("taken"),
        pl.when(both).then(pl.col("word").last()).alias("word"),
    )


def matched_turns(features: Features) -> pl.DataFrame:
    """Words brought in and taken up by turn, bins of turn length weighing alike for both roles.

    Returns:
        session, side, row, k (taken up), e (brought in), both times the smaller of the two
        roles' words in the bin over the role's own; bins that one role lacks weigh 0.
    """
    lengths = features.turns.select("row", like=length_bin(pl.col("words")))
    turns = (
        brought_in(features)
        .group_by("session", "side", "row", maintain_order=True)
        .agg(pl.col("taken").count().alias("k"), pl.len().alias("e"))
        .join(lengths, on="row", how="left", maintain_order="left")
    )
    place = ("session", "like")
    mine = pl.col("e").sum().over(*place, "side")
    share = pl.min_horizontal(mine, pl.col("e").sum().over(place) - mine) / mine
    return turns.select("session", "side", "row", pl.col("k", "e") * share)


def _dispersion(rows: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Variance over mean of what is left of the amount when exposure has had its part."""
    sums = rows.group_by(*by, maintain_order=True).agg(pl.col("left", "k").sum())
    n = pl.len()
    spread = n / (n - 1) * (pl.col("left") ** 2).sum() / pl.col("k").sum()
    usable = (n > 1) & (pl.col("k").sum() > 0)
    return sums.group_by("session", "side", maintain_order=True).agg(
        pl.when(usable).then(spread).alias("phi")
    )


def compute_word_uptake(features: Features) -> pl.DataFrame:
    """Matched k and e of each role, their dispersion, and a reason where no bin is shared.

    Returns:
        A row a session in which anybody brought in a content word. Dispersion is that of the
        residual k − rate · e over turns, or over blocks of five if larger: turns differ in how
        many words they bring in, which is no spread of the rate.
    """
    turns = matched_turns(features)
    who = ["session", "side"]
    rate = (pl.col("k").sum() / pl.col("e").sum()).over(who)
    rows = turns.filter(pl.col("e") > 0).with_columns(left=pl.col("k") - rate * pl.col("e"))
    rows = rows.with_columns(block=pl.int_range(pl.len()).over(who) // BLOCK)
    alone, blocks = _dispersion(rows, [*who, "row"]), _dispersion(rows, [*who, "block"])
    sides = (
        turns.group_by(who, maintain_order=True)
        .agg(pl.col("k", "e").sum())
        .join(alone, on=who, how="left")
        .join(blocks, on=who, how="left", suffix="_blocks")
        .with_columns(phi=pl.max_horizontal("phi", "phi_blocks"))
    )
    out = sides.select(pl.col("session").unique(maintain_order=True))
    for role, side in (("therapist", 1), ("client", -1)):
        mine = sides.filter(pl.col("side") == side).select(
            "session",
            pl.col("k").alias(f"k_{role}"),
            pl.col("e").alias(f"e_{role}"),
            pl.col("phi").alias(f"dispersion_{role}"),
        )
        out = out.join(mine, on="session", how="left", maintain_order="left")
    none = pl.min_horizontal(pl.col("e_therapist", "e_client").fill_null(0)) <= 0
    reason = pl.lit("no new words in turns of like length on both sides")
    return out.with_columns(absent=pl.when(none).then(reason))


def _span(text: pl.Expr, word: pl.Expr) -> pl.Expr:
    """Where a word stands in a text that has one space for each character of no word."""
    found = text.str.find(pl.format(" {} ", word), literal=True)
    return text.cast(pl.Binary).bin.slice(0, found).cast(pl.String).str.len_chars()


def word_uptake_evidence(features: Features) -> pl.DataFrame:
    """The turns in which the other took a word up, credited to who brought it in."""
    found = brought_in(features).drop_nulls("taken").select("side", "word", row="taken")
    plain = pl.col("text").str.to_lowercase().str.replace_all("’", "'")
    spaced = pl.format(" {} ", plain.str.replace_all(r"[^\p{L}\p{N}\p{M}'\-]", " "))
    used = pl.col("row").is_in(found["row"].implode())
    texts = features.turns.filter(used).select("row", text=spaced)
    rows = found.join(texts, on="row", how="left", maintain_order="left")
    start = _span(pl.col("text"), pl.col("word")).cast(pl.Int64)
    return (
        rows.with_columns(start_char=start)
        .with_columns(end_char=pl.col("start_char") + pl.col("word").str.len_chars())
        .select("row", "side", "start_char", pl.col("end_char").cast(pl.Int64))
    )


def _example() -> list[tuple[str, str]]:
    """Ten new words a side in turns of 22 words; five are taken up, and two the other way."""
    frame = "And so it was all there for me to be with you on it but what about the {} and the {}"
    plain = frame.replace(" and the {}", " and about us all")
    theirs = "kitchen garden brother exam letter doctor river window piano holiday".split()
    mine = "sister bakery ticket mirror engine teacher summer carpet market bottle".split()
    said = []
    for i, (asked, told) in enumerate(zip(theirs, mine, strict=True)):
        back = frame.format(asked, told) if i % 2 == 0 else plain.format(told)
        said += [("therapist", plain.format(asked)), ("client", back)]
    again = [("therapist", plain.format(word)) for word in mine[:2]]
    return said + again


INDICATOR = Indicator(
    name="word_uptake",
    version=1,
    facet="agenda",
    title="Words that the other takes up",
    kind="tilted",
    direction=1,
    unit="of the content words one brings in",
    why=(
        "Whose words come back in the other's mouth shapes what the hour is about. Taking up a "
        "word is also how a therapist shows that they heard; and who talks more takes up more."
    ),
    formula=(
        "content words that I am first to use in the session and the other uses later ÷ content "
        "words that I am first to use, in turns of like length, like bins weighing alike for both"
    ),
    source=(
        "After Discursis: Angus, Smith & Wiles 2012, doi:10.1080/10503307.2012.703449 (concepts "
        "recurring between speakers). Ours is lexical, so not called topic: stems, not concepts."
    ),
    compute=compute_word_uptake,
    evidence_of=word_uptake_evidence,
    needs=("no_interpreter",),
    example=exchange(*_example()),
    expected={
        "therapist": 0.5,
        "client": 0.2,
        "k_therapist": 5.0,
        "e_therapist": 10.0,
        "k_client": 2.0,
        "e_client": 10.0,
        "absent": None,
    },
)
