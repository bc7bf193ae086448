"""What every coder promises, over all that are discovered."""

import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.core.contracts import Coder
from evenhand.core.discovery import discover
from evenhand.core.example import turns_of
from evenhand.core.tables import CODES, TURNS

CODERS: dict[str, Coder] = discover("coder")
every_coder = pytest.mark.parametrize("coder", CODERS.values(), ids=CODERS)

SAID = [
    ("therapist", "What was it like when I said “you should go”? Doctor’s orders, let’s say."),
    ("client", "I don’t agree. You know best, doctor. 😀 Thank you — cafe\u0301, as a woman."),
    ("therapist", "It sounds like İstanbul was hard. I’m sorry I pushed.\r\nDoes that fit?"),
    (
        "client",
        "Nah.\r\nIt ain't like that. \U0001f469\u200d\U0001f467 You're not listening.",
    ),
    ("client", ""),
    ("partner", "Thanks, you should ask him."),
]

PIECES = (
    "I don’t agree, you should İ e\u0301 \r\n 😀 doctor . ?"
    " - -- --- -, ,- ~ ^ _ uh I- thank ß ﬁ ’ \" '"
).split(" ")


def session(name: str, said: list[tuple[str, str]]) -> pl.DataFrame:
    rows = [
        {"session_id": name, "turn": n, "role": role, "speaker": role, "text": text}
        for n, (role, text) in enumerate(said, 1)
    ]
    return turns_of(rows) if rows else pl.DataFrame(schema=TURNS)


def same(one: pl.DataFrame, two: pl.DataFrame) -> bool:
    return one.equals(two)


def of(codes: pl.DataFrame, name: str) -> pl.DataFrame:
    return codes.filter(pl.col("session_id") == name)


@every_coder
def test_the_worked_example_comes_out(coder: Coder) -> None:
    found = coder.code(turns_of(coder.example)).to_dicts()
    for expected in coder.expected:
        assert [hit for hit in found if expected.items() <= hit.items()], expected
    assert len(found) == len(coder.expected)


@every_coder
def test_codes_are_a_table_of_codes_under_the_coders_name(coder: Coder) -> None:
    found = coder.code(session("s", SAID))
    assert found.schema == CODES
    assert found.height
    assert set(found["coder"]) == {coder.name}
    assert set(found["coder_version"]) == {coder.version}
    assert found["weight"].is_between(0, 1).all()
    assert found.drop("subtype").null_count().sum_horizontal().item() == 0


@every_coder
def test_every_code_was_declared(coder: Coder) -> None:
    assert len(set(coder.codes)) == len(coder.codes)
    assert set(coder.code(session("s", SAID))["code"]) <= set(coder.codes)
    assert set(coder.agreement) <= set(coder.codes)


@every_coder
@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(
        st.text() | st.lists(st.sampled_from(PIECES)).map(" ".join),
        max_size=6,
    )
)
def test_every_span_lies_in_what_was_said_and_is_not_empty(coder: Coder, texts: list[str]) -> None:
    turns = session("s", [(("therapist", "client")[n % 2], text) for n, text in enumerate(texts)])
    found = coder.code(turns).join(turns.select("turn", "text"), on="turn")
    assert (found["start_char"] >= 0).all()
    assert (found["start_char"] < found["end_char"]).all()
    assert (found["end_char"] <= found["text"].str.len_chars()).all()


@every_coder
def test_hits_come_in_the_turns_order(coder: Coder) -> None:
    turns = pl.concat([session(name, SAID) for name in ("b", "a", "c")])
    found = coder.code(turns)
    place = found.join(
        turns.with_row_index("row"), on=["session_id", "turn"], maintain_order="left"
    )
    ordered = place.select("row", "start_char", "code")
    assert same(ordered, ordered.sort("row", "start_char", "code", maintain_order=True))


@every_coder
def test_other_sessions_and_their_order_change_nothing(coder: Coder) -> None:
    others = [session(f"other {n}", random.Random(n).sample(SAID, len(SAID))) for n in range(4)]
    mine = session("mine", SAID)
    alone = coder.code(mine)
    for place in range(len(others) + 1):
        together = coder.code(pl.concat([*others[:place], mine, *others[place:]]))
        assert same(of(together, "mine"), alone)


@every_coder
def test_coding_twice_gives_the_same(coder: Coder) -> None:
    assert same(coder.code(session("s", SAID)), coder.code(session("s", SAID)))


@every_coder
def test_renaming_people_and_sessions_changes_nothing(coder: Coder) -> None:
    turns = session("s", SAID)
    renamed = turns.with_columns(
        speaker=pl.col("speaker").replace({"therapist": "Ann", "client": "Bo"}),
        session_id=pl.lit("another/#name"),
    )
    assert same(coder.code(turns).drop("session_id"), coder.code(renamed).drop("session_id"))


@every_coder
def test_no_turns_no_codes(coder: Coder) -> None:
    assert same(coder.code(pl.DataFrame(schema=TURNS)), pl.DataFrame(schema=CODES))


@every_coder
@pytest.mark.parametrize(
    "text",
    ["", " ", "\r\n", "😀", "\u0301", "?", "…", "-", "'", "''", '"', "İ", "\x00", "[laughs]"],
)
def test_a_turn_without_words_is_coded_without_complaint(coder: Coder, text: str) -> None:
    for role in ("therapist", "client", "partner"):
        found = coder.code(session("s", [(role, text)]))
        assert found.schema == CODES


@every_coder
def test_a_turn_without_text_or_role_is_coded_without_complaint(coder: Coder) -> None:
    rows = [
        {"session_id": "s", "turn": 1, "role": "therapist", "text": None},
        {"session_id": "s", "turn": 2, "role": None, "text": "You should go."},
    ]
    assert coder.code(turns_of(rows)).schema == CODES


@every_coder
def test_typographic_marks_and_line_ends_change_no_span(coder: Coder) -> None:
    straight = [(r, t.replace("’", "'").replace("“", '"').replace("”", '"')) for r, t in SAID]
    wrapped = [(r, t.replace(" ", "\u00a0")) for r, t in straight]
    plain = coder.code(session("s", straight))
    assert same(coder.code(session("s", SAID)), plain)
    assert same(coder.code(session("s", wrapped)), plain)


@every_coder
def test_capitals_change_nothing(coder: Coder) -> None:
    small = [(r, t.replace("İ", "I").lower()) for r, t in SAID]
    large = [(r, t.upper()) for r, t in small]
    assert same(coder.code(session("s", small)), coder.code(session("s", large)))


@every_coder
def test_a_letter_moved_by_two_hundred_emoji_keeps_its_span(coder: Coder) -> None:
    for filler in ("😀", "é", "e\u0301", "İ"):
        shifted = coder.code(session("s", [("client", filler * 200 + ". Thank you, doctor.")]))
        at = len(filler) * 200
        thanks = shifted.filter(pl.col("code") == "thanks")
        assert thanks.select("start_char", "end_char").rows() == [(at + 2, at + 11)]
