"""The theory's commands, end to end in their smallest form."""

import json

import pytest
from typer.testing import CliRunner

from evenhand.cli import app
from evenhand.core.errors import EvenhandError

run = CliRunner().invoke


def test_simulate_says_what_there_is(tmp_path):
    out = tmp_path / "study"
    words = ["simulate", "--clients", "20", "--sessions", "3", "--seed", "2", "--out", str(out)]
    done = run(app, [*words, "--set", "h=0"])
    assert done.exit_code == 0, done.output
    assert "20 clients" in done.output
    assert "not evidence" in done.output
    again = run(app, [*words, "--json"])
    assert json.loads(again.output)["counts"]["clients"] == 20
    assert run(app, [*words, "--quiet"]).output == ""


def test_a_wrong_parameter_is_told(tmp_path):
    done = run(app, ["simulate", "--clients", "5", "--out", str(tmp_path / "s"), "--set", "vp=1"])
    assert isinstance(done.exception, EvenhandError)
    assert "vp" in done.exception.what


def test_plan_prints_a_sentence(tmp_path):
    words = (
        "plan --effect alliance=0.3 --clients 40 --therapists 5 --sessions 4 --studies 30 --draws 2"
    )
    done = run(app, [*words.split(), "--workers", "1"])
    assert done.exit_code == 0, done.output
    assert "With 40 clients of 5 therapists" in " ".join(done.output.split())
    found = run(app, [*words.split(), "--json"])
    assert json.loads(found.output)["cells"][0]["studies"] == 30


@pytest.mark.parametrize("sizes", ["40,", "many", "1.5"])
def test_sizes_are_whole_numbers(sizes):
    words = ["plan", "--effect", "alliance=0.1", "--clients", sizes, "--therapists", "5"]
    done = run(app, [*words, "--sessions", "4"])
    assert isinstance(done.exception, EvenhandError)


def test_calibrate_and_experiment_show_their_tables(tmp_path, monkeypatch):
    from evenhand.theory.targets import Bench
    from tests.theory.test_calibrate import made_up

    monkeypatch.setattr(Bench, "measure", lambda self, theory: made_up(theory))
    words = ["calibrate", "--out", str(tmp_path / "c"), "--draws", "6", "--workers", "1"]
    done = run(app, words)
    assert done.exit_code == 0, done.output
    assert "Held out" in done.output
    assert json.loads(run(app, [*words, "--json"]).output)["draws"] == 6
