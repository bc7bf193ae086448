from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evenhand.reports.transcript import class_key, cut


def test_overlapping_spans_are_cut_where_they_begin_and_end() -> None:
    pieces = cut("abcdef", [("x", 0, 4), ("y", 2, 6)])
    assert [(p.text, p.kinds) for p in pieces] == [
        ("ab", "k-x"),
        ("cd", "k-x k-y"),
        ("ef", "k-y"),
    ]


@given(
    st.text(max_size=20),
    st.lists(st.tuples(st.sampled_from("xyz"), st.integers(0, 25), st.integers(0, 25))),
)
def test_no_word_is_lost_or_said_twice(text: str, spans: list[tuple[str, int, int]]) -> None:
    assert "".join(p.text for p in cut(text, spans)) == text


def test_a_name_cannot_break_out_of_a_selector() -> None:
    assert class_key('x"){}*[') == "x------"
