"""What the panel of markers says is what its table shows."""

from dataclasses import replace
from itertools import combinations

import polars as pl
import pytest

from evenhand.reports.blocks import Figure
from evenhand.reports.dyad_view import dyad_view
from evenhand.reports.sections.dyad_course import build
from evenhand.reports.study_view import StudyView
from tests.reports.made_up import made_data

DATA = made_data(n=40)
WORDS = {
    "strain": "Strain markers",
    "mending": "Mending markers",
    "position named": "A place in the world was named",
}
WHO = {"withdrawal": 1, "confrontation": 1, "mending": 0, "position_named": 1}
"""Markers, and which of two turns in a row can hold one: the therapist's or the client's."""


def markers(**in_sessions: tuple[int, ...]) -> Figure | None:
    """The panel for a study in which these sessions, and no others, have each marker."""
    rows = [
        {"session_id": f"anjali-gwyn-{n}", "turn": 11 + WHO[code], "code": code}
        for code, sessions in in_sessions.items()
        for n in sessions
    ]
    rest = DATA.codes.filter(~pl.col("code").is_in(list(WHO)))
    made = pl.DataFrame(rows, schema={"session_id": pl.String, "turn": pl.Int64, "code": pl.String})
    made = made.with_columns(weight=pl.lit(1.0), coder=pl.lit("rules"), coder_version=pl.lit("1"))
    codes = pl.concat([rest, made], how="diagonal_relaxed")
    view = StudyView(replace(DATA, codes=codes))
    found = [f for f in build(dyad_view(view, next(iter(view.dyads)))) if f.anchor == "events"]
    return found[0] if found else None


def test_a_withdrawal_is_told_beside_mending_and_naming() -> None:
    panel = markers(withdrawal=(2,), mending=(3,), position_named=(1, 4))
    assert panel is not None
    assert panel.say == (
        "Strain markers in session 2. Mending markers in session 3. "
        "A place in the world was named in sessions 1 and 4."
    )


def test_withdrawal_and_confrontation_are_both_strain() -> None:
    panel = markers(withdrawal=(1,), confrontation=(3,))
    assert panel is not None
    assert panel.say == "Strain markers in sessions 1 and 3."


def test_without_any_marker_there_is_no_panel() -> None:
    assert markers() is None


@pytest.mark.parametrize("codes", [c for n in (1, 2, 3, 4) for c in combinations(WHO, n)])
def test_every_session_that_the_table_shows_is_told_and_no_other(codes: tuple[str, ...]) -> None:
    panel = markers(**{code: (n, 4) for n, code in enumerate(codes, start=1)})
    assert panel is not None
    told = dict(zip(WORDS, [""] * 3, strict=True))
    for sentence in panel.say.split(". "):
        words = next(w for w in WORDS.values() if sentence.startswith(w))
        told[next(k for k, v in WORDS.items() if v == words)] = sentence.removeprefix(words)
    for column, name in enumerate(panel.twin.head[1:], start=1):
        shown = {row[0] for row in panel.twin.rows if row[column] != "0"}
        assert {c for c in told[name] if c.isdigit()} == shown, name
