"""A plan: shares with their Monte Carlo error, larger studies find more, sentences to quote."""

import json

import pytest

from evenhand.core.errors import EvenhandError
from evenhand.core.share import share_of
from evenhand.runs.plan import plan

SIZES = {"clients": [60, 240], "therapists": [10], "sessions": [5]}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return plan(
        effects={"alliance": 0.3}, **SIZES, studies=120, out=tmp_path_factory.mktemp("p") / "plan"
    )


def test_larger_studies_find_more_and_say_more(made):
    small, large = made.cells
    assert small.power < large.power
    assert small.half_width > 1.5 * large.half_width
    assert large.power_low < large.power < large.power_high


def test_estimates_are_about_what_was_planted(made):
    for c in made.cells:
        assert abs(c.estimate - 0.3) < 4 * c.estimate_error + 0.01
        assert c.coverage_high > 0.9


def test_the_sentence_can_be_quoted(made):
    text = made.cells[1].sentence()
    assert text.startswith("With 240 clients of 10 therapists, followed for up to 5 sessions")
    assert "120 simulated studies" in text
    assert "Monte Carlo 95 % interval" in text


def test_a_page_and_a_table_are_written(made):
    record = json.loads((made.out / "plan.json").read_text(encoding="utf-8"))
    assert [c["clients"] for c in record["cells"]] == [60, 240]
    page = (made.out / "plan.html").read_text(encoding="utf-8")
    assert "To quote" in page
    assert made.cells[0].sentence() in page.replace("&#39;", "'")


def test_finished_sizes_are_taken_up(made, monkeypatch):
    monkeypatch.setattr("evenhand.runs.plan.simulate_studies", None)
    again = plan(effects={"alliance": 0.3}, **SIZES, studies=120, out=made.out)
    assert again.cells == made.cells


def test_the_smallest_size_that_is_enough(made):
    enough = made.enough("alliance")
    assert enough is None or enough.power_low >= 0.8


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"effects": {"warmth": 0.1}}, "no estimand 'warmth'"),
        ({"effects": {"alliance": 1.5}}, "alliance=1.5 is out of range"),
        ({"clients": [5]}, "5 clients are too few"),
        ({"therapists": [2]}, "2 therapists are too few"),
        ({"sessions": [0]}, "0 sessions are none"),
        ({"studies": 3}, "say nothing of power"),
        ({"therapists": [40]}, "fewer than two clients"),
        ({"clients": []}, "left empty"),
    ],
)
def test_what_cannot_be_simulated_is_told(changed, says):
    with pytest.raises(EvenhandError, match=says):
        plan(**{"effects": {"alliance": 0.1}, **SIZES, "studies": 40, **changed})


def test_wilson_by_hand():
    # 8 of 10: Wilson 1927 gives .490 to .943
    share, low, high = share_of(8, 10)
    assert share == 0.8
    assert (low, high) == (pytest.approx(0.490, abs=5e-4), pytest.approx(0.943, abs=5e-4))
    assert share_of(0, 10)[1] == 0.0


def test_a_model_that_was_discovered_is_fitted_to_simulated_tables():
    made = plan(
        effects={"mirror_treatment": 1.5}, clients=[60], therapists=[12], sessions=[3], studies=20
    )
    cell = made.cells[0]
    assert cell.refused == 0
    assert abs(cell.estimate - 1.5) < 5 * cell.estimate_error
    assert "clients of one therapist" in cell.sentence()


def test_a_study_that_no_model_takes_is_told_why():
    with pytest.raises(EvenhandError, match="takes 40 clients"):
        plan(effects={"mirror": 0.2}, clients=[24], therapists=[6], sessions=[3], studies=20)
