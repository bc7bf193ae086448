"""Items of the alliance in a study: from ratings.csv to what may be said of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from evenhand.runs._mirror_items import Items, alliance_answers, look_at_items, note_items
from evenhand.runs._mirror_measured_terminal import said_of_items
from evenhand.runs._mirror_tables import read_study_tables
from tests.runs.clinics import ROOM, write_clinic

LARGE = replace(ROOM, therapists=20, clients=15, sessions=(1, 2))


def with_items(folder: Path, *, shift: float = 0.0, room=LARGE) -> Path:
    """A clinic whose WAI-SR is answered item by item; item 3 is harder for lower incomes."""
    write_clinic(folder, room=room, checked=0)
    rng = np.random.default_rng(9)
    ratings = pl.read_csv(folder / "ratings.csv", infer_schema_length=0)
    rated = ratings.filter(pl.col("instrument") == "WAI-SR")
    sessions = pl.read_csv(folder / "sessions.csv").select("session_id", "client_id")
    people = pl.read_csv(folder / "people.csv").select(client_id="person_id", income="income")
    rows = rated.join(sessions, on="session_id").join(people, on="client_id")
    low = (rows["income"] <= rows["income"].median()).to_numpy()
    alliance = rng.normal(0, 1, rows.height) - 0.5 * low
    parts = []
    for item in range(1, 13):
        at = 1.6 * alliance - shift * low * (item == 3) + rng.logistic(size=rows.height)
        value = 1 + np.digitize(at, [-3, -1.5, 0, 1.5])
        parts.append(
            rows.select(
                "session_id",
                "rater",
                "instrument",
                item=pl.lit(str(item)),
                scale=pl.lit(None, pl.String),
                value=pl.Series(value).cast(pl.String),
                status=pl.lit("answered"),
            )
        )
    others = ratings.filter(pl.col("instrument") != "WAI-SR")
    pl.concat([*parts, others], how="diagonal").write_csv(folder / "ratings.csv")
    return folder


def look(folder: Path) -> Items:
    return look_at_items(read_study_tables(folder, lambda *_: None), ["income"], lambda *_: None)


def test_an_item_that_one_half_answers_otherwise_is_found(tmp_path: Path) -> None:
    found = look(with_items(tmp_path, shift=2.5))
    (row,) = found.found
    assert (row["axis"], row["instrument"], row["verdict"]) == ("income", "WAI-SR", "differs")
    assert [one["item"] for one in row["items"] if one["differs"]] == ["3"]
    assert "answered otherwise at the same alliance: 3 (rise of R² 0." in said_of_items(row)
    clients = sum(one["clients"] for one in row["groups"])
    assert clients == pl.read_csv(tmp_path / "sessions.csv")["client_id"].n_unique()  # each once


def test_items_that_are_answered_alike_are_said_to_be(tmp_path: Path) -> None:
    (row,) = look(with_items(tmp_path)).found
    assert row["verdict"] == "invariant"
    assert "none of 12 is answered otherwise" in said_of_items(row)
    treatment = [{"outcome": "alliance", "axis": "income"}, {"outcome": "drop-out", "axis": "x"}]
    note_items(treatment, [row])
    assert [one.get("items") for one in treatment] == ["invariant", None]


def test_few_clients_are_not_testable_and_the_numbers_are_said(tmp_path: Path) -> None:
    (row,) = look(with_items(tmp_path, room=replace(LARGE, therapists=6))).found
    assert row["verdict"] == "not testable"
    assert "not testable. Two groups of 100 clients are needed" in said_of_items(row)


def test_totals_alone_are_refused_with_what_to_bring(tmp_path: Path) -> None:
    found = look(write_clinic(tmp_path, room=replace(LARGE, therapists=3), checked=0))
    (refused,) = found.refused
    assert "item by item" in refused["remedy"]


def test_answers_that_clients_keep_out_of_group_figures_are_not_looked_at(tmp_path: Path) -> None:
    tables = read_study_tables(with_items(tmp_path), lambda *_: None)
    name, answers = alliance_answers(tables)
    came = tables.visits.filter(pl.col("number") > 0)["client_id"].n_unique()
    assert (name, answers.height) == ("WAI-SR", came)
    clients = set(answers["client_id"].head(30))
    theirs = tables.visits.filter(pl.col("client_id").is_in(clients))["session_id"]
    kept = tables.scores.filter(~pl.col("session_id").is_in(theirs.implode()))
    _, fewer = alliance_answers(replace(tables, scores=kept))
    assert fewer.height == answers.height - 30
    assert not clients & set(fewer["client_id"])


def test_without_an_alliance_nothing_is_said(tmp_path: Path) -> None:
    write_clinic(tmp_path, room=replace(LARGE, therapists=3), checked=0)
    ratings = pl.read_csv(tmp_path / "ratings.csv", infer_schema_length=0)
    ratings.filter(pl.col("instrument") == "PHQ-9").write_csv(tmp_path / "ratings.csv")
    assert look(tmp_path) == Items()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            {"verdict": "no anchors", "items": [{"item": "1", "differs": True, "delta_r2": 0.2}]},
            "not comparable between these groups",
        ),
        (
            {"verdict": "invariant", "items": [{"item": "1", "differs": False, "delta_r2": 0.01}]},
            "Not testable: b.",
        ),
    ],
)
def test_what_is_said_names_who_stands_aside(row: dict, said: str) -> None:
    groups = [
        {"group": "a", "clients": 200, "status": "tested"},
        {"group": "b", "clients": 20, "status": "not testable"},
    ]
    assert said in said_of_items(row | {"groups": groups, "limit": 0.035})
