from __future__ import annotations

import re
from pathlib import Path

import pytest

from evenhand.reports import moment_kinds, profile_rows, render_report, summary, talk_chart
from evenhand.reports.moments import pick_moments
from evenhand.reports.sections import dyad_opening, session_takeaway, study_opening
from evenhand.reports.study_view import StudyView
from evenhand.reports.summary import sentences
from tests.reports.made_up import CLIENT_SAYS, THERAPIST_SAYS, made_data

BANNED = (
    "dominat|submissive|submit|failed|failure|missed race|microaggression|defer(?:s|red) to|"
    "passive|aggressive|resist(?:s|ed|ant)|non-?complian|narciss|bias|racist|sexist|manipulat|"
    "controlling|weak|bad therap|poor therap|good therap|better than|worse than|rank(?:s|ed)\\b|"
    "score of|red flag|alert|warning|wrongly|should have|oppress|toxic|victim|gave way|gives way|"
    "intend|wanted to|felt that|because (?:he|she|they)|as a (?:white|black|man|woman)"
)
ALLOWED = ("who is a good therapist",)
"""What the page says that it cannot tell."""

STUDY = [
    *((f"anjali-gwyn-{i}", "gwyn", "anjali", i) for i in range(1, 5)),
    *((f"ruth-{i}", "ruth", "marek", i) for i in range(1, 4)),
]


def pieces() -> list[str]:
    """Every sentence of ours that stands in a constant."""
    fields = ("title", "note", "question", "goal", "because")
    kinds = [getattr(k, f) for k in moment_kinds.KINDS for f in fields]
    readings = [r for k in moment_kinds.KINDS for r in k.readings]
    facets = [line for pair in profile_rows.FACETS.values() for line in pair]
    limits = [summary.LIMITS, dyad_opening.LIMITS, talk_chart.ELSEWHERE]
    assert study_opening.FEW_CLIENTS == 10
    return [*kinds, *readings, *facets, *limits, *session_takeaway.GENERAL]


def said(html: str) -> str:
    """The words of a page without its quotes, style and script."""
    html = re.sub(r"<(style|script)>.*?</\1>", " ", html, flags=re.S)
    html = re.sub(r'<ol class="turns">.*?</ol>', " ", html, flags=re.S)
    html = re.sub(r"<blockquote>.*?</blockquote>", " ", html, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def syllables(word: str) -> int:
    groups = re.findall(r"[aeiouy]+", word.lower())
    silent = word.lower().endswith("e") and not word.lower().endswith(("le", "ee"))
    return max(1, len(groups) - silent)


def grade(text: str) -> float:
    """Flesch-Kincaid grade of running text."""
    parts = [s for s in re.split(r"[.!?:;]+\s", text + " ") if re.search(r"[A-Za-z]", s)]
    words = re.findall(r"[A-Za-z’']+", text)
    return 0.39 * len(words) / len(parts) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


@pytest.mark.parametrize("for_person", [None, "anjali", "gwyn"])
def test_no_page_says_a_banned_word(for_person: str | None, tmp_path: Path) -> None:
    for path in render_report(made_data(STUDY, for_person=for_person), tmp_path):
        text = said(path.read_text())
        for phrase in ALLOWED:
            text = text.replace(phrase, "")
        for own in (*THERAPIST_SAYS, *CLIENT_SAYS):
            text = text.replace(own[0], "")
        found = re.findall(BANNED, text, re.I)
        assert not found, (path.name, found)


def test_no_constant_holds_a_banned_word() -> None:
    for text in pieces():
        assert not re.search(BANNED, text, re.I), text


def test_our_sentences_can_be_read_at_eleven_or_twelve() -> None:
    text = " ".join(p if p.endswith((".", "?")) else f"{p}." for p in pieces())
    text = re.sub(r"\{[^}]*\}", "Sam", text)
    assert grade(text) < 5.0
    longest = max(len(s.split()) for s in re.split(r"[.?!]\s", text))
    assert longest <= 30


def test_a_session_is_summed_up_in_three_sentences_or_paragraphs() -> None:
    view = StudyView(made_data(STUDY))
    for one in view.shown:
        session = view.session(one)
        three = sentences(session, pick_moments(session))
        assert len(three) == 3
        assert all(s.endswith(".") and s[0].isupper() for s in three)
        assert "One session gives wide intervals" in three[2]


def test_the_therapist_is_addressed_as_you_on_their_own_page() -> None:
    view = StudyView(made_data(STUDY, for_person="anjali"))
    session = view.session("anjali-gwyn-1")
    text = " ".join(sentences(session, pick_moments(session)))
    assert re.search(r"\byou\b", text, re.I)
    assert "Anjali" not in text


def test_prompts_never_come_from_the_positions_in_people_csv(tmp_path: Path) -> None:
    data = made_data(STUDY, n=40)
    assert data.people is not None
    import polars as pl

    people = data.people.with_columns(
        ethnicity=pl.lit("canary-position"), gender=pl.lit("canary-gender")
    )
    for path in render_report(made_data(STUDY, n=40, people=people), tmp_path):
        assert "canary" not in path.read_text()


def test_every_placeholder_of_a_moment_is_filled(tmp_path: Path) -> None:
    for path in render_report(made_data(STUDY), tmp_path):
        assert not re.search(r"\{[A-Za-z_]+\}", said(path.read_text())), path.name
