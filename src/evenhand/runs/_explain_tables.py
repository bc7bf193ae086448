"""The pages of tables: what each column holds."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from evenhand.core import tables
from evenhand.runs._explain_layout import md_table, paragraphs
from evenhand.study.ratings_scored import RATINGS

TABLES: Mapping[str, tuple[pl.Schema, str]] = {
    "turns": (tables.TURNS, "A row a turn, of all sessions that could be read."),
    "codes": (tables.CODES, "A row a hit of a code, with the characters that made it."),
    "readings": (
        tables.READINGS,
        "A row for each session and indicator, absent ones too. Models use the amounts and "
        "exposures; tilts are for showing.",
    ),
    "pooled": (
        tables.POOLED,
        "Readings of a dyad over its sessions, or of the whole study: level and id, then as in "
        "readings.",
    ),
    "rates": (tables.RATES, "Each role's own rate with its 95 % interval."),
    "ratings": (RATINGS, "The ratings, scored: a row a session, rater, instrument and scale."),
    "evidence": (tables.EVIDENCE, "The turns behind each number, for the role that it counts for."),
}
"""The tables that `evenhand examine` writes as Parquet: schema, and what a row is."""

COLUMNS: Mapping[str, str] = {
    "rater": "`client` or `therapist`.",
    "instrument": "The questionnaire's name.",
    "scale": "The scale's key; `total` for the whole.",
    "score": "The score; null where there is none.",
    "items_missing": "Items without an answer; null where a ready-made score was given.",
    "status": "`answered`, `declined`, `not asked` or `unknown`.",
    "released": "How far it was released: `no`, `theme`, `words` or `count`.",
    "session_id": "The session, always text; any character may stand in it.",
    "turn": "Number of the turn in its session, from 1.",
    "role": "`therapist`, `client`, or the word of somebody outside the pair.",
    "speaker": "The label in the file.",
    "start_s": "Start in seconds; null where unknown.",
    "end_s": "End in seconds; null where unknown.",
    "text": "What was said, as in the file.",
    "source_file": "The file that the turn was read from.",
    "source_line": "Its line there, from 1.",
    "code": "The code, or `COLUMN=value` where a learned coder gave it.",
    "subtype": "Which kind of it (`life`, `process`; for deference, which term); null for none.",
    "weight": "1 for a rule's hit; a learned coder may give less.",
    "start_char": "First character of the span in the turn's text, from 0; null: the whole turn.",
    "end_char": "The character behind the span.",
    "coder": "Which coder gave it.",
    "coder_version": "The coder's version.",
    "indicator": "The indicator's name.",
    "version": "Its version; raised when a change would move old numbers.",
    "facet": "The part of the profile that it belongs to.",
    "therapist": "The therapist's side's rate, or the reading's value in that direction.",
    "client": "The client's side's rate; null where the indicator is the therapist's alone.",
    "k_therapist": "Amount: how much the therapist's side did.",
    "e_therapist": "Exposure: of how many turns, words or seconds.",
    "k_client": "Amount: how much the client's side did.",
    "e_client": "Exposure: of how many turns, words or seconds.",
    "tilt": "−1 to 1, positive where the therapist's side holds more; null where there is none.",
    "tilt_low": "Lower end of its 95 % interval.",
    "tilt_high": "Upper end of its 95 % interval.",
    "absent": "Why there is no tilt or list; null where there is one.",
    "level": "`dyad` or `study`.",
    "id": "Which dyad (client and therapist), or the study.",
    "k": "Amount.",
    "e": "Exposure.",
    "dispersion": "Variance over mean of the amount per turn; 1 − p for a 0/1 amount.",
    "rate": "Amount over exposure.",
    "rate_low": "Lower end of its 95 % interval.",
    "rate_high": "Upper end of its 95 % interval.",
}
"""What a column holds, in every table that has it."""

_TYPES = {pl.String: "text", pl.Int64: "whole number", pl.Float64: "number"}


def known_tables() -> list[str]:
    """The tables of an examination, in the order in which they come about."""
    return list(TABLES)


def table_page(name: str) -> str:
    """A table in Markdown: what a row is, and its columns."""
    schema, row = TABLES[name]
    rows = [[f"`{c}`", _TYPES[type(kind)], COLUMNS[c]] for c, kind in schema.items()]
    return paragraphs(
        f"## Table `{name}`",
        f"`{name}`, table, `{name}.parquet` in the output folder (a file, or a folder of parts).",
        row,
        md_table(["column", "holds", "meaning"], rows),
    )
