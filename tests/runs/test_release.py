"""`evenhand release` end to end: what is written, what is refused, and a ledger that holds."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from evenhand.core.errors import EvenhandError
from evenhand.runs.release import release
from tests.release.clinics import made_clinic
from tests.release.studies import write_study


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EVENHAND_KEYS", str(tmp_path / "keys"))
    clinic = made_clinic(np.random.default_rng(4), 400)
    return write_study(tmp_path / "study", clinic.quarters[0])


def ledger(study: Path) -> Path:
    return study / ".evenhand" / "ledger"


def test_a_table_leaves_as_csv_parquet_and_a_page_with_counts_rounded_to_five(
    study: Path, tmp_path: Path
) -> None:
    made = release(study, "people", out=tmp_path / "out")
    assert sorted(p.suffix for p in made.files) == [".csv", ".html", ".parquet"]
    frame = pl.read_parquet(tmp_path / "out" / "people.parquet")
    shown = frame.filter(pl.col("status") == "shown")
    assert shown.height
    counts = [c for c, kind in shown.schema.items() if kind.is_integer()]
    assert counts
    assert all((shown[c].drop_nulls() % 5 == 0).all() for c in counts)


def test_the_same_release_twice_gives_the_same_bytes(study: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        release(study, "people", "dropout", out=tmp_path / name)
    assert (tmp_path / "a/people.csv").read_bytes() == (tmp_path / "b/people.csv").read_bytes()


def test_a_table_that_was_not_declared_beforehand_is_refused(study: Path, tmp_path: Path) -> None:
    with pytest.raises(EvenhandError, match="declared"):
        release(study, "anything", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("spoil", ["altered", "truncated", "reordered", "gone", "added to"])
def test_a_spoiled_ledger_stops_releases(study: Path, tmp_path: Path, spoil: str) -> None:
    release(study, "people", out=tmp_path / "a")
    release(study, "dropout", out=tmp_path / "b")
    lines = ledger(study).read_text(encoding="utf-8").splitlines(keepends=True)
    assert len(lines) >= 2
    altered = lines[0].replace("people", "peoples", 1)
    assert altered != lines[0]
    spoiled = {
        "altered": [altered, *lines[1:]],
        "truncated": lines[:-1],
        "reordered": [*reversed(lines)],
        "added to": [*lines, lines[-1]],
    }
    if spoil == "gone":
        ledger(study).unlink()
    else:
        ledger(study).write_text("".join(spoiled[spoil]), encoding="utf-8")
    with pytest.raises(EvenhandError, match="ledger"):
        release(study, "people", out=tmp_path / "c")
    assert not (tmp_path / "c").exists()


def test_a_small_clinic_gets_its_total_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENHAND_KEYS", str(tmp_path / "keys"))
    clinic = made_clinic(np.random.default_rng(5), 40)
    study = write_study(tmp_path / "study", clinic.quarters[0])
    release(study, "people", out=tmp_path / "out")
    frame = pl.read_parquet(tmp_path / "out" / "people.parquet")
    assert frame.filter(pl.col("status") == "shown").height <= 1
