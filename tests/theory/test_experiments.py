"""Experiments compare like with like, and a page shows all of it with and without its script."""

import json
import re

import numpy as np
import pytest

from evenhand.core.errors import EvenhandError
from evenhand.runs.experiments import Experiments, experiment
from evenhand.theory import shipped_theory
from evenhand.theory.experiments import (
    OUTCOMES,
    SLIDERS,
    WHAT_IF,
    ablations,
    at_place,
    compare,
    line_gap,
    places,
)


def test_a_gap_by_hand():
    # a line that falls by one from each tenth to the next: nine from the first to the last
    decile = np.arange(1, 11)
    assert line_gap(10.0 - decile, decile, np.ones(10)) == pytest.approx(9.0)


def test_the_usual_place_of_the_sliders_is_the_world_as_it_is():
    place = (1.0, 0.0, 0.0, 0.0, 0.0)
    assert place in places()
    found = compare(shipped_theory(), (at_place(place),), 1, 1)
    assert found["1/0/0/0/0"] == found["as it is"]


def test_a_flat_society_has_smaller_gaps_and_forcing_carries_drop_out():
    asked = [e for e in (*WHAT_IF, *ablations()) if e.name in {"flat", "without forcing"}]
    found = compare(shipped_theory(), tuple(asked), 1, 2)
    usual = found["as it is"]
    assert found["flat"]["gap_recovery_deprivation"] < 0.4 * usual["gap_recovery_deprivation"]
    assert found["without forcing"]["dropout"] < usual["dropout"] - 3


@pytest.fixture
def quick(monkeypatch):
    """A made-up world in which every outcome follows steepness and the number of conditions."""

    def run(theory, asked, seed, blocks):
        found = {"as it is": {o: 1.0 + theory.v_P for o in OUTCOMES}}
        for n, e in enumerate(asked):
            settings = dict(e.settings)
            change = settings.get("h", 1.0) - 1.0 + 0.1 * n * theory.v_P
            found[e.name] = {o: 1.0 + theory.v_P + change for o in OUTCOMES}
        return found

    monkeypatch.setattr("evenhand.runs.experiments.compare", run)


def test_results_and_page_are_written(quick, tmp_path):
    made = experiment(out=tmp_path / "e", draws=6, explored=2)
    assert made.draws == min(6, made.draws)
    record = json.loads((tmp_path / "e" / "experiments.json").read_text(encoding="utf-8"))
    assert set(record["effects"]) == {e.name for e in (*WHAT_IF, *ablations())}
    for effect in record["effects"].values():
        for o in OUTCOMES:
            assert effect[o]["low"] <= effect[o]["middle"] <= effect[o]["high"]
    page = (tmp_path / "e" / "experiments.html").read_text(encoding="utf-8")
    held = re.search(r'id="explorer-data">(.*?)</script>', page, flags=re.DOTALL)
    data = json.loads(held[1])
    assert len(data["values"]) == len(places())
    assert data["steps"] == [list(steps) for _, steps in SLIDERS.values()]
    assert "each slider by itself" in page
    assert not re.search(r"https?://(?!www\.w3\.org)", page)


def test_the_page_lets_in_its_own_script_and_no_other(quick, tmp_path):
    from base64 import b64encode
    from hashlib import sha256
    from html import unescape

    experiment(out=tmp_path / "e", draws=1, explored=1)
    page = (tmp_path / "e" / "experiments.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    assert len(scripts) == 1
    assert "explorer-data" in scripts[0]
    digest = b64encode(sha256(scripts[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in unescape(page)


def test_what_was_finished_is_taken_up(quick, tmp_path, monkeypatch):
    experiment(out=tmp_path / "e", draws=2, explored=1)
    monkeypatch.setattr("evenhand.runs.experiments.compare", None)
    again = experiment(out=tmp_path / "e", draws=2, explored=1)
    assert isinstance(again, Experiments)


def test_less_than_nothing_is_refused(tmp_path):
    with pytest.raises(EvenhandError, match="out of range"):
        experiment(out=tmp_path, draws=-1)


def test_every_path_names_parameters_that_there_are():
    for e in ablations():
        assert shipped_theory().with_(dict(e.settings))
