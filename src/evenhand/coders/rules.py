"""The rules coder: phrase lists and conditions, from the code book, in English."""

from __future__ import annotations

from functools import cache

import polars as pl

from evenhand.coders._agreement import AGREEMENT
from evenhand.coders._frame import ask_without_marks, coding_frame
from evenhand.coders._matching import HITS, apply_rules, longest
from evenhand.coders._phrasebook import Rule, phrasebook
from evenhand.coders._punctuation import COST, punctuation_missing
from evenhand.coders._questions import find_questions
from evenhand.coders._readings import settle_readings
from evenhand.coders._search import only_hits, raw_hits, vocabulary
from evenhand.coders._words import find_words
from evenhand.core.contracts import Coder
from evenhand.core.example import exchange
from evenhand.core.tables import CODES, as_table

VERSION = "1"
NAME = "rules"

DEFERRING = ("yielding", "permission", "title", "thanks", "sorry", "respect")
"""Codes that are a deference term each; `deference` is any of them, once a span."""


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule of every code."""
    return tuple(rule for entry in phrasebook().values() for rule in entry.rules)


def _deference(hits: pl.DataFrame) -> pl.DataFrame:
    """Any deference term, with which one it was; overlapping spans count once.

    A name with Mr or Ms is none: in court the bench says it to the bar.
    """
    ranks = pl.col("subtype").is_null() | (pl.col("subtype") != "address")
    terms = hits.filter(pl.col("code").is_in(DEFERRING) & ranks).with_columns(
        subtype=pl.col("code"), code=pl.lit("deference")
    )
    return longest(terms.cast(HITS))


def _before_disagreement(hits: pl.DataFrame) -> pl.DataFrame:
    """An acknowledgement that goes on to differ is no acknowledgement."""
    differs = hits.filter(pl.col("code") == "disagreement").select("row").unique()
    both = (pl.col("code") == "acknowledgement") & pl.col("row").is_in(differs["row"].implode())
    return hits.filter(~both)


def code_turns(turns: pl.DataFrame) -> pl.DataFrame:
    """All codes of these turns (`tables.CODES`), each hit with its span.

    Args:
        turns: `tables.TURNS` with roles, sorted by session and turn.
    """
    if turns.is_empty():
        return pl.DataFrame(schema=CODES)
    frame = coding_frame(turns)
    rules = all_rules()
    words = find_words(frame, vocabulary(rules))
    frame = frame.with_columns(words=words.count())
    bare = punctuation_missing(frame).filter("bare")["session"]
    frame = ask_without_marks(frame, bare)
    found = pl.concat([raw_hits(frame, words, rules), only_hits(frame, words, rules)])
    hits = apply_rules(found, frame, words, rules)
    hits = settle_readings(pl.concat([hits, find_questions(frame, bare)]), frame)
    hits = _before_disagreement(hits)
    hits = pl.concat([hits, _deference(hits)])
    keys = frame.select("row", "session_id", "turn")
    named = hits.sort("row", "start_char", "code").join(keys, on="row", maintain_order="left")
    return as_table(
        named.with_columns(weight=pl.lit(1.0), coder=pl.lit(NAME), coder_version=pl.lit(VERSION)),
        CODES,
    )


CODER = Coder(
    name=NAME,
    version=VERSION,
    title="Phrase lists and rules of the code book",
    language="en",
    codes=(*phrasebook(), "deference", "question_closed", "question_open"),
    code=code_turns,
    example=exchange(
        ("therapist", "What was it like to say that to him?"),
        ("client", "Odd. You know best, doctor."),
    ),
    agreement=AGREEMENT,
    notes=f"Text without punctuation is told apart and coded by word order. {COST}",
    expected=(
        {"turn": 1, "code": "question_open", "start_char": 0, "end_char": 36},
        {"turn": 2, "code": "deference", "subtype": "yielding", "start_char": 5, "end_char": 18},
        {"turn": 2, "code": "yielding", "start_char": 5, "end_char": 18},
        {"turn": 2, "code": "deference", "subtype": "title", "start_char": 20, "end_char": 26},
        {"turn": 2, "code": "title", "start_char": 20, "end_char": 26},
    ),
)
