from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from evenhand.reports.paths import file_stems

SAFE = set(string.ascii_letters + string.digits + "._-~+")


def test_a_plain_id_stays_as_it_is() -> None:
    assert file_stems(["s1", "anjali-gwyn_4"]) == {"s1": "s1", "anjali-gwyn_4": "anjali-gwyn_4"}


def test_a_dyad_of_plain_ids_is_joined_by_a_plus() -> None:
    assert file_stems(["gwyn|anjali"]) == {"gwyn|anjali": "gwyn+anjali"}


def test_ids_that_differ_only_in_case_get_names_that_do_not() -> None:
    stems = file_stems(["S1", "s1"])
    assert len({s.casefold() for s in stems.values()}) == 2


def test_slashes_dots_and_percent_signs_never_reach_a_file_name() -> None:
    for stem in file_stems(
        ["../../etc/passwd", "a/b", "a%2Fb", "a#b", ".hidden", "ü", ""]
    ).values():
        assert set(stem) <= SAFE
        assert not stem.startswith(".")
        assert "~" in stem


@given(st.lists(st.text(max_size=12), unique=True, max_size=8))
def test_two_ids_never_share_a_file(ids: list[str]) -> None:
    stems = list(file_stems(ids).values())
    assert len({s.casefold() for s in stems}) == len(ids)
    assert all(set(s) <= SAFE for s in stems)
