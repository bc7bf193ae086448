"""`examine` scores ratings, with or without transcripts, once, and says what is wrong with them."""

import json
from pathlib import Path

import pytest

import evenhand
from evenhand.core.errors import EvenhandError, Exit
from evenhand.instruments import find_instrument
from evenhand.runs.check import check_study
from evenhand.study import ratings_scored
from evenhand.study.ratings_scored import RATINGS
from tests.instruments.oracle import rows_of, table

HEAD = "session_id,rater,instrument,item,scale,value,date,status,released\n"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Two rated sessions and no transcript."""
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "sessions.csv").write_text("session_id,client_id,therapist_id\ns1,c,t\ns2,c,t\n")
    rows = table(rows_of(find_instrument("PHQ-9"), [1] * 8 + ["declined"], "s1"))
    given = "s2,client,WAI-SR,,bond,4.5,,words\ns2,therapist,WAI-SR,,total,3.5,,\n"
    (folder / "ratings.csv").write_text(rows.write_csv() + given)
    return folder


def test_a_study_of_ratings_only_is_examined_from_end_to_end(study: Path) -> None:
    found = evenhand.examine(study)
    assert found.exit_code == Exit.OK
    assert found.report is not None
    assert found.report.exists()
    assert found.ratings.schema == RATINGS
    assert found.ratings.rows() == [
        ("s1", "client", "PHQ-9", "total", 9.0, 1, "answered", "no"),
        ("s2", "client", "WAI-SR", "bond", 4.5, None, "answered", "words"),
        ("s2", "therapist", "WAI-SR", "total", 3.5, None, "answered", "no"),
    ]
    assert found.readings.is_empty()
    assert found.readings.schema == evenhand.core.tables.READINGS
    manifest = json.loads((found.out / "manifest.json").read_text())
    assert [one["file"] for one in manifest["inputs"]] == ["ratings.csv"]
    assert manifest["counts"]["scores"] == 3


def test_ratings_are_scored_again_only_where_something_changed(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evenhand.examine(study, report=False)
    monkeypatch.setattr(ratings_scored, "score_study", lambda _: pytest.fail("scored again"))
    assert evenhand.examine(study, report=False).ratings.height == 3
    monkeypatch.undo()
    rest = (study / "ratings.csv").read_text().splitlines()[:-1]
    (study / "ratings.csv").write_text("\n".join(rest) + "\n")
    assert evenhand.examine(study, report=False).ratings.height == 2
    (study / "ratings.csv").unlink()
    (study / "transcripts").mkdir()
    (study / "transcripts" / "s1.txt").write_text("T: How was it?\nC: Long.\n" * 12)
    out = evenhand.examine(study, report=False).out
    assert not (out / "ratings.parquet").exists()


def test_wrong_ratings_of_a_study_without_transcripts_are_one_error(study: Path) -> None:
    (study / "ratings.csv").write_text(HEAD + "s1,client,PHQ-9,1,,7,,,\n")
    with pytest.raises(EvenhandError, match="One problem with the ratings") as caught:
        evenhand.examine(study, report=False)
    assert "ratings.csv, line 2" in str(caught.value)
    assert not (study / "evenhand-out" / "ratings.parquet").exists()


def test_wrong_ratings_do_not_hide_the_transcripts(study: Path) -> None:
    (study / "ratings.csv").write_text(HEAD + "s1,client,PHQ-9,1,,7,,,\n")
    (study / "sessions.csv").unlink()
    (study / "study.toml").write_text("")
    (study / "transcripts").mkdir()
    (study / "transcripts" / "s1.txt").write_text("T: How was it?\nC: Long.\n" * 12)
    found = evenhand.examine(study, report=False)
    assert found.exit_code == Exit.PARTIAL
    assert [one["file"] for one in found.errors] == ["ratings.csv"]
    assert found.turns.height == 24


def test_a_broken_instrument_of_the_studys_own_stops_the_scores(study: Path) -> None:
    (study / "instruments").mkdir()
    (study / "instruments" / "mine.toml").write_text("key = 1\n")
    with pytest.raises(EvenhandError, match=r"mine\.toml"):
        evenhand.examine(study, report=False)


def test_a_study_may_have_nothing_but_ratings(study: Path) -> None:
    (study / "sessions.csv").unlink()
    assert evenhand.examine(study, report=False).ratings.height == 3


def test_a_study_says_that_its_reversed_items_are_not_turned_yet(study: Path) -> None:
    core = table(rows_of(find_instrument("CORE-10"), [0, 4, 4, 0, 0, 0, 0, 0, 0, 0], "s1"))
    core.write_csv(study / "ratings.csv")
    assert evenhand.examine(study, report=False).ratings["score"].to_list() == [8.0]
    (study / "study.toml").write_text('[ratings.reversal]\n"core-10" = "here"\n')
    assert evenhand.examine(study, report=False).ratings["score"].to_list() == [0.0]
    (study / "study.toml").write_text('[ratings.reversal]\n"core-11" = "here"\n')
    assert [p.where for p in check_study(study)] == ["study.toml, ratings.reversal"]
    with pytest.raises(EvenhandError, match="core-11"):
        evenhand.examine(study, report=False)
