from typing import Any

import polars as pl

from evenhand.core.tables import TURNS
from evenhand.core.turns import form_turns

Piece = tuple[str | None, str, float | None, float | None]


def formed(*pieces: Piece, change: list[bool] | None = None) -> list[Piece]:
    names = ["speaker", "text", "start_s", "end_s"]
    kinds: dict[str, Any] = {name: TURNS[name] for name in names}
    frame = pl.DataFrame(list(pieces), schema=kinds, orient="row")
    if change:
        frame = frame.with_columns(change=pl.Series(change))
    return list(form_turns(frame, "s", "f").select(names).iter_rows())


def test_neighbours_of_one_speaker_are_one_turn_from_first_start_to_last_end() -> None:
    assert formed(("T", "a", 0, 1), ("T", "b", 2, 3), ("C", "c", 3, 4)) == [
        ("T", "a b", 0, 3),
        ("C", "c", 3, 4),
    ]


def test_an_unknown_first_start_or_last_end_stays_unknown() -> None:
    assert formed(("T", "a", 0, 1), ("T", "b", 2, None)) == [("T", "a b", 0, None)]
    assert formed(("T", "a", None, 1), ("T", "b", 2, 3)) == [("T", "a b", None, 3)]


def test_pieces_that_all_have_a_start_are_put_in_its_order() -> None:
    assert formed(("T", "b", 2, 3), ("C", "a", 0, 1)) == [("C", "a", 0, 1), ("T", "b", 2, 3)]


def test_a_backchannel_inside_the_others_turn_is_kept_apart() -> None:
    pieces: list[Piece] = [("C", "I went", 0, 5), ("T", "Mm-hm.", 2, 3), ("C", "home.", 5, 6)]
    assert formed(*pieces) == [("C", "I went home.", 0, 6), ("T", "Mm-hm.", 2, 3)]


def test_words_inside_the_others_turn_are_no_backchannel() -> None:
    pieces: list[Piece] = [("C", "I went", 0, 5), ("T", "Where to?", 2, 3), ("C", "home.", 5, 6)]
    assert [speaker for speaker, *_ in formed(*pieces)] == ["C", "T", "C"]


def test_a_backchannel_inside_an_unknown_speakers_turn_is_kept_apart() -> None:
    pieces: list[Piece] = [
        ("T", "So.", 0, 1),
        (None, "I went", 1, 5),
        ("T", "Mm-hm.", 2, 3),
        (None, "home.", 5, 6),
    ]
    assert formed(*pieces) == [
        ("T", "So.", 0, 1),
        (None, "I went home.", 1, 6),
        ("T", "Mm-hm.", 2, 3),
    ]


def test_a_change_that_names_nobody_begins_a_turn() -> None:
    pieces: list[Piece] = [(None, "a", 0, 1), (None, "b", 1, 2), (None, "c", 2, 3)]
    assert formed(*pieces, change=[True, False, True]) == [(None, "a b", 0, 2), (None, "c", 2, 3)]


def test_pieces_without_a_word_are_no_turn() -> None:
    assert formed(("T", " ", 0, 1), ("C", "a", 1, 2)) == [("C", "a", 1, 2)]


def test_nothing_said_is_no_turn() -> None:
    assert formed(("T", "", 0, 1)) == []
