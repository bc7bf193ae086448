"""A plan: shares with their Monte Carlo error, larger studies find more, sentences to quote."""

import json

import numpy as np
import pytest

from evenhand.core.errors import EvenhandError
from evenhand.core.share import share_of
from evenhand.runs import _plan_dealt as dealt
from evenhand.runs import _plan_studies, _plan_tables
from evenhand.runs._plan_models import PLANNED, Told, fit_study, not_planned
from evenhand.runs._plan_studies import draws_of
from evenhand.runs._plan_tables import Task
from evenhand.runs.plan import plan
from evenhand.theory import shipped_theory
from evenhand.theory.studies import Design

SIZES = {"clients": [60, 240], "therapists": [10], "sessions": [5]}


@pytest.fixture(scope="module", autouse=True)
def few_people():
    """What is known of the theory beforehand comes from fewer people: faster, and less exact."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_plan_tables, "PEOPLE", 1500)
        patch.setattr(_plan_studies, "PEOPLE", 4000)
        yield
    for kept in (_plan_tables._known, _plan_studies._native, _plan_studies._simulated_elsewhere):
        kept.cache_clear()


@pytest.fixture(scope="module")
def made(tmp_path_factory, few_people):
    return plan(
        effects={"alliance": 0.3},
        **SIZES,
        studies=120,
        draws=3,
        out=tmp_path_factory.mktemp("p") / "plan",
    )


def test_larger_studies_find_more_and_say_more(made):
    small, large = made.cells
    assert small.power < large.power
    assert small.half_width > 1.5 * large.half_width
    assert large.power_low < large.power < large.power_high


def test_estimates_are_about_what_was_planted(made):
    for c in made.cells:
        assert abs(c.estimate - 0.3) < 4 * c.estimate_error + 0.05
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
    monkeypatch.setattr("evenhand.runs._plan_studies.simulate_studies", None)
    again = plan(effects={"alliance": 0.3}, **SIZES, studies=120, draws=3, out=made.out)
    assert again.cells == made.cells


def test_studies_are_spread_over_the_draws_that_were_accepted(made):
    assert {c.draws for c in made.cells} == {3}
    assert "averaged over 3 draws that its calibration accepted" in made.cells[0].sentence()


def test_what_a_theory_changes_is_changed_in_every_draw():
    drawn = draws_of(shipped_theory().with_({"c_A": 1.5}), 4)
    assert len(drawn) == 4
    assert {t.c_A for t in drawn} == {1.5}
    assert len({t.y_A for t in drawn}) == 4
    alone = shipped_theory()
    assert draws_of(alone, 1) == [alone]


def test_one_draw_is_the_parameters_themselves():
    alone = plan(effects={"alliance": 0.3}, **SIZES, studies=20, draws=1)
    assert "calibrated theory" in alone.cells[0].sentence()


def test_the_smallest_size_that_is_enough(made):
    enough = made.enough("alliance")
    assert enough is None or enough.power_low >= 0.8


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"effects": {"warmth": 0.1}}, "no estimand 'warmth'"),
        ({"effects": {"alliance": 1.5}}, "alliance=1.5 is out of range"),
        ({"effects": {"maihda": -0.1}}, "maihda=-0.1 is out of range"),
        ({"draws": 0}, "0 draws are none"),
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
        effects={"mirror_treatment": 1.5},
        clients=[60],
        therapists=[12],
        sessions=[3],
        studies=20,
        draws=1,
    )
    cell = made.cells[0]
    assert cell.refused == 0
    assert abs(cell.estimate - 1.5) < 5 * cell.estimate_error
    assert "clients of one therapist" in cell.sentence()


def test_a_study_that_no_model_takes_is_told_why():
    with pytest.raises(EvenhandError, match="takes 40 clients"):
        plan(
            effects={"mirror": 0.2}, clients=[24], therapists=[6], sessions=[3], studies=20, draws=1
        )


def test_every_model_but_the_one_without_an_effect_can_be_planned():
    assert not_planned() == ["rupture"]


@pytest.mark.parametrize(
    "name", sorted(set(PLANNED) - {"joint", "maihda", "mirror", "mirror_difference"})
)
def test_a_large_effect_in_a_study_is_found_in_its_direction(name):
    effect = {"growth": -0.5, "ladder": 0.15, "incidence": 0.2, "mirror_treatment": 2.0}.get(
        name, 1
    )
    told = fit_study(name, Task(shipped_theory(), Design(600, 30, 6), 3, effect))
    assert isinstance(told, Told)
    assert told.found
    assert np.sign(told.value) == np.sign(effect)
    assert told.low < told.value < told.high


def test_standings_dealt_to_courses_are_standard_normal_and_meet_the_log_odds():
    luck = np.random.default_rng(4)
    leaving = np.array([0.1, 0.2])
    sessions = np.where(luck.random(200_000) < 0.1, 1, 2)
    left = (sessions == 1) | (luck.random(200_000) < 0.2)
    z = dealt._standing(leaving, 0.7, sessions, left, luck)
    assert z.mean() == pytest.approx(0, abs=0.01)
    assert z.std() == pytest.approx(1, abs=0.01)
    high, low = (np.mean(sessions[abs(z - at) < 0.1] == 1) for at in (1.0, -1.0))
    odds = np.log(high / (1 - high) / (low / (1 - low)))
    assert odds == pytest.approx(1.4, abs=0.1)


def test_places_on_a_ladder_are_tilted_as_asked():
    luck = np.random.default_rng(5)
    r = dealt._tilted(luck.random(100_000), np.full(100_000, 1.2))
    # density 1 + 1.2 (r - 1/2): mean 1/2 + 1.2/12
    assert r.mean() == pytest.approx(0.6, abs=0.005)


def test_a_difference_that_no_two_groups_can_have_is_refused():
    with pytest.raises(EvenhandError, match="no two groups can differ by"):
        dealt.endings(Task(shipped_theory(), Design(60, 6, 4), 1, 0.8))
