"""What is wrong with the tables of what people checked: quality.csv and recall.csv."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from evenhand.core.discovery import discover
from evenhand.core.problems import at_lines, repeated_rows
from evenhand.core.tables import CLIENT, THERAPIST

PAIRS: Mapping[str, tuple[str, str]] = {
    "quality": ("words_checked", "word_errors"),
    "recall": ("acts_checked", "acts_found"),
}
"""Of each table, the column that counts all and the one that counts a part of them."""

KEYS = {"quality": ["session_id", "role"], "recall": ["session_id", "role", "code"]}
"""What a row of each table is of."""


def checked_problems(
    name: str, frame: pl.DataFrame, lines: pl.Series, sessions: pl.DataFrame | None
) -> list[pl.DataFrame]:
    """Look at quality.csv or recall.csv.

    Args:
        name: ``quality`` or ``recall``.
        frame: the table, all columns as text.
        lines: the line of each row.
        sessions: sessions.csv, if there is one.

    Returns:
        Rows of `PROBLEMS`, in parts.
    """
    file, blank = f"{name}.csv", frame.select(pl.all_horizontal(pl.all().is_null())).to_series()
    frame, lines = frame.filter(~blank), lines.filter(~blank)
    found = [
        at_lines(lines, frame[key].is_null(), file, f"{key} is missing.", "Name it.")
        for key in KEYS[name]
    ]
    role = frame["role"].str.to_lowercase()
    what = f"role is none of: {THERAPIST}, {CLIENT}."
    found.append(
        at_lines(lines, ~role.is_in([THERAPIST, CLIENT]), file, what, "Use one of these words.")
    )
    found += _counts(name, frame, lines)
    if sessions is not None:
        strange = ~frame["session_id"].is_in(sessions["session_id"].implode())
        what, remedy = "The session is not in sessions.csv.", "Add it there, or mend the id."
        found.append(at_lines(lines, strange, file, what, remedy))
    same = frame.with_columns(role=role)
    found.append(repeated_rows(same, KEYS[name], lines, file, "Keep one, or add the two up."))
    return found


def unknown_codes(recall: pl.DataFrame, lines: pl.Series) -> pl.DataFrame:
    """Rows of recall.csv of acts that nothing here looks for: possible for a learned coder's."""
    known = {*discover("indicator"), *(c for one in discover("coder").values() for c in one.codes)}
    strange = ~recall["code"].is_in(list(known))
    what = "No indicator of Evenhand uses a code of this name, so nothing reads the row."
    remedy = "Nothing to do for a code of your own; otherwise mend its name."
    return at_lines(lines, strange, "recall.csv", what, remedy)


def _counts(name: str, frame: pl.DataFrame, lines: pl.Series) -> list[pl.DataFrame]:
    """Counts that are no whole numbers, and parts that are more than the whole."""
    whole, part = PAIRS[name]
    file, found = f"{name}.csv", list[pl.DataFrame]()
    number = {key: frame[key].cast(pl.Float64, strict=False) for key in (whole, part)}
    for key, counts in number.items():
        fine = counts.is_finite() & (counts >= 0) & (counts == counts.floor())
        what, remedy = f"{key} is no whole number from 0.", "Write 0, 1, 2 …"
        found.append(at_lines(lines, ~fine.fill_null(False), file, what, remedy))
    more = number[part] > number[whole]
    what = f"{part} is more than {whole}."
    return [*found, at_lines(lines, more, file, what, "Mend one of the two counts.")]
