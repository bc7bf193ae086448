"""What a study declares of its mirror: primary, margins, families of secondary comparisons."""

from dataclasses import replace

import pytest

from evenhand.core.errors import EvenhandError
from evenhand.runs._mirror_path import Paths
from evenhand.runs._mirror_plan import Primary, count_families, read_plan
from evenhand.runs._mirror_room import Room
from evenhand.runs._mirror_treated import Treated


def test_a_null_of_the_treatment_is_claimed_by_a_margin_of_its_own() -> None:
    row = {
        "within": {"p": 0.9, "low90": -0.1, "high90": 0.12},
        "between": {"p": 0.5},
        "family": "gaussian",
    }
    leaving = row | {"family": "logit"}
    treated = Treated(treatment=[row, leaving])
    plan = read_plan({"mirror": {"treatment_margin": 0.15}})
    count_families(Room(), treated, Paths(), plan)
    assert row["no_difference"] is True
    assert leaving["no_difference"] is None  # a margin in standard deviations is none for odds
    count_families(Room(), treated, Paths(), replace(plan, treatment_margin=0.11))
    assert row["no_difference"] is False


def test_every_family_of_secondary_comparisons_has_its_false_discovery_rate() -> None:
    gaps = [{"p": 0.01}, {"p": 0.2}]
    between = [
        {"within": {"p": p}, "between": {"p": p / 2}, "family": "logit"} for p in (0.04, 0.5)
    ]
    paths = [{"p": 0.03}]
    strata = [{"p": 0.02, "p_beyond": 0.2}, {"p": 0.3, "p_beyond": None}]
    count_families(Room(), Treated(between, gaps), Paths(paths), read_plan({}), strata)
    assert [row["q"] for row in gaps] == pytest.approx([0.02, 0.2])
    assert [row["q"] for row in between] == pytest.approx([0.08, 0.5])
    assert [row["q_between"] for row in between] == pytest.approx([0.04, 0.25])
    assert paths[0]["q"] == pytest.approx(0.03)
    assert [row["q"] for row in strata] == pytest.approx([0.04, 0.3])
    assert strata[0]["q_beyond"] == pytest.approx(0.2)  # alone in its family
    assert "q_beyond" not in strata[1]


@pytest.mark.parametrize(
    "plan",
    [
        {"margin": 0},
        {"margin": "small"},
        {"margin": True},
        {"treatment_margin": -0.1},
        {"primary": "directives"},
        {"primary": {"indicator": "directives"}},
        {"primary": {"indicator": "directivs", "axis": "gender"}},
        {"primary": {"indicator": "directives", "axis": "gendr"}},
        {"primary": {"indicator": "directives", "axis": "gender", "where": "within"}},
        {"primary": {"indicator": "directives", "outcome": "alliance", "axis": "gender"}},
        {"primary": {"outcome": "alliance"}},
        {"primary": {"outcome": "alliance", "axis": "gender", "where": "inside"}},
        {"primary": {"outcome": "PHQ-99", "axis": "gender"}},
        {"primary": {"outcome": 9, "axis": "gender"}},
        {"primry": {}},
        {"strata": "gender"},
        {"strata": ["gendr"]},
    ],
)
def test_a_plan_that_cannot_be_read_is_refused(plan: dict) -> None:
    with pytest.raises(EvenhandError, match=r"primary|margin|strata|key") as refused:
        read_plan({"mirror": plan}, ["PHQ-9"])
    assert refused.value.where == "study.toml, [mirror]"


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"outcome": "alliance"}, Primary("alliance", "income", "within")),
        ({"outcome": "leaving", "where": "between"}, Primary("drop-out", "income", "between")),
        ({"outcome": "PHQ-9"}, Primary("outcome PHQ-9", "income", "within")),
        ({"indicator": "directives"}, Primary("directives", "income")),
    ],
)
def test_a_primary_names_an_indicator_or_an_outcome(given: dict, read: Primary) -> None:
    plan = read_plan({"mirror": {"primary": given | {"axis": "income"}}}, ["PHQ-9"])
    assert plan.primary == read


def test_a_primary_outcome_stands_outside_its_family_and_the_others_get_theirs() -> None:
    test = {"p": 0.04, "low90": -1.0, "high90": 1.0}
    rows = [
        {"outcome": name, "axis": "income", "within": test, "between": test, "family": "gaussian"}
        for name in ("alliance", "outcome PHQ-9")
    ]
    plan = read_plan({"mirror": {"primary": {"outcome": "alliance", "axis": "income"}}})
    assert plan.primary is not None
    assert plan.primary.among([], rows) is rows[0]
    assert plan.primary.among([], []) is None
    count_families(Room(), Treated(rows), Paths(), plan)
    assert "q" not in rows[0]
    assert rows[1]["q"] == pytest.approx(0.04)  # alone in what is left of its family
    assert [row["q_between"] for row in rows] == pytest.approx([0.04, 0.04])
