"""Who is therapist and who is client, in each session anew; never guessed from talk share."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from evenhand.core.errors import EvenhandError, Exit
from evenhand.core.features import word_count
from evenhand.core.tables import CLIENT, THERAPIST

SYNONYMS: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "t",
            "th",
            "therapist",
            "counsellor",
            "counselor",
            "clinician",
            "psychologist",
            "psychotherapist",
        ),
        THERAPIST,
    ),
    **dict.fromkeys(("c", "cl", "client", "p", "pt", "patient"), CLIENT),
}
"""Labels that are themselves a role, in small letters, a number at their end left out."""


def stated_role(label: str) -> pl.Expr:
    """The role that a label states by itself (``T1``, ``Client``), else null."""
    word = pl.col(label).str.strip_chars(" :.[]()").str.to_lowercase()
    plain = word.str.replace(r"\s*\d+$", "")
    return plain.replace_strict(SYNONYMS, default=None, return_dtype=pl.String)


def _mapped(roles: Mapping[str, str]) -> pl.Expr:
    """A role of the table's own words as one of the pair; a pair's word not mapped steps aside."""
    theirs = {str(v).strip().lower(): k for k, v in roles.items()}
    word = pl.col("role").str.strip_chars().str.to_lowercase()
    taken = word.replace_strict(theirs, default=None, return_dtype=pl.String)
    aside = pl.when(word.is_in([THERAPIST, CLIENT])).then(pl.format("other: {}", word))
    return pl.coalesce(taken, aside, pl.col("role"))


def _check_roles(roles: Mapping[str, str]) -> None:
    if set(roles) != {THERAPIST, CLIENT}:
        raise EvenhandError(
            "--roles does not name both sides.",
            "--roles",
            "Write --roles therapist=justice,client=advocate: ours first, then the file's.",
            Exit.USAGE,
        )


def check_speakers(turns: pl.DataFrame, speakers: Mapping[str, str]) -> None:
    """Refuse names that the file does not have.

    Raises:
        EvenhandError: with the labels that are there.
    """
    there = turns["speaker"].drop_nulls().unique(maintain_order=True).to_list()
    missing = [name for name in speakers if name not in there]
    if missing:
        raise EvenhandError(
            f"--speakers names {', '.join(missing)}, and no speaker is called that.",
            _file_of(turns),
            f"Its speakers are: {', '.join(map(str, there[:12]))}.",
            Exit.USAGE,
        )


def _file_of(turns: pl.DataFrame) -> str:
    names = turns["source_file"].drop_nulls()
    return str(names[0]) if len(names) else ""


def unknown_speakers(turns: pl.DataFrame) -> pl.DataFrame:
    """Speakers without a role of the pair: speaker, turns, words; most turns first."""
    pair = turns.filter(pl.col("role").is_in([THERAPIST, CLIENT]).fill_null(False))
    known = pair["speaker"].unique().implode()
    others = turns.filter(~pl.col("speaker").is_in(known).fill_null(False))
    return (
        others.with_columns(words=word_count())
        .group_by("speaker", maintain_order=True)
        .agg(pl.len().alias("turns"), pl.col("words").sum())
        .sort("turns", descending=True, maintain_order=True)
    )


def _ask(turns: pl.DataFrame) -> EvenhandError:
    """The question that we cannot answer for the user: labels and counts, never words said."""
    rows = unknown_speakers(turns).head(8).iter_rows(named=True)
    seen = "; ".join(f"{r['speaker']} ({r['turns']} turns, {r['words']} words)" for r in rows)
    return EvenhandError(
        "Who is therapist and who is client cannot be known from the file.",
        _file_of(turns),
        f'Say so: --speakers "NAME=therapist" --speakers "NAME=client". It has: {seen}.',
        Exit.QUESTION,
    )


def apply_roles(
    turns: pl.DataFrame,
    speakers: Mapping[str, str] | None = None,
    roles: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """Fill ``role``: the pair's words for the pair, their own for others in the room.

    Args:
        turns: `tables.TURNS`; ``role`` may be null, or hold the file's own words.
        speakers: label to role, from ``--speakers`` or the study.
        roles: our side to the file's word (``{"therapist": "justice", …}``).

    Returns:
        The turns with ``role`` in every row.

    Raises:
        EvenhandError: a name that is not there; a side of the pair that nobody holds; a side
            missing from `roles`.
    """
    if roles:
        _check_roles(roles)
    stated = pl.coalesce(pl.col("role"), stated_role("speaker")) if not roles else pl.col("role")
    turns = turns.with_columns(role=stated)
    if speakers:
        check_speakers(turns, speakers)
        named = pl.col("speaker").replace_strict(
            dict(speakers), default=None, return_dtype=pl.String
        )
        turns = turns.with_columns(role=pl.coalesce(named, pl.col("role"), pl.col("speaker")))
    if roles:
        turns = turns.with_columns(role=_mapped(roles))
    else:
        turns = turns.with_columns(role=pl.coalesce(stated_role("role"), pl.col("role")))
    turns = turns.with_columns(pl.col("role").fill_null(pl.format("other: {}", "speaker")))
    turns = turns.with_columns(pl.col("role").fill_null("unknown"))
    held = set(turns["role"].unique())
    if not {THERAPIST, CLIENT} <= held:
        raise _ask(turns)
    return turns
