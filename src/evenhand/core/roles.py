"""Who is therapist and who is client, in each session anew; never guessed from talk share."""

from __future__ import annotations

from collections.abc import Collection, Mapping

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


NOBODY = "nobody named"
"""What stands for turns whose speaker the file does not name."""

MOST_LABELS = 12
"""Labels that an error lists."""


def heard_labels(turns: pl.DataFrame) -> set[str]:
    """The speakers' labels in these turns."""
    return set(turns["speaker"].drop_nulls().unique())


def check_names(speakers: Mapping[str, str], there: Collection[str]) -> None:
    """Refuse names of ``--speakers`` that nobody in any of the files has.

    Args:
        speakers: label to role, as the user gave them.
        there: the labels of all files.

    Raises:
        EvenhandError: with the labels that are there.
    """
    missing = [name for name in speakers if name not in there]
    if missing:
        listed = ", ".join(sorted(there)[:MOST_LABELS]) or "without labels here"
        raise EvenhandError(
            f"--speakers names {', '.join(missing)}, and no speaker is called that.",
            "--speakers",
            f"The speakers are {listed}.",
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


def _ask(turns: pl.DataFrame, asked: Collection[str] = ()) -> EvenhandError:
    """The question that we cannot answer for the user: labels and counts, never words said.

    Names of ``--speakers`` that nobody here has are said too: a slip of a letter asks this.
    """
    missing = ", ".join(sorted(set(asked) - heard_labels(turns))[:MOST_LABELS])
    slip = f" Nobody in it is called {missing}." if missing else ""
    rows = unknown_speakers(turns).head(8).iter_rows(named=True)
    seen = "; ".join(
        f"{r['speaker'] or NOBODY} ({r['turns']} turns, {r['words']} words)" for r in rows
    )
    return EvenhandError(
        "Who is therapist and who is client cannot be known from the file.",
        _file_of(turns),
        f'Say so: --speakers "NAME=therapist" --speakers "NAME=client". It has: {seen}.{slip}',
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
        speakers: label to role, from ``--speakers`` or the study; others' labels are passed over.
        roles: our side to the file's word (``{"therapist": "justice", …}``).

    Returns:
        The turns with ``role`` in every row.

    Raises:
        EvenhandError: a side of the pair that nobody holds, or one missing from `roles`.
    """
    if roles:
        _check_roles(roles)
    stated = pl.coalesce(pl.col("role"), stated_role("speaker")) if not roles else pl.col("role")
    turns = turns.with_columns(role=stated)
    if speakers:
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
        raise _ask(turns, speakers or ())
    return turns
