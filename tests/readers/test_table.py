import gzip
import io
from pathlib import Path

import polars as pl
import pytest

from evenhand.core.errors import EvenhandError, Exit
from evenhand.readers import read_turns
from evenhand.readers.table import scan_turns
from tests.readers.shared import flagged, refused, rows, said, written


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_any_delimiter_is_read(tmp_path: Path, sign: str) -> None:
    data = f"speaker{sign}text\nT{sign}Where?\nC{sign}Home.\n"
    assert said(tmp_path, data) == [("T", "Where?"), ("C", "Home.")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_any_encoding_and_line_end_is_read(tmp_path: Path, encoding: str, end: str) -> None:
    data = f"speaker,text{end}Zoë,Où ?{end}Sam,Home.{end}".encode(encoding)
    assert said(tmp_path, data) == [("Zoë", "Où ?"), ("Sam", "Home.")]


@pytest.mark.parametrize(
    ("written_as", "seconds"),
    [("1.5", 1.5), ('"1,5"', 1.5), ("0:01.5", 1.5), ("1:00:01.5", 3601.5), ("00:00:01", 1.0)],
)
def test_any_spelling_of_a_time_is_read(tmp_path: Path, written_as: str, seconds: float) -> None:
    found = rows(tmp_path, f"start,speaker,text\n{written_as},T,Where?\n,C,Home.\n")
    assert [row["start_s"] for row in found] == [seconds, None]


def test_rows_stay_as_they_are(tmp_path: Path) -> None:
    assert said(tmp_path, "speaker,text\nT,So.\nT,Yes.\n") == [("T", "So."), ("T", "Yes.")]


def test_a_row_knows_its_line_below_quoted_line_ends(tmp_path: Path) -> None:
    data = 'speaker,text\nT,"Where\n\nto?"\nC,Home.\nT,"So\n"\nC,Yes.\n'
    assert [row["source_line"] for row in rows(tmp_path, data)] == [2, 5, 6, 8]


def test_doubled_quotes_and_commas_within_quotes_belong_to_the_text(tmp_path: Path) -> None:
    data = 'speaker,text\nT,"Well, ""home"", then?"\nC,Home.\n'
    assert said(tmp_path, data)[0] == ("T", 'Well, "home", then?')


def test_a_bare_comma_never_shifts_a_text_without_a_word(tmp_path: Path) -> None:
    data = "speaker,text,note\nT,So,x\nC,well, I think,x\n"
    path = written(tmp_path, data)
    with pytest.raises(EvenhandError, match="4 fields where the headings have 3") as caught:
        scan_turns(path)
    assert caught.value.where == "session.bin, line 3"


def test_what_cannot_be_read_is_found_before_any_row_is(tmp_path: Path) -> None:
    path = written(tmp_path, 'speaker,text\nT,So\nC,"never ends\n' + "T,a\n" * 5000)
    with pytest.raises(EvenhandError, match="never closes"):
        scan_turns(path)


def test_columns_of_any_name_can_be_mapped(tmp_path: Path) -> None:
    path = written(tmp_path, "who,words\nT,So\nC,Yes\n")
    turns = read_turns(path, {"speaker": "who", "text": "words"})
    assert turns.select("speaker", "text").rows() == [("T", "So"), ("C", "Yes")]


@pytest.mark.parametrize(
    ("columns", "what", "code"),
    [
        ({"text": "said"}, "no column 'said'", Exit.INPUT),
        ({"wording": "words"}, "no column of ours", Exit.USAGE),
    ],
)
def test_a_mapping_to_nothing_is_refused(
    tmp_path: Path, columns: dict[str, str], what: str, code: Exit
) -> None:
    with pytest.raises(EvenhandError, match=what) as caught:
        read_turns(written(tmp_path, "who,words\nT,So\nC,Yes\n"), columns)
    assert caught.value.code == code


def test_the_role_stands_in_for_the_speaker(tmp_path: Path) -> None:
    found = rows(tmp_path, "role,text\ntherapist,So\nclient,Yes\n")
    assert [(row["role"], row["speaker"]) for row in found] == [
        ("therapist", "therapist"),
        ("client", "client"),
    ]


def test_turns_count_within_their_session(tmp_path: Path) -> None:
    found = rows(tmp_path, "session_id,speaker,text\nb,T,So\na,T,So\nb,C,Yes\n")
    assert [(row["session_id"], row["turn"]) for row in found] == [("b", 1), ("a", 1), ("b", 2)]


def test_a_session_may_be_called_anything(tmp_path: Path) -> None:
    found = rows(tmp_path, "session_id,speaker,text\na/b#1,T,So\na/b#1,C,Yes\n")
    assert {row["session_id"] for row in found} == {"a/b#1"}


def test_a_gzipped_parquet_is_read(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    pl.DataFrame({"speaker": ["T", "C"], "text": ["So", "Yes"]}).write_parquet(buffer)
    data = gzip.compress(buffer.getvalue())
    assert said(tmp_path, data) == [("T", "So"), ("C", "Yes")]


def test_a_parquet_of_other_kinds_is_refused_where_times_are_none(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    odd = {"speaker": ["T"], "text": ["So"], "start": ["noon"]}
    pl.DataFrame(odd).write_parquet(buffer)
    assert "no time" in refused(tmp_path, buffer.getvalue()).what


@pytest.mark.parametrize("blank", ["", ",", ",\n\n"])
def test_a_blank_line_is_no_row(tmp_path: Path, blank: str) -> None:
    data = f"turn,speaker,text\n1,T,So.\n{blank}\n2,C,Yes.\n{blank}\n"
    found = rows(tmp_path, data.replace("\n,", "\n,,"))
    assert [(row["turn"], row["text"]) for row in found] == [(1, "So."), (2, "Yes.")]
    assert found[1]["source_line"] > 3


def test_headings_may_be_missing_beside_known_ones(tmp_path: Path) -> None:
    expected = [("T", "So."), ("C", "Yes.")]
    assert said(tmp_path, ",speaker,text\n0,T,So.\n1,C,Yes.\n") == expected
    assert said(tmp_path, "speaker,text,,\nT,So.,,\nC,Yes.,,\n") == expected


def test_two_columns_of_one_name_are_refused_where_it_is_used(tmp_path: Path) -> None:
    error = refused(tmp_path, "speaker,text,text\nT,So.,a\nC,Yes.,b\n")
    assert error.what == "Two columns are headed 'text'."
    assert said(tmp_path, "speaker,text,note,note\nT,So.,a,b\n") == [("T", "So.")]


def test_a_quote_after_a_backslash_is_refused_and_takes_no_word_away(tmp_path: Path) -> None:
    error = refused(tmp_path, 'speaker,text\nT,"She said \\"so\\" then."\nC,Yes.\n')
    assert (error.what, error.where) == ("A quote stands within a field.", "session.bin, line 2")


BACK = "session_id,turn,speaker,start,end,text\n"


def test_times_that_run_backwards_are_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, f"{BACK}a,1,T,5,6,So.\na,2,C,1,2,Yes.\n")
    assert (error.what, error.where) == ("The times run backwards.", "session.bin, line 3")


@pytest.mark.parametrize(
    "row",
    ["b,2,C,1,2", "a,0,C,1,2", "a,2,C,4.5,5.5", "a,2,C,,2"],
    ids=["another session", "an earlier turn", "talk at once", "no start"],
)
def test_times_that_only_seem_backwards_are_read(tmp_path: Path, row: str) -> None:
    assert len(said(tmp_path, f"{BACK}a,1,T,5,6,So.\n{row},Yes.\n")) == 2


def test_a_few_slips_in_a_large_table_are_flagged(tmp_path: Path) -> None:
    lines = [f"a,{n},T,{n},{n + 1},So.\n" for n in range(1000, 2100)]
    lines[5] = "a,1005,T,3,4,So.\n"
    assert flagged(tmp_path, BACK + "".join(lines)) == [
        "session.bin, from line 7: The times run backwards. 1 of 1,100 rows."
    ]
