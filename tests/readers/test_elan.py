from pathlib import Path

import pytest

from evenhand.readers.elan import READER
from tests.readers.shared import check_example, refused, rows, said

SLOTS: list[int | None] = [0, 1000, 1500, 2000, None, 3000, 4000]


def value(n: int, text: str, first: int, last: int) -> str:
    """An annotation between two slots, which count from 0."""
    return (
        f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{n}" TIME_SLOT_REF1="ts{first}" '
        f'TIME_SLOT_REF2="ts{last}">\n<ANNOTATION_VALUE>{text}</ANNOTATION_VALUE>'
        "</ALIGNABLE_ANNOTATION></ANNOTATION>"
    )


def ref(n: int, text: str, to: int) -> str:
    return (
        f'<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a{n}" ANNOTATION_REF="a{to}">'
        f"<ANNOTATION_VALUE>{text}</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>"
    )


def tier(name: str, *inside: str, who: str = "", kind: str = "utt", above: str = "") -> str:
    more = (f' PARTICIPANT="{who}"' if who else "") + (f' PARENT_REF="{above}"' if above else "")
    return f'<TIER TIER_ID="{name}" LINGUISTIC_TYPE_REF="{kind}"{more}>{"".join(inside)}</TIER>\n'


def eaf(*tiers: str) -> str:
    values = ("" if ms is None else f' TIME_VALUE="{ms}"' for ms in SLOTS)
    slots = "".join(f'<TIME_SLOT TIME_SLOT_ID="ts{n}"{v}/>' for n, v in enumerate(values))
    order = f"<TIME_ORDER>{slots}</TIME_ORDER>\n"
    return f"<ANNOTATION_DOCUMENT>{order}{''.join(tiers)}</ANNOTATION_DOCUMENT>"


def test_the_example_reads_as_stated(tmp_path: Path) -> None:
    check_example(tmp_path, READER)


def test_the_tiers_of_all_speakers_are_sorted_by_start(tmp_path: Path) -> None:
    data = eaf(
        tier("x", value(1, "Where?", 0, 1), value(2, "Yes.", 3, 5), who="Dana"),
        tier("y", value(3, "Home.", 2, 3), who="Sam"),
    )
    assert said(tmp_path, data) == [("Dana", "Where?"), ("Sam", "Home."), ("Dana", "Yes.")]


@pytest.mark.parametrize(("who", "role"), [("Therapist", "therapist"), ("patient", "patient")])
def test_a_participant_may_be_a_role_and_keeps_the_label(
    tmp_path: Path, who: str, role: str
) -> None:
    found = rows(tmp_path, eaf(tier("x", value(1, "Where?", 0, 1), who=who)))[0]
    assert (found["speaker"], found["role"]) == (who, role)


@pytest.mark.parametrize(("name", "label"), [("utt@T", "T"), ("Dana", "Dana"), ("tx@Sam", "Sam")])
def test_without_a_participant_the_tiers_name_says_who(
    tmp_path: Path, name: str, label: str
) -> None:
    assert said(tmp_path, eaf(tier(name, value(1, "Where?", 0, 1)))) == [(label, "Where?")]


def test_an_untimed_slot_is_an_unknown_time_and_keeps_its_place(tmp_path: Path) -> None:
    data = eaf(
        tier("x", value(1, "One", 0, 1), value(2, "two", 1, 4), value(3, "three", 4, 5)),
        tier("y", value(4, "After", 5, 6)),
    )
    assert [(r["speaker"], r["start_s"], r["end_s"], r["text"]) for r in rows(tmp_path, data)] == [
        ("x", 0.0, 3.0, "One two three"),
        ("y", 3.0, 4.0, "After"),
    ]


