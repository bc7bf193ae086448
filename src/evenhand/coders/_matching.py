"""Each rule's conditions, on what phrases have hit."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from evenhand.coders._echo import echoes
from evenhand.coders._frame import TAG_END
from evenhand.coders._phrasebook import Rule
from evenhand.coders._polarity import denies
from evenhand.coders._quotes import with_quoted
from evenhand.coders._search import HEARD_IN_ALL_VARIETIES
from evenhand.coders._words import HESITATIONS, Words, said_twice

HITS = pl.Schema(
    {
        "row": pl.UInt32,
        "code": pl.String,
        "subtype": pl.String,
        "start_char": pl.Int64,
        "end_char": pl.Int64,
    }
)
"""Hits that count."""

WINDOW = 120
"""Characters to either side of a hit that a rule's conditions see."""

REPORTED = (
    r"\b(?:said|says|saying|told (?:me|him|her|them|us|my \w+)|was like|were like|is like|"
    r"i'm like|he's like|she's like|they're like|goes|asked me|he asked|she asked|"
    r"(?:he|she|they) told you)\b[^.!?;]*$"
)
"""Somebody's speech is being reported when this stands before a hit, in its clause."""

REPORTED_BEHIND = (
    r"^[^.!?;]*[,?!] (?:i|he|she|they|we|(?:my|the) \w+) (?:said|says|goes|asked|"
    r"(?:told|asked) (?:me|him|her|them|us|my \w+))(?: to (?:me|him|her|them|my \w+))?"
    r"\s*(?:[.!?;]|$)"
)
"""Or this behind it, which ends the sentence: ", she told me." """

_SLIP = (
    rf"[ ,]*\b(?:{'|'.join(HESITATIONS)})\b[ ,]*|, ?(?:like|you know|i mean),[ ]?"
    r"| ?\b\p{L}{1,2}-+ "
)
"""Conditions do not see hesitations, asides and cut-off words either."""

_TAG = TAG_END.replace("$", "").replace(r"\W*", r"\s*\?")
"""A question tag behind a hit, which makes no question of it."""

_SIDES = ("left", "right")

_IN_THE_POSITIVE = " in the positive"


def with_context(hits: pl.DataFrame, frame: pl.DataFrame, words: Words) -> pl.DataFrame:
    """What stands before and behind each hit, and the turn that it is in.

    Args:
        hits: row, start_char, end_char, heard (of voice or rupture), and echo_end, where the
            client's own words begin.
        frame: `_frame.coding_frame`.
        words: of the same rows.
    """
    turns = frame.select(
        "row", "plain", "role", "place", "words", "asks", "minimal", "prior_asks", "prior_row"
    ).with_columns(words.frame["slipped"])
    start = pl.max_horizontal(pl.col("start_char") - WINDOW, "echo_end", 0)
    seen = hits.join(turns, on="row", how="left", maintain_order="left").with_columns(
        left=pl.col("plain").str.slice(start, (pl.col("start_char") - start).clip(lower_bound=0)),
        right=pl.col("plain").str.slice(pl.col("end_char"), WINDOW),
    )
    said = [pl.col(side).str.replace_all(_SLIP, " ") for side in _SIDES]
    fluent = seen.filter("slipped").with_columns(said)
    once = [pl.col(side).str.replace_many(*said_twice(words.vocabulary)) for side in _SIDES]
    heard = fluent.filter("heard").with_columns(once).with_columns(left=_begun_once())
    seen = pl.concat([seen.filter(~pl.col("slipped")), fluent.filter(~pl.col("heard")), heard])
    asks = pl.col("right").str.contains("?", literal=True)
    told = seen.filter(asks).with_columns(pl.col("right").str.replace(_TAG, "."))
    reported = (
        pl.col("left").str.contains(REPORTED)
        | pl.col("right").str.contains(REPORTED_BEHIND)
        | pl.col("quoted")
    )
    return pl.concat([seen.filter(~asks), told]).with_columns(reported=reported)


