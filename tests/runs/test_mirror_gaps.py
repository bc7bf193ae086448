"""Therapists' gaps in the terminal: how much, how sure, of how many; never whose."""

from rich.console import Console

from evenhand.runs._mirror_gaps_terminal import show_gaps
from evenhand.runs._mirror_measured import group_in_words

GROUPS = [
    {"group": "lower half", "clients": 210, "sd": 1.2, "low": 1.08, "high": 1.33},
    {"group": "upper half", "clients": 190, "sd": 0.8, "low": 0.72, "high": 0.89},
]
ROW = {
    "outcome": "alliance",
    "axis": "income",
    "spread": 0.52,
    "low": 0.31,
    "high": 0.87,
    "reliability": 0.44,
    "inner_low": -0.21,
    "inner_high": 0.66,
    "margin": 0.58,
    "therapists": 40,
    "clients_each": 10.0,
    "groups": GROUPS,
    "groups_p": 0.001,
    "p": 0.002,
    "q": 0.01,
}


def said(*rows: dict) -> str:
    screen = Console(width=400, record=True)
    with screen.capture() as found:
        show_gaps(screen, rows)
    return " ".join(found.get().split())


def test_gaps_that_differ_are_told_with_reliability_margin_and_n_a_group() -> None:
    text = said(ROW)
    assert "SD 0.52 [0.31, 0.87], reliability 0.44." in text
    assert "eight in ten lie between −0.21 and +0.66, each known to ±0.58." in text
    assert "40 therapists, 10 clients each in the middle; lower half 210 clients" in text
    assert "upper half 190 clients, SD 0.80 [0.72, 0.89]" in text


def test_groups_whose_clients_differ_more_are_told_even_where_gaps_do_not() -> None:
    text = said(ROW | {"q": 0.6})
    assert "they differ by no more than chance" in text
    assert "Clients of some groups differ more among themselves in alliance by income" in text
    assert "differ more" not in said(ROW | {"q": 0.6, "groups_p": 0.4})


def test_at_the_boundary_there_is_no_interval_to_tell() -> None:
    text = said(ROW | {"low": None, "high": None, "reliability": None})
    assert "SD 0.52. Shrunken" in text


def test_a_standing_is_called_one_and_an_answer_stands_for_itself() -> None:
    assert group_in_words("-0.5") == "standing −0.5"
    assert group_in_words("1.0") == "standing +1"
    assert group_in_words("upper half") == "upper half"


def test_nothing_compared_is_nothing_said() -> None:
    assert said() == ""
