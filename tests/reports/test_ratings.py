from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from evenhand.reports import render_report
from evenhand.reports.ratings import visible_ratings
from tests.reports.made_up import made_data

CANARY = "canary-7f3a"


def rating(**given: str | None) -> dict[str, str | None]:
    row: dict[str, str | None] = {
        "session_id": "anjali-gwyn-1",
        "rater": "client",
        "instrument": "check-in",
        "item": "open",
        "value": CANARY,
        "status": "answered",
        "released": "no",
        "date": "2025-05-01",
    }
    return row | given


def pages(folder: Path, ratings: list[dict[str, str | None]] | None, **given: object) -> bytes:
    frame = None if ratings is None else pl.DataFrame(ratings, infer_schema_length=None)
    data = made_data(n=30, ratings=frame, **given)
    return b"".join(p.read_bytes() for p in sorted(render_report(data, folder)))


def test_pages_are_the_same_bytes_with_no_and_with_three_private_check_ins(tmp_path: Path) -> None:
    private = [rating(), rating(item="9"), rating(item="theme", released=None)]
    assert pages(tmp_path / "a", None) == pages(tmp_path / "b", private)


@pytest.mark.parametrize(
    "row",
    [
        rating(released="theme"),
        rating(released="count"),
        rating(released="NO"),
        rating(released="yes"),
        rating(status="declined", released="words"),
        rating(instrument="alliance", item="mean", value="2.8", released="count"),
    ],
)
def test_words_that_were_not_released_as_words_are_nowhere(
    row: dict[str, str | None], tmp_path: Path
) -> None:
    assert pages(tmp_path / "a", None) == pages(tmp_path / "b", [row])


def test_a_released_theme_is_shown_as_a_theme(tmp_path: Path) -> None:
    html = pages(tmp_path, [rating(item="theme", value="paperwork", released="theme")]).decode()
    assert 'Theme</span> <span class="words">paperwork' in html


def test_what_was_kept_back_comes_with_do_not_ask(tmp_path: Path) -> None:
    html = pages(tmp_path, [rating(item="9", value="Yes", released="words")]).decode()
    assert "Do not ask what." in html
    assert "can say no" in html


def test_nothing_kept_back_needs_no_do_not_ask(tmp_path: Path) -> None:
    html = pages(tmp_path, [rating(item="9", value="No", released="words")]).decode()
    assert "I kept something back." in html
    assert "Do not ask what." not in html


def test_an_answer_stands_beside_the_sentence_it_answers(tmp_path: Path) -> None:
    rows = [
        rating(item="item_8", value="A little", released="words"),
        rating(rater="therapist", item="6", value="Mostly", released="words"),
        rating(item="a question of our own", value="Rain", released="words"),
    ]
    html = pages(tmp_path, rows).decode()
    for words in ("that matters in my life was missed.", "I want to put right.", "A question of"):
        assert words in html
    assert "From the check-ins" in html


def test_ones_own_page_says_so_and_claims_no_release(tmp_path: Path) -> None:
    rows = [rating(item="9", value="Yes, and that was right for me")]
    html = pages(tmp_path, rows, for_person="gwyn").decode()
    assert "This page is your own" in html
    assert "You can say no." in html
    assert "Released by" not in html
    first = (tmp_path / "session-anjali-gwyn-1.html").read_text()
    assert "whether or not there is anything else" not in first


def test_the_client_sees_their_own_and_the_therapist_does_not() -> None:
    frame = pl.DataFrame([rating()])
    own = visible_ratings(made_data(n=10, ratings=frame, for_person="gwyn"))
    other = visible_ratings(made_data(n=10, ratings=frame, for_person="anjali"))
    assert [r["value"] for r in own["anjali-gwyn-1"]] == [CANARY]
    assert not other.get("anjali-gwyn-1")


def test_a_theme_of_another_client_is_not_made_ones_own() -> None:
    frame = pl.DataFrame([rating()])
    listed = [("anjali-gwyn-1", "gwyn", "anjali", 1), ("other-1", "ruth", "anjali", 1)]
    assert not visible_ratings(made_data(listed, n=10, ratings=frame, for_person="ruth"))