def test_referring_tiers_have_the_time_of_what_they_refer_to(tmp_path: Path) -> None:
    data = eaf(
        tier("ref@T", value(1, "S1.001", 0, 1), value(2, "S1.002", 5, 6), who="T", kind="ref"),
        tier("ge@T", ref(3, "where", 1), who="T", kind="gloss", above="ref@T"),
        tier("tx@T", ref(4, "Where?", 1), ref(5, "So.", 2), who="T", above="ref@T"),
        tier("ft@T", ref(6, "Wohin?", 4), who="T", kind="ft", above="tx@T"),
        tier("tx@C", value(7, "Home.", 2, 3), who="C"),
    )
    assert [(r["speaker"], r["start_s"], r["end_s"], r["text"]) for r in rows(tmp_path, data)] == [
        ("T", 0.0, 1.0, "Where?"),
        ("C", 1.5, 2.0, "Home."),
        ("T", 3.0, 4.0, "So."),
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ft@Dana", "utt"),
        ("translation", "x"),
        ("Dana_gloss", "x"),
        ("x", "Translation"),
        ("x", "free translation"),
        ("notes", "x"),
        ("gesture@Dana", "x"),
    ],
)
def test_translations_glosses_and_notes_are_no_turns(tmp_path: Path, name: str, kind: str) -> None:
    about = tier(name, value(2, "Wohin?", 0, 1), who="Dana", kind=kind)
    data = eaf(tier("utt@Dana", value(1, "Where?", 0, 1), who="Dana"), about)
    assert said(tmp_path, data) == [("Dana", "Where?")]


def test_words_below_an_utterance_are_not_said_twice(tmp_path: Path) -> None:
    data = eaf(
        tier("utt@T", value(1, "Where to?", 0, 1), who="T"),
        tier("words@T", value(2, "Where", 0, 4), value(3, "to", 4, 1), who="T", above="utt@T"),
    )
    assert said(tmp_path, data) == [("T", "Where to?")]


def test_words_below_an_utterance_that_is_left_empty_are_what_was_said(tmp_path: Path) -> None:
    data = eaf(
        tier("utt@T", value(1, "", 0, 1), who="T"),
        tier("words@T", ref(2, "Where", 1), ref(3, "to", 1), who="T", above="utt@T"),
        tier("utt@C", value(4, "Home.", 2, 3), who="C"),
    )
    assert said(tmp_path, data) == [("T", "Where to"), ("C", "Home.")]


def test_words_beside_an_utterance_are_not_said_twice(tmp_path: Path) -> None:
    words = tier("words@T", value(2, "Where", 0, 4), value(3, "to", 4, 1))
    assert said(tmp_path, eaf(words)) == [("T", "Where to")]
    data = eaf(words, tier("utt@T", value(1, "Where to?", 0, 1)))
    assert said(tmp_path, data) == [("T", "Where to?")]


def test_another_persons_tier_may_hang_below(tmp_path: Path) -> None:
    data = eaf(
        tier("utt@T", value(1, "Where to?", 0, 1), who="T"),
        tier("utt@C", ref(2, "Home", 1), who="C", above="utt@T"),
    )
    assert said(tmp_path, data) == [("T", "Where to?"), ("C", "Home")]


def test_utf_16_is_read_where_it_is_declared(tmp_path: Path) -> None:
    data = '<?xml version="1.0" encoding="UTF-16"?>\n' + eaf(tier("Zoë", value(1, "Où?", 0, 1)))
    assert said(tmp_path, data.encode("utf-16")) == [("Zoë", "Où?")]


def test_an_annotation_that_ends_before_it_starts_is_refused_with_its_line(tmp_path: Path) -> None:
    error = refused(tmp_path, eaf(tier("x", value(1, "Where?", 3, 1))))
    assert "before it starts" in error.what
    assert error.where.endswith("line 2")


def test_a_time_that_is_no_number_is_refused(tmp_path: Path) -> None:
    data = eaf(tier("x", value(1, "Where?", 0, 1))).replace('"1000"', '"1.0.0"')
    assert "no whole number" in refused(tmp_path, data).what
