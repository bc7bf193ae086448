"""A large ratings.csv is scored in parts, and nothing but the memory that it takes is different."""

from pathlib import Path

import polars as pl
import pytest

from evenhand.core.errors import EvenhandError
from evenhand.instruments import find_instrument
from evenhand.study import folder, ratings_stream
from evenhand.study.folder import load_study
from evenhand.study.ratings_scored import score_study
from evenhand.study.ratings_stream import Scattered, whole_sessions
from tests.instruments.oracle import rows_of, table

PHQ, WAI = find_instrument("PHQ-9"), find_instrument("WAI-SR")


def ratings(sessions: int) -> pl.DataFrame:
    rows = []
    for n in range(sessions):
        rows += rows_of(PHQ, [(n + k) % 4 for k in range(9)], f"s{n}")
        rows += rows_of(WAI, [1 + (n + k) % 5 for k in range(12)], f"s{n}", "therapist")
    return table(rows)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file is large, and parts are small."""
    monkeypatch.setattr(folder, "LARGE", 0)
    monkeypatch.setattr(ratings_stream, "ROWS", 50)


def whole_and_in_parts(root: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[pl.DataFrame, ...]:
    whole = score_study(load_study(root))
    monkeypatch.setattr(folder, "LARGE", 0)
    monkeypatch.setattr(ratings_stream, "ROWS", 50)
    study = load_study(root)
    assert study.large_ratings is not None
    return whole, score_study(study)


@pytest.mark.parametrize("order", ["together", "scattered"])
def test_scores_are_the_same_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    frame = ratings(40)
    if order == "scattered":
        frame = frame.sort("instrument", "item", maintain_order=True)
    frame.write_csv(tmp_path / "ratings.csv")
    whole, parts = whole_and_in_parts(tmp_path, monkeypatch)
    assert whole.height == 40 * 5
    assert parts.equals(whole)


def test_every_part_holds_whole_sessions(tmp_path: Path, large: None) -> None:
    ratings(40).write_csv(tmp_path / "ratings.csv")
    parts = list(whole_sessions(tmp_path / "ratings.csv"))
    assert len(parts) > 1
    ids = [set(part["session_id"]) for part in parts]
    assert sum(map(len, ids)) == len(set().union(*ids)) == 40
    assert sum(part.height for part in parts) == 40 * 21


def test_a_session_in_two_places_is_told_once_all_is_read(tmp_path: Path, large: None) -> None:
    pl.concat([ratings(20), ratings(1)]).write_csv(tmp_path / "ratings.csv")
    with pytest.raises(Scattered):
        list(whole_sessions(tmp_path / "ratings.csv"))


def test_lines_are_the_files_own_in_every_part(tmp_path: Path, large: None) -> None:
    opened = ratings(10).with_columns(pl.lit("a\nb").alias("note"))
    text = opened.write_csv() + 'z,client,PHQ-9,1,,9,,,"a\nb"\n'
    (tmp_path / "ratings.csv").write_text(text)
    with pytest.raises(EvenhandError, match="lies outside") as caught:
        score_study(load_study(tmp_path))
    assert f"ratings.csv, line {len(text.splitlines()) - 1}:" in caught.value.remedy


def test_blank_lines_are_no_rows(tmp_path: Path, large: None) -> None:
    text = ratings(3).write_csv()
    (tmp_path / "ratings.csv").write_text(text.replace("s2,", "\ns2,", 1) + "\n\n")
    assert score_study(load_study(tmp_path)).height == 15


def test_ratings_of_some_sessions_are_read_without_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ratings(10).write_csv(tmp_path / "ratings.csv")
    wanted = pl.Series(["s3", "s7"])
    small = load_study(tmp_path).ratings_of(wanted)
    monkeypatch.setattr(folder, "LARGE", 0)
    study = load_study(tmp_path)
    found = study.ratings_of(wanted)
    assert small is not None
    assert found is not None
    assert found.equals(small)
    assert set(found["session_id"]) == {"s3", "s7"}
    assert study.ratings is not None
    assert study.ratings.height == 210
