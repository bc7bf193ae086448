"""One pass over all phrases of all codes, then each rule's conditions, on hits only."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from evenhand.coders._phrasebook import Rule
from evenhand.coders._text import char_at

WINDOW = 120
"""Characters to either side of a hit that a rule's conditions see."""

REPORTED = (
    r"\b(?:said|says|saying|told (?:me|him|her|them|us|my \w+)|was like|were like|is like|"
    r"i'm like|he's like|she's like|they're like|goes|asked me|he asked|she asked)\b[^.!?;]*$"
)
"""Somebody's speech is being reported when this stands before a hit, in its clause."""

IN_QUOTES = r'"[^"]*$'


def _table(rules: Sequence[Rule]) -> pl.DataFrame:
    """Phrases (as each stands in spaced text) and the rules that they are of."""
    rows = [
        (f" {phrase.replace(',', ' ')} ", number)
        for number, rule in enumerate(rules)
        if not rule.only
        for phrase in rule.phrases
    ]
    schema = {"phrase": pl.String, "rule": pl.UInt32}
    return pl.DataFrame(rows, schema=schema, orient="row").unique(maintain_order=True)


def raw_hits(frame: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """Every phrase wherever it stands: row, rule, start_char, end_char (of the turn's text).

    Args:
        frame: row, spaced.
        rules: whose phrases to look for.
    """
    table = _table(rules)
    patterns = table["phrase"].unique(maintain_order=True).to_list()
    found = (
        frame.lazy()
        .select(
            "row",
            "spaced",
            pl.col("spaced").str.find_many(patterns, overlapping=True).alias("byte"),
            pl.col("spaced").str.extract_many(patterns, overlapping=True).alias("phrase"),
        )
        .filter(pl.col("byte").list.len() > 0)
        .explode("byte", "phrase")
        .with_columns(start_char=char_at("spaced", "byte"))
        .drop("spaced", "byte")
        .with_columns(end_char=pl.col("start_char") + pl.col("phrase").str.len_chars() - 2)
    )
    named = found.join(table.lazy(), on="phrase")
    return named.select("row", "rule", "start_char", "end_char").collect()


def only_hits(frame: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """Turns that consist of nothing but a rule's phrases: row, rule, start_char, end_char."""
    frames = []
    for number, rule in enumerate(rules):
        if rule.only:
            longest_first = sorted({p.replace(",", " ") for p in rule.phrases}, key=len)[::-1]
            pattern = r"^\s*(?:(?:" + "|".join(longest_first) + r")\s+)+$"
            rows = frame.filter(pl.col("spaced").str.contains(pattern))
            frames.append(
                rows.select(
                    "row",
                    rule=pl.lit(number, pl.UInt32),
                    start_char=pl.lit(0, pl.Int64),
                    end_char=pl.col("plain").str.len_chars().cast(pl.Int64),
                )
            )
    return pl.concat(frames)


def with_context(hits: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """What stands before and behind each hit, and the turn that it is in."""
    turns = frame.select(
        "row", "plain", "role", "place", "words", "asks", "minimal", "prior_asks", "prior_row"
    )
    start = (pl.col("start_char") - WINDOW).clip(lower_bound=0)
    return hits.join(turns, on="row", how="left", maintain_order="left").with_columns(
        left=pl.col("plain").str.slice(start, pl.col("start_char") - start),
        right=pl.col("plain").str.slice(pl.col("end_char"), WINDOW),
    )


def _conditions(rule: Rule) -> list[pl.Expr]:
    left, right, whole = pl.col("left"), pl.col("right"), pl.col("plain")
    tests: list[pl.Expr] = []
    if rule.roles:
        tests.append(pl.col("role").is_in(list(rule.roles)))
    if not rule.quoted:
        odd = left.str.count_matches('"', literal=True) % 2 == 1
        tests.append(~left.str.contains(REPORTED) & ~odd)
    for text, wanted, unwanted in (
        (left, rule.left_must, rule.left_not),
        (right, rule.right_must, rule.right_not),
        (whole, rule.turn_must, rule.turn_not),
    ):
        if wanted:
            tests.append(text.str.contains(wanted))
        if unwanted:
            tests.append(~text.str.contains(unwanted))
    if rule.whole_turn:
        around = left.str.contains(r"[\p{L}\p{N}]") | right.str.contains(r"[\p{L}\p{N}]")
        tests.append(~around)
    if rule.skip_first:
        tests.append(pl.col("place") >= rule.skip_first)
    if rule.most_words:
        tests.append(pl.col("words") <= rule.most_words)
    if rule.prior:
        asked = pl.col("prior_asks")
        tests.append(
            {
                "asserts": ~asked,
                "asks": asked,
                "leads": pl.col("prior_row").is_not_null(),
            }[rule.prior].fill_null(False)
        )
    return tests


def _near(kept: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """Only hits that have another of the rule within six turns of the same speaker's side."""
    turns = kept.select("session", "row", "own").unique().sort("row")
    gap_before = pl.col("own") - pl.col("own").shift(1).over("session")
    gap_after = pl.col("own").shift(-1).over("session") - pl.col("own")
    close = (gap_before <= 5).fill_null(False) | (gap_after <= 5).fill_null(False)
    return kept.join(turns.filter(close).select("row"), on="row", how="semi")


def apply_rules(hits: pl.DataFrame, frame: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """Hits that meet their rule's conditions: row, code, subtype, start_char, end_char."""
    context = with_context(hits, frame)
    frames = []
    for (number,), group in context.partition_by("rule", as_dict=True).items():
        rule = rules[number]  # type: ignore[index]
        tests = _conditions(rule)
        kept = group.filter(*tests) if tests else group
        if rule.near_own and kept.height:
            keys = frame.select("row", "session", "own")
            kept = _near(kept.join(keys, on="row", maintain_order="left"), rule)
        frames.append(
            kept.select(
                "row",
                pl.lit(rule.code).alias("code"),
                pl.lit(rule.subtype, pl.String).alias("subtype"),
                "start_char",
                "end_char",
            )
        )
    if not frames:
        return pl.DataFrame(schema=HITS)
    return longest(pl.concat(frames).cast(HITS))


HITS = pl.Schema(
    {
        "row": pl.UInt32,
        "code": pl.String,
        "subtype": pl.String,
        "start_char": pl.Int64,
        "end_char": pl.Int64,
    }
)


def longest(hits: pl.DataFrame) -> pl.DataFrame:
    """Of overlapping hits of one code keep the first and longest: one act is counted once.

    Hits that overlap in a chain count as one. Row and code make one number, and places within a
    turn its lower digits, so that one running maximum serves all turns and codes.
    """
    codes = hits["code"].unique(maintain_order=True)
    numbers = pl.DataFrame({"code": codes, "number": range(len(codes))})
    keyed = hits.join(numbers, on="code", how="left", maintain_order="left")
    group = (pl.col("row").cast(pl.Int64) * 256 + pl.col("number")) * (1 << 24)
    ordered = keyed.with_columns(
        first=group + pl.col("start_char"), last=group + pl.col("end_char")
    ).sort(["first", "last"], descending=[False, True], maintain_order=True)
    reach = pl.col("last").cum_max().shift(1)
    kept = ordered.filter((pl.col("first") >= reach).fill_null(True))
    return kept.drop("number", "first", "last")
