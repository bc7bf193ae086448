from __future__ import annotations

import pytest

from evenhand.reports.barcode import arcs, overlaps, silences, spread, thirds
from evenhand.reports.session_view import lay_out
from evenhand.reports.study_view import StudyView
from tests.reports.made_up import made_data, spoken


def test_numbers_move_apart_and_stay_on_the_page() -> None:
    assert spread([50.0], 6) == [50.0]
    assert spread([10.0, 11.0, 12.0], 6) == [10.0, 16.0, 22.0]
    assert spread([97.0, 99.0], 6) == [92.0, 98.0]
    assert spread([0.0], 6) == [2.0]


def test_a_silence_of_four_seconds_is_drawn_and_a_shorter_one_is_not() -> None:
    view = spoken([("T", 0, 10), ("C", 14, 20), ("T", 23.9, 30)])
    assert [(a.n, b.n, gap) for a, b, gap in silences(view)] == [(1, 2, 4.0)]


def test_a_long_turn_that_holds_another_leaves_no_silence() -> None:
    view = spoken([("T", 0, 30), ("C", 5, 6), ("T", 31, 40)])
    assert silences(view) == []


def test_both_at_once_is_found_where_times_cross() -> None:
    view = spoken([("T", 0, 10), ("C", 8, 20)])
    assert overlaps(view) == [(40.0, 50.0)]


def test_thirds_share_out_the_time_in_them() -> None:
    view = spoken([("T", 0, 30), ("C", 30, 60), ("T", 60, 75), ("C", 75, 90)])
    assert [(n, round(c, 2), round(t, 2)) for n, c, t in thirds(view)] == [
        ("First third", 0.0, 1.0),
        ("Middle third", 1.0, 0.0),
        ("Last third", 0.5, 0.5),
    ]


def test_without_times_places_follow_the_words() -> None:
    rows = [
        {
            "turn": 1,
            "role": "therapist",
            "speaker": None,
            "start_s": None,
            "end_s": None,
            "text": "a b c",
        },
        {"turn": 2, "role": "client", "speaker": None, "start_s": None, "end_s": None, "text": "d"},
    ]
    turns, timed, ends, length = lay_out(rows, set(), {})
    assert (timed, ends, length) == (False, False, 0.0)
    assert [(t.x0, t.x1) for t in turns] == [(0.0, 75.0), (75.0, 100.0)]


def test_a_recorder_that_starts_at_an_hour_draws_no_hour_of_silence() -> None:
    view = spoken([("T", 3600, 3610), ("C", 3610, 3620)])
    assert view.length_s == pytest.approx(20)
    assert view.turns[0].x0 == 0.0


def test_starts_without_ends_say_that_silence_cannot_be_seen() -> None:
    view = spoken([("T", 0, None), ("C", 50, None), ("T", 60, None)])
    assert view.timed
    assert not view.ends_known
    assert silences(view) == []


def test_an_untimed_session_draws_no_silence() -> None:
    study = StudyView(made_data(timed=False))
    view = study.session(study.shown[0])
    assert not view.timed
    assert silences(view) == []
    assert overlaps(view) == []


def test_a_mending_is_joined_to_the_strain_before_it_and_each_strain_once() -> None:
    turns = [("T", 0, 1), ("C", 1, 2), ("T", 2, 3), ("T", 3, 4), ("C", 4, 5), ("T", 5, 10)]
    codes = [(2, "withdrawal"), (3, "mending"), (4, "mending"), (5, "confrontation")]
    assert arcs(spoken(turns, codes)) == [(10.0, 20.0)]
    assert arcs(spoken(turns, [*codes, (6, "mending")])) == [(10.0, 20.0), (40.0, 50.0)]
    assert arcs(spoken(turns, [(3, "mending"), (5, "withdrawal")])) == []
