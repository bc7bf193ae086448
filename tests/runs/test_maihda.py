"""`evenhand maihda` from Python and from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

import evenhand
from evenhand.cli import app
from evenhand.core.errors import EvenhandError, Exit
from tests.models.test_maihda import table

AXES = ["gender", "work", "origin"]
PART = {"fixed", "var_stratum", "vpc", "loglik", "singular"}
WHOLE = {
    "n",
    "n_strata",
    "family",
    "method",
    "null",
    "adjusted",
    "pcv",
    "strata",
    "warnings",
    "release",
}


def said(*words: str) -> str:
    done = CliRunner().invoke(app, ["maihda", *words])
    assert done.exit_code == 0, done.output
    return done.output


def keys_of(found: dict) -> None:
    for row in found["strata"]:
        assert list(row) == ["name", "n", "effect", "low", "high", "predicted"]
        assert row["low"] <= row["effect"] <= row["high"]
    assert sum(row["n"] for row in found["strata"]) == found["n"]
    assert len(found["strata"]) == found["n_strata"]


def test_the_json_of_numbers_has_its_keys(tmp_path: Path) -> None:
    table(31).write_csv(tmp_path / "t.csv")
    words = [str(tmp_path / "t.csv"), "--outcome", "score", "--strata", ",".join(AXES)]
    found = json.loads(said(*words, "--covariates", "age", "--json", "-"))
    assert set(found) == WHOLE
    for part in (found["null"], found["adjusted"]):
        assert set(part) == PART | {"var_residual"}
        assert all(len(pair) == 2 for pair in part["fixed"].values())
    assert found["release"].startswith("Unreleased")
    assert found["pcv"] == pytest.approx(
        1 - found["adjusted"]["var_stratum"] / found["null"]["var_stratum"]
    )
    keys_of(found)


def test_the_json_of_yes_or_no_has_its_keys(tmp_path: Path) -> None:
    table(32).write_parquet(tmp_path / "t.parquet")
    words = [str(tmp_path / "t.parquet"), "--outcome", "better", "--strata", ",".join(AXES)]
    said(*words, "--cluster", "therapist", "--json", str(tmp_path / "found.json"), "--quiet")
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert set(found) == WHOLE | {"mor", "auc", "vpc_response"}
    assert (found["family"], found["method"]) == ("binomial", "laplace")
    for part in (found["null"], found["adjusted"]):
        assert set(part) == PART | {"var"}
        assert list(part["var"]) == ["stratum", "therapist"]
        assert part["var"]["stratum"][0] == part["var_stratum"]
    keys_of(found)


def test_one_column_has_no_adjusted_model_in_the_json(tmp_path: Path) -> None:
    table(33).write_csv(tmp_path / "t.csv")
    words = [str(tmp_path / "t.csv"), "--outcome", "score", "--strata", "work", "--json", "-"]
    found = json.loads(said(*words))
    assert found["adjusted"] is None
    assert found["pcv"] is None


def test_the_terminal_says_it_in_sentences(tmp_path: Path) -> None:
    table(34).write_csv(tmp_path / "t.csv")
    words = [str(tmp_path / "t.csv"), "--outcome", "score", "--strata", ",".join(AXES)]
    shown = " ".join(said(*words).split())
    assert "score in 600 rows, 24 strata by gender, work and origin" in shown
    assert "lie between strata (VPC" in shown
    assert "95 % interval" in shown
    assert "associations" in shown
    assert "Unreleased: computed on this machine" in shown
    assert "man × a × z 23 " in shown


def test_a_frame_a_path_and_a_folder_say_the_same(tmp_path: Path) -> None:
    data = table(35)
    folder = tmp_path / "parts"
    folder.mkdir()
    data[:250].write_csv(folder / "a.csv")
    data[250:].write_csv(folder / "b.csv")
    data.write_csv(tmp_path / "t.csv", separator=";")
    found = [
        evenhand.maihda(one, outcome="score", strata=AXES, cluster="therapist")
        for one in (data, str(tmp_path / "t.csv"), folder)
    ]
    first = found[0].as_dict()
    for other in found[1:]:
        assert other.as_dict()["pcv"] == pytest.approx(first["pcv"], rel=1e-6)
        assert other.as_dict()["null"]["loglik"] == pytest.approx(first["null"]["loglik"])


def test_a_frame_of_another_library_is_taken() -> None:
    class Frame:  # what is asked of pandas: columns, and each as an array
        def __init__(self, data: pl.DataFrame) -> None:
            self.data, self.columns = data, data.columns

        def __getitem__(self, name: str) -> pl.Series:
            return self.data[name]

        def to_dict(self) -> dict:
            return self.data.to_dict()

    data = table(36)
    one = evenhand.maihda(Frame(data), outcome="score", strata=AXES)
    assert one.pcv == pytest.approx(evenhand.maihda(data, outcome="score", strata=AXES).pcv)


def test_missing_values_of_a_csv_are_read_as_missing(tmp_path: Path) -> None:
    data = table(37).with_columns(age=pl.when(pl.col("age") > 55).then(None).otherwise("age"))
    data.write_csv(tmp_path / "t.csv", null_value="NA")
    found = evenhand.maihda(tmp_path / "t.csv", outcome="score", strata=AXES, covariates="age")
    assert found.n == data["age"].is_not_null().sum()
    assert "left out" in found.warnings[0]


def test_a_notebook_shows_sentences_and_tables() -> None:
    page = evenhand.maihda(table(38), outcome="score", strata=AXES)._repr_html_()
    assert page.count("<table>") == 2
    assert page.count("Unreleased: computed on this machine") == 2  # table and picture
    assert "VPC" in page
    odd = table(38).with_columns(work=pl.col("work").replace("a", "<b>"))
    assert "<b>" not in evenhand.maihda(odd, outcome="score", strata=AXES)._repr_html_()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["nowhere.csv", "--outcome", "y", "--strata", "a,b"], Exit.INPUT),
        (["t.csv", "--outcome", "score", "--strata", "gender", "--method", "mcmc"], Exit.USAGE),
        (["t.csv", "--outcome", "score", "--strata", "work", "--method", "laplace"], Exit.INPUT),
        (["t.csv", "--outcome", "score", "--strata", ","], Exit.USAGE),
        (["t.csv", "--outcome", "nobody", "--strata", "work"], Exit.INPUT),
        (["t.csv", "--outcome", "score", "--strata", "work", "--svg", "p.html"], Exit.USAGE),
    ],
)
def test_what_is_wrong_ends_with_its_code(
    words: list[str], code: Exit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    table(39).write_csv(tmp_path / "t.csv")
    done = CliRunner().invoke(app, ["maihda", *words])
    assert isinstance(done.exception, EvenhandError)
    assert done.exception.code == code


def test_an_unreadable_table_is_refused_without_its_words(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(b"a client said something")
    with pytest.raises(EvenhandError) as caught:
        evenhand.maihda(path, outcome="y", strata="a")
    assert "client" not in str(caught.value)


def test_pictures_of_strata_keep_their_axes() -> None:
    found = evenhand.maihda(table(40), outcome="score", strata=AXES)
    assert {f"axis {name}" for name in AXES} <= set(found.strata.columns)
    assert np.isfinite(found.strata["total"].to_numpy()).all()
