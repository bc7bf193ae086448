"""Recall by group in a study: bounds where words may not be compared, or what to provide."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from evenhand.core.errors import EvenhandError
from evenhand.runs._mirror_measured import measured
from evenhand.runs._mirror_measured_terminal import show_bounds
from evenhand.runs._mirror_recall import read_recall, recall_rows
from evenhand.runs._mirror_room import Room, look_at_room
from evenhand.runs._mirror_tables import read_study_tables
from tests.runs.clinics import ROOM, write_clinic

DIFFERENT = (0.17, 0.09)
"""Words in error, lower and upper half: not to be compared."""


def add_recall(
    folder: Path, *, lower: float = 0.8, upper: float = 0.9, code: str = "directive", every: int = 2
) -> Path:
    """Checked sessions in which the coder found a share of 20 acts, by the client's income."""
    sessions = pl.read_csv(folder / "sessions.csv").filter(pl.col("number") > 0)
    people = pl.read_csv(folder / "people.csv").select(client_id="person_id", income="income")
    rows = sessions.join(people, on="client_id").gather_every(every)
    found = pl.when(pl.col("income") > 10).then(upper * 20).otherwise(lower * 20)
    part = rows.select(
        "session_id", code=pl.lit(code), acts_checked=pl.lit(20), acts_found=found.cast(pl.Int64)
    )
    roles = [part.with_columns(role=pl.lit(role)) for role in ("therapist", "client")]
    pl.concat(roles).write_csv(folder / "recall.csv")
    return folder


def look(folder: Path) -> Room:
    tables = read_study_tables(folder, lambda *_: None)
    known = {"income": measured(tables, "income")}
    return look_at_room(tables, known, read_recall(tables), None, lambda *_: None)


def test_where_words_may_not_be_compared_recall_gives_bounds(tmp_path: Path) -> None:
    found = look(add_recall(write_clinic(tmp_path, errors=DIFFERENT)))
    (row,) = found.bounds
    assert (row["indicator"], row["axis"]) == ("directives", "income")
    assert row["mirror"]["low"] < 0.8 < row["mirror"]["high"]
    assert row["mirror"]["least"] < row["mirror"]["most"]
    assert [one["indicator"] for one in found.mirror] == ["talk_share"]
    assert not [one for one in found.refused if one["what"] == "directives"]
    screen = Console(record=True, width=200, file=None)
    with screen.capture() as said:
        show_bounds(screen, found.bounds)
    assert "directives, by income:" in said.get()
    assert "whatever recall is" in said.get()


def test_without_recall_the_refusal_says_what_to_provide(tmp_path: Path) -> None:
    found = look(write_clinic(tmp_path, errors=DIFFERENT, room=replace(ROOM, therapists=4)))
    (refused,) = [one for one in found.refused if one["what"] == "directives"]
    assert "recall.csv with session_id, role, code, acts_checked, acts_found" in refused["remedy"]
    assert found.bounds == []


@pytest.mark.slow
def test_recall_of_few_sessions_gives_no_bounds(tmp_path: Path) -> None:
    found = look(add_recall(write_clinic(tmp_path, errors=DIFFERENT), every=20))
    (refused,) = [one for one in found.refused if one["what"] == "directives"]
    assert "checked sessions" in refused["why"]
    assert found.bounds == []


@pytest.mark.slow
def test_recall_that_differs_stops_a_comparison_though_words_are_alike(tmp_path: Path) -> None:
    found = look(add_recall(write_clinic(tmp_path), lower=0.5, upper=0.95))
    (row,) = found.bounds
    assert "misses more of these acts" in row["why"]
    assert [one["indicator"] for one in found.mirror] == ["talk_share"]


@pytest.mark.slow
def test_recall_that_is_alike_leaves_the_comparison_as_it_is(tmp_path: Path) -> None:
    folder = write_clinic(tmp_path)
    before = look(folder).mirror
    after = look(add_recall(folder, lower=0.9, upper=0.9))
    assert (after.mirror, after.bounds) == (before, [])


def test_each_codes_recall_by_group_is_told(tmp_path: Path) -> None:
    folder = add_recall(write_clinic(tmp_path, room=replace(ROOM, therapists=6)))
    tables = read_study_tables(folder, lambda *_: None)
    rows = recall_rows(tables, read_recall(tables), "income")
    assert len(rows) == 8  # two sides' groups, two roles, two halves
    clients = {r["group"]: r for r in rows if r["groups_of"] == "client" and r["role"] == "client"}
    assert clients["upper half"]["recall"] > clients["lower half"]["recall"]
    assert all(row["low"] < row["recall"] < row["high"] for row in rows)


def test_rows_that_cannot_be_read_are_counted_with_their_lines(tmp_path: Path) -> None:
    folder = add_recall(write_clinic(tmp_path, room=replace(ROOM, therapists=2)))
    lines = len((folder / "recall.csv").read_text(encoding="utf-8").splitlines())
    with (folder / "recall.csv").open("a", encoding="utf-8") as file:
        file.write("s1,directive,3,9,client\ns1,directive,many,3,client\ns1,directive,3,2,other\n")
    checked = read_recall(read_study_tables(folder, lambda *_: None))
    (note,) = checked.notes
    assert note.startswith("3 rows of recall.csv cannot be read")
    assert f"lines {lines + 1}, {lines + 2}, {lines + 3}" in note


@pytest.mark.parametrize(
    ("text", "why"),
    [("session_id,role\na,client\n", "no column code"), ('a,"b\n', "no column|cannot be read")],
)
def test_a_table_that_cannot_be_used_is_refused(tmp_path: Path, text: str, why: str) -> None:
    folder = write_clinic(tmp_path, room=replace(ROOM, therapists=2))
    (folder / "recall.csv").write_text(text, encoding="utf-8")
    with pytest.raises(EvenhandError, match=why):
        read_recall(read_study_tables(folder, lambda *_: None))
