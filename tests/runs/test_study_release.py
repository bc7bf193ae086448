"""What `examine` releases for a study's page: in the ledger of `evenhand release`, not silently."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from evenhand.runs._study_release import GroupFigures, study_figures, too_small
from evenhand.runs.course import Course
from evenhand.runs.release import release
from evenhand.study.folder import load_study
from tests.release.courses import made_courses, study_of

TOML = """\
title = "Made-up"

[release.tables.left]
measure = "dropped out"
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EVENHAND_KEYS", str(tmp_path / "keys"))
    return written(tmp_path / "study", 120)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, GroupFigures]]:
    """A study whose figures were released once."""
    home = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("EVENHAND_KEYS", str(home / "keys"))
        root = written(home / "study", 120)
        yield root, study_figures(load_study(root), course())


def written(root: Path, clients: int) -> Path:
    """A study with PHQ-9 totals at the first and the last session of each client."""
    courses = made_courses(1, clients, top=6)
    study = study_of(courses)
    root.mkdir()
    (root / "study.toml").write_text(TOML, encoding="utf-8")
    assert study.sessions is not None
    assert study.people is not None
    study.sessions.drop("date").write_csv(root / "sessions.csv")
    study.people.write_csv(root / "people.csv")
    rows = [
        (f"{c}-{n}", "client", "PHQ-9", "total", 18 if n == 1 else 6 + i % 14)
        for i, (c, _, last, _) in enumerate(courses)
        for n in sorted({1, last})
    ]
    names = ["session_id", "rater", "instrument", "scale", "value"]
    pl.DataFrame(rows, schema=names, orient="row").write_csv(root / "ratings.csv")
    return root


def course() -> Course:
    rules = {"instrument": ["PHQ-9"], "scale": ["total"], "reliable": [6.0]}
    tables = {"shares": pl.DataFrame({"instrument": ["PHQ-9"]}), "rules": pl.DataFrame(rules)}
    return Course(tables, {}, (), {"silence_days": 42}, {})


Kept = tuple[Path, GroupFigures]


def test_endings_curves_and_who_improved_are_released(kept: Kept) -> None:
    found = kept[1]
    assert found.refused == ""
    names = [t.name for t in found.tables]
    assert names == ["endings", "curves", "still seen", "study page, reliably improved, PHQ-9"]
    better = found.tables[-1].frame.row(0, named=True)
    assert better["status"] == "shown"
    assert better["k"] % 5 == better["n"] % 5 == 0


def test_the_same_again_adds_nothing_and_other_tables_go_into_the_same_ledger(kept: Kept) -> None:
    root, first = kept
    book = root / ".evenhand" / "ledger"
    before = book.read_bytes()
    again = study_figures(load_study(root), course())
    assert book.read_bytes() == before
    assert [t.frame.rows() for t in again.tables] == [t.frame.rows() for t in first.tables]
    release(root, "left")
    assert book.read_bytes().startswith(before)
    assert book.read_bytes().count(b"\n") == before.count(b"\n") + 1


@pytest.mark.parametrize("harm", ["lost", "altered"])
def test_a_ledger_that_is_lost_or_altered_is_an_error_with_its_remedy(
    kept: Kept, harm: str
) -> None:
    root, _ = kept
    book = root / ".evenhand" / "ledger"
    whole = book.read_bytes()
    book.unlink()
    if harm == "altered":
        book.write_bytes(whole.replace(b"completed", b"ongoing  ", 1))
    try:
        found = study_figures(load_study(root), course())
    finally:
        book.write_bytes(whole)
    assert found.tables == ()
    assert found.error is not None
    assert "lost or was altered" in found.error["what"]
    assert "backup" in found.refused


def test_a_small_clinic_gets_a_sentence_and_no_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENHAND_KEYS", str(tmp_path / "keys"))
    root = written(tmp_path / "small", 59)
    found = study_figures(load_study(root), course())
    assert found.tables == ()
    assert "fewer than 60 clients or 5 therapists" in found.refused
    assert "together with other clinics" in found.refused
    assert found.error is None
    assert not found.told
    assert not (root / ".evenhand").exists()


def test_four_therapists_are_too_few(root: Path) -> None:
    study = load_study(root)
    assert too_small(study) == ""
    assert study.sessions is not None
    few = study.sessions.with_columns(therapist_id=pl.col("session_id").hash(1) % 4)
    few = few.with_columns(pl.col("therapist_id").cast(pl.String))
    few.write_csv(root / "sessions.csv")
    assert "5 therapists" in too_small(load_study(root))


def test_people_who_cannot_be_counted_are_told_of(root: Path) -> None:
    (root / "people.csv").unlink()
    found = study_figures(load_study(root), course())
    assert found.told
    assert "people.csv" in found.refused
    assert found.error is None


def test_without_a_study_there_is_nothing_to_say() -> None:
    assert study_figures(None, None).refused == ""
