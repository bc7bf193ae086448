"""One pass over all phrases of all codes."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import polars as pl

from evenhand.coders._echo import echoes
from evenhand.coders._phrasebook import Rule
from evenhand.coders._variants import ways_to_say
from evenhand.coders._words import Words
from evenhand.core.tables import CLIENT, THERAPIST

HEARD_IN_ALL_VARIETIES = (
    "disagreement",
    "self_advocacy",
    "invitation",
    "withdrawal",
    "confrontation",
    "mending",
)
"""Codes of voice and rupture: phrases are also sought as other Englishes say them, and an echo of
the other's words is none."""

_RAW = {"row": pl.UInt32, "rule": pl.UInt32, "start_char": pl.Int64, "end_char": pl.Int64}


@cache
def patterns(rules: tuple[Rule, ...]) -> pl.DataFrame:
    """Phrases in all their forms, as each stands among a turn's words, and the rules they are of.

    Returns:
        phrase, rule, therapist and client (whether the rule takes this role).
    """
    rows = [
        (written(form), number, *((not rule.roles or r in rule.roles) for r in (THERAPIST, CLIENT)))
        for number, rule in enumerate(rules)
        if not rule.only
        for phrase in rule.phrases
        for form in ways_to_say(phrase, rule.code in HEARD_IN_ALL_VARIETIES)
    ]
    kinds = {"phrase": pl.String, "rule": pl.UInt32, THERAPIST: pl.Boolean, CLIENT: pl.Boolean}
    return pl.DataFrame(rows, schema=kinds, orient="row").unique(maintain_order=True)


def written(phrase: str) -> str:
    """A phrase as it stands among words: commas apart, no other mark, a space at either end."""
    return f" {' '.join(phrase.replace('-', ' ').replace('.', '').replace(',', ' , ').split())} "


@cache
def vocabulary(rules: tuple[Rule, ...]) -> tuple[str, ...]:
    """Words whose stammered repeats are passed over: those of voice, rupture and yielding."""
    heard = [r for r in rules if r.code in (*HEARD_IN_ALL_VARIETIES, "yielding")]
    said = {word for rule in heard for p in rule.phrases for word in written(p).split()}
    seen = [r.left_must + r.left_not + r.right_must + r.right_not for r in heard]
    return tuple(sorted(said.union(*(re.findall(r"[a-z']{2,}", text) for text in seen)) - {","}))


def raw_hits(frame: pl.DataFrame, words: Words, rules: tuple[Rule, ...]) -> pl.DataFrame:
    """Every phrase wherever it stands, of rules that take the speaker's role.

    Args:
        frame: row, role.
        words: of the same rows.
        rules: whose phrases to look for.

    Returns:
        row, rule, start_char, end_char (of the turn's text).
    """
    table = patterns(rules)
    wanted = table["phrase"].unique(maintain_order=True).to_list()
    phrase = pl.col("words").str.extract_many(wanted, overlapping=True)
    byte = pl.col("words").str.find_many(wanted, overlapping=True)
    found = (
        words.frame.select("row", "slipped", "words", byte=byte)
        .filter(pl.col("byte").list.len() > 0)
        .select("row", "slipped", "byte", phrase=phrase)
        .explode("byte", "phrase")
    )
    sides = frame.select("row", "role")
    takes = pl.coalesce(
        pl.when(pl.col("role") == THERAPIST).then(THERAPIST),
        pl.when(pl.col("role") == CLIENT).then(CLIENT),
        pl.col(THERAPIST) & pl.col(CLIENT),
    )
    named = (
        found.join(table, on="phrase", maintain_order="left")
        .join(sides, on="row", how="left", maintain_order="left")
        .filter(takes)
    )
    first, last = words.span(
        named["row"].to_numpy().astype(np.int64),
        named["byte"].to_numpy().astype(np.int64),
        named["phrase"].str.len_bytes().to_numpy().astype(np.int64),
    )
    return named.select("row", "rule", start_char=first, end_char=last)


@cache
def only_pattern(rule: Rule) -> str:
    """Matches words that are nothing but a rule's phrases."""
    varied = rule.code in HEARD_IN_ALL_VARIETIES
    forms = {written(form).strip() for p in rule.phrases for form in ways_to_say(p, varied)}
    longest_first = sorted(forms, key=lambda form: (-len(form), form))
    return r"(?:(?:[,|] )*(?:" + "|".join(longest_first) + r") )+(?:[,|] )*$"


def only_hits(frame: pl.DataFrame, words: Words, rules: tuple[Rule, ...]) -> pl.DataFrame:
    """Turns that consist of nothing but a rule's phrases: row, rule, start_char, end_char."""
    said = frame.select("row", "plain", "minimal").with_columns(words.frame["words"])
    frames = [pl.DataFrame(schema=_RAW)]
    for number, rule in enumerate(rules):
        if not rule.only:
            continue
        alone = pl.col("words").str.contains("^ " + only_pattern(rule))
        rows = said.filter(pl.col("minimal") if rule.code == "minimal" else alone)
        if rule.code in HEARD_IN_ALL_VARIETIES:
            after = said.filter(pl.col("words").str.contains(r"^ [^|]+ \| " + only_pattern(rule)))
            echo = after.join(echoes(after, frame, words), on="row", how="semi")
            rows = pl.concat([rows, echo]).unique("row")
        frames.append(
            rows.select(
                "row",
                rule=pl.lit(number, pl.UInt32),
                start_char=pl.lit(0, pl.Int64),
                end_char=pl.col("plain").str.len_chars().cast(pl.Int64),
            )
        )
    return pl.concat(frames)
