from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from evenhand.core.discovery import discover
from evenhand.reports import render_report
from evenhand.reports.count_chart import axis_for, counted, family, rate_row
from evenhand.reports.profile_chart import ProfileRow, reason_of, together, values
from evenhand.reports.sections.session_profile import heard
from evenhand.reports.session_view import SessionView
from evenhand.reports.study_view import StudyView
from evenhand.reports.summary import limits
from tests.reports.made_up import made_data, spoken

INDICATORS = discover("indicator")


def view(**given: object) -> SessionView:
    return StudyView(made_data(n=60, **given)).session("anjali-gwyn-1")


def row(title: str, reason: str, svg: bool = False) -> ProfileRow:
    return ProfileRow((title,), "", "<svg/>" if svg else None, (), "", "", reason, "")  # type: ignore[arg-type]


def test_neighbours_that_are_absent_for_one_reason_are_one_row() -> None:
    rows = [row("a", "no times."), row("b", "no times."), row("c", "", svg=True), row("d", "x.")]
    assert [r.titles for r in together(rows)] == [("a", "b"), ("c",), ("d",)]
    two = [row("a", "no times."), row("b", "too short.")]
    assert [r.titles for r in together(two)] == [("a",), ("b",)]


@pytest.mark.parametrize(
    ("absent", "said"),
    [
        ("not measurable: this transcript has no times", "Not readable: this transcript has no"),
        ("shown by subtype: courtesy", "Not compared: shown by subtype: courtesy."),
        ("not yet coded: no coder of ours", "Not yet coded: no coder of ours."),
        ("our phrases matched nothing", "Not readable: our phrases matched nothing."),
    ],
)
def test_a_reason_begins_with_what_it_means(absent: str, said: str) -> None:
    assert " ".join(reason_of({"absent": absent})).startswith(said)


def test_no_nought_stands_where_nothing_could_be_measured() -> None:
    session, i = view(), INDICATORS["overlap"]
    r = {"therapist": 0.0, "client": 0.0, "k_therapist": 0.0, "k_client": 0.0}
    r |= {"e_therapist": 0.0, "e_client": 0.0}
    unmeasured = r | {"absent": "not measurable: this transcript has no times"}
    assert counted(session, i, unmeasured) == ()
    assert values(session, i, unmeasured) == ()
    assert [v.text for v in counted(session, i, r | {"absent": None})] == ["0", "0"]


def test_each_count_says_what_it_is_of_the_therapists_first() -> None:
    session = view()
    shown = counted(session, INDICATORS["position_named"], session.readings["position_named"])
    assert [v.role for v in shown] == ["therapist", "client"]
    n = sum(t.role == "client" for t in session.turns)
    assert shown[1].of == f"of {n}"


def test_shares_of_different_wholes_have_axes_of_their_own() -> None:
    assert family(INDICATORS["gap_owner"]) != family(INDICATORS["overlap"])
    assert family(INDICATORS["mending"]) == family(INDICATORS["invitation"])


def test_no_interval_of_a_share_passes_the_whole() -> None:
    data = made_data(n=60)
    rate = {"session_id": "anjali-gwyn-1", "indicator": "uptake", "role": "therapist"}
    rate |= {"k": 2.0, "e": 3.0, "dispersion": 1.0, "rate": 0.67, "rate_low": 0.2, "rate_high": 1.4}
    rates = pl.concat([data.rates, pl.DataFrame([rate], schema=data.rates.schema)])
    readings = data.readings.with_columns(
        absent=pl.when(pl.col("indicator") == "uptake").then(None).otherwise("absent")
    )
    session = StudyView(replace(data, rates=rates, readings=readings)).session("anjali-gwyn-1")
    held = rate_row(session, "uptake", "therapist")
    assert held is not None
    assert held["rate_high"] == 1.0
    assert axis_for(session, [INDICATORS["uptake"]]).end == 100


def test_the_clients_voice_is_said_in_words_and_never_as_nought() -> None:
    bare = spoken([("T", 0, 1), ("C", 1, 2)])
    assert heard(bare).startswith("Our phrases found no disagreement and no wish")
    once = spoken([("T", 0, 1), ("C", 1, 2)], evidence=[("disagreement", "client", 2)])
    assert heard(once) == (
        "The client disagreed aloud in 1\u00a0turn; our phrases found no turn in which the client "
        "asked or preferred something about the therapy."
    )


def test_what_times_cannot_show_is_said_in_the_limits() -> None:
    abutting = spoken([("T", 0, 4), ("C", 4, 9), ("T", 9, 12)])
    assert "where the one before ends" in limits(abutting)
    gaps = spoken([("T", 0, 4), ("C", 6, 9), ("T", 9, 12)])
    assert "cannot be seen at all" not in limits(gaps)
    untimed = spoken([("T", 0, 0), ("C", 0, 0)])
    assert "This transcript has no times" in limits(untimed)


def test_voices_that_share_a_role_are_named_at_their_own_turns_only(tmp_path: Path) -> None:
    data = made_data([("argued", "a", "b", 1)], n=40, sessions=None, people=None)
    judge = pl.when(pl.col("turn") % 4 == 1).then(pl.lit("Ada Scale")).otherwise(pl.lit("Bo Bench"))
    turns = data.turns.with_columns(
        speaker=pl.when(pl.col("role") == "therapist").then(judge).otherwise(pl.lit("Cy Plea"))
    )
    roles = {"therapist": "justice", "client": "advocate"}
    render_report(replace(data, turns=turns, roles=roles), tmp_path)
    html = (tmp_path / "index.html").read_text()
    assert "<h1>Justices and Cy Plea</h1>" in html
    assert "2 voices together" in html
    assert 'class="pt">Ada Scale</span>' in html
    summary = html[html.index('class="lead"') : html.index('class="limits"')]
    assert not re.search("Ada|Bo Bench|therapist", summary)
    assert "AnnoMI" not in html


def test_the_list_of_sessions_leaves_out_what_is_not_known(tmp_path: Path) -> None:
    listed = [(f"s{i}", "", "", i) for i in range(1, 4)]
    data = made_data(listed, n=20, sessions=None, people=None)
    anonymous = replace(data, turns=data.turns.with_columns(speaker=pl.col("role")))
    render_report(anonymous, tmp_path)
    table = (tmp_path / "index.html").read_text()
    table = table[table.index('<table class="list">') :]
    assert "people" not in table
    assert "date" not in table
    assert "the client’s part of the talk" in table
