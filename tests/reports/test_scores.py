"""Scores over the course: what noise could do, both views, and courses without a transcript."""

from pathlib import Path

import polars as pl
import pytest

from evenhand.reports import render_report
from evenhand.reports.measures import Measure, measure_of
from evenhand.reports.people import Person
from evenhand.reports.score_chart import Drawn
from evenhand.reports.score_words import how_read, scores_say
from tests.reports.made_up import made_data

GWYN = {"client": Person("client", "Gwyn"), "therapist": Person("therapist", "Anjali")}


def say(instrument: str, *scores: float | None) -> str:
    labels = [str(n + 1) for n in range(len(scores))]
    return scores_say(measure_of(instrument, ""), GWYN, {"client": scores}, labels)


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ((17, 16, 15), "two points down, where six could be noise"),
        ((17, 12, 11), "as much as the six"),
        ((17, None, 9, 8), "more than the six that could be noise in the measure. Below 10 since"),
        ((8, 15), "seven points up, more than the six"),
        ((9, 9), "9 at first and at last."),
        ((None, 9), "Gwyn’s answer: 9."),
    ],
)
def test_a_change_is_told_beside_what_noise_could_do(
    scores: tuple[float | None, ...], said: str
) -> None:
    assert said in say("PHQ-9", *scores)


def test_the_cut_off_counts_from_the_session_after_which_no_score_was_a_case_again() -> None:
    assert "Below 10 since session 4." in say("PHQ-9", 20, 9, 12, 8, 7)


def test_where_more_is_better_the_cut_off_is_crossed_upward() -> None:
    assert "Above 25 since session 2." in say("ORS", 18, 30)


def test_a_scale_that_nobody_knows_says_nothing_of_noise() -> None:
    said = scores_say(Measure("Our own list"), GWYN, {"client": (3.0, 9.0)}, ["1", "2"])
    assert said == "From 3 to 9: six points up."
    assert "a small step may be none" in how_read(Measure("Our own list"), "")


def test_two_views_say_where_they_lay_furthest_apart() -> None:
    raters = {"client": (3.5, 2.8, None), "therapist": (3.8, 4.0, 4.0)}
    said = scores_say(measure_of("WAI-SR", ""), GWYN, raters, ["1", "2", "3"])
    assert "Furthest apart after session 2, by 1.2." in said


def test_the_band_of_noise_is_around_the_first_score_of_an_outcome() -> None:
    phq, wai = measure_of("PHQ-9", ""), measure_of("WAI-SR", "")
    assert Drawn(phq, {"client": (None, 17.0, 4.0)}, {}).noise == (11.0, 23.0)
    assert Drawn(wai, {"client": (3.0, 4.0)}, {}).noise is None


def test_a_limit_that_was_not_read_is_said_to_be_so() -> None:
    assert "not read in a paper" in how_read(measure_of("PHQ-9", ""), "noise")


@pytest.mark.parametrize("scores", [(17.0, 15.0), (0.0, 0.0), (27.0, 3.0)])
def test_an_axis_holds_its_scores_and_stays_within_the_scale(scores: tuple[float, ...]) -> None:
    low, high, step = measure_of("PHQ-9", "").axis(scores)
    assert low == 0.0
    assert max(scores) <= high <= 27.0 + step
    assert measure_of("WAI-SR", "").axis((3.0, 4.0)) == (1.0, 5.0, 1.0)


def rated(session: str, score: float, released: str = "words") -> dict[str, object]:
    return {
        "session_id": session,
        "rater": "client",
        "instrument": "PHQ-9",
        "scale": "total",
        "score": score,
        "items_missing": 0,
        "status": "answered",
        "released": released,
    }


def without_transcripts(folder: Path, rows: list[dict[str, object]]) -> dict[str, str]:
    data = made_data(n=10)
    none = pl.col("session_id") == "nobody"
    tables = {
        t: getattr(data, t).filter(none)
        for t in ("turns", "codes", "readings", "evidence", "rates")
    }
    fields = {n: getattr(data, n) for n in data.__dataclass_fields__}
    empty = type(data)(**fields | tables | {"scores": pl.DataFrame(rows), "ratings": None})
    return {p.name: p.read_text() for p in render_report(empty, folder)}


def test_a_course_without_transcripts_is_read_from_ratings_alone(tmp_path: Path) -> None:
    ids = [str(one) for one in made_data(n=10).sessions["session_id"]][:2]
    html = without_transcripts(tmp_path, [rated(one, 17.0 - 2 * n) for n, one in enumerate(ids)])
    page = next(text for name, text in html.items() if name.startswith("dyad-"))
    assert "read from ratings alone" in page
    assert "two points down" in page
    assert not any(name.startswith("session-") for name in html)


def test_unreleased_scores_change_no_byte(tmp_path: Path) -> None:
    ids = [str(one) for one in made_data(n=10).sessions["session_id"]][:2]
    some = without_transcripts(tmp_path / "a", [rated(one, 17.0, "no") for one in ids])
    other = without_transcripts(tmp_path / "b", [rated(ids[0], 3.0, "count")])
    assert some == other