def _begun_once() -> pl.Expr:
    """What stands before, without the hit's own first word said there already."""
    first = pl.col("plain").str.slice(pl.col("start_char"), 12).str.extract(r"^([\w']+)")
    left = pl.concat_str(pl.lit(" "), "left")
    for pause in (" ", ", ", "- "):
        stuck = pl.concat_str(pl.lit(" "), first, pl.lit(pause))
        again = left.str.ends_with(stuck)
        left = pl.when(again).then(left.str.strip_suffix(stuck) + pl.lit(" ")).otherwise(left)
    return left.str.slice(1)


def _not_echoed(
    hits: pl.DataFrame, frame: pl.DataFrame, words: Words, rules: Sequence[Rule]
) -> pl.DataFrame:
    """Hits of voice and rupture that are no echo, with the end of an echo before them."""
    numbers = [n for n, rule in enumerate(rules) if rule.code in HEARD_IN_ALL_VARIETIES]
    mine = pl.col("rule").is_in(numbers)
    ends = echoes(hits.filter(mine), frame, words)
    known = hits.join(ends, on="row", how="left", maintain_order="left")
    echo_end = pl.when(mine).then("echo_end").cast(pl.Int64)
    return known.with_columns(echo_end, heard=mine).filter(
        pl.col("echo_end").is_null() | (pl.col("end_char") > pl.col("echo_end"))
    )


def _conditions(rule: Rule) -> list[pl.Expr]:
    left, right, whole = pl.col("left"), pl.col("right"), pl.col("plain")
    tests: list[pl.Expr] = []
    if rule.roles:
        tests.append(pl.col("role").is_in(list(rule.roles)))
    if not rule.quoted:
        tests.append(~pl.col("reported"))
    for text, wanted, unwanted in (
        (left, rule.left_must, rule.left_not),
        (right, rule.right_must, rule.right_not),
        (whole, rule.turn_must, rule.turn_not),
    ):
        if wanted:
            tests.append(text.str.contains(wanted))
        if unwanted:
            tests.append(~text.str.contains(unwanted))
    if rule.skip_first:
        tests.append(pl.col("place") >= rule.skip_first)
    if rule.most_words:
        tests.append(pl.col("words") <= rule.most_words)
    if rule.prior:
        asked, prior = pl.col("prior_asks"), rule.prior.removesuffix(_IN_THE_POSITIVE)
        tests.append(
            {
                "asserts": ~asked,
                "asks": asked,
                "leads": pl.col("prior_row").is_not_null(),
            }[prior].fill_null(False)
        )
    return tests


def _near(kept: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """Only hits that have another of the rule within six turns of the same speaker's side."""
    turns = kept.select("session", "row", "own").unique().sort("row")
    gap_before = pl.col("own") - pl.col("own").shift(1).over("session")
    gap_after = pl.col("own").shift(-1).over("session") - pl.col("own")
    close = (gap_before <= 5).fill_null(False) | (gap_after <= 5).fill_null(False)
    return kept.join(turns.filter(close).select("row"), on="row", how="semi")


def _to_the_positive(kept: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """Only hits that answer what was not put in the negative: "no, it's not" agrees with that."""
    prior = frame[kept["prior_row"].unique().to_list()].filter(denies())
    return kept.join(prior.select(prior_row="row"), on="prior_row", how="anti")


def apply_rules(
    hits: pl.DataFrame, frame: pl.DataFrame, words: Words, rules: Sequence[Rule]
) -> pl.DataFrame:
    """Hits that meet their rule's conditions: row, code, subtype, start_char, end_char."""
    told = _not_echoed(hits, frame, words, rules)
    context = with_context(with_quoted(told, frame), frame, words)
    frames = []
    for (number,), group in context.partition_by("rule", as_dict=True).items():
        rule = rules[number]
        tests = _conditions(rule)
        kept = group.filter(*tests) if tests else group
        if rule.prior.endswith(_IN_THE_POSITIVE):
            kept = _to_the_positive(kept, frame)
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
