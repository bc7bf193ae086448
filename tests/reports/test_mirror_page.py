"""The mirror's page says where the gaps are, how sure, and what is withheld."""

import os
import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest

from evenhand.release.models import _record, _restored
from evenhand.reports.blocks import Figure
from evenhand.reports.caterpillar import picture
from evenhand.reports.mirror_answers import REAL, answer, ratio, told
from evenhand.reports.mirror_chart import Scale, scale_for
from evenhand.reports.mirror_helps import helps
from evenhand.reports.mirror_rows import all_counted
from evenhand.reports.mirror_shares import between_said, is_it_real, sum_said
from evenhand.reports.mirror_view import MirrorView
from evenhand.reports.page import asset
from evenhand.reports.render import blocks
from evenhand.runs._mirror_page import page_of
from tests.reports.made_up_mirror import (
    CLEAR,
    STRATA,
    UNCLEAR,
    bounds,
    items,
    made_view,
    people,
    room,
    treatment,
    within,
)
from tests.reports.test_wording import BANNED, said

SHARED = Path(os.environ.get("EVENHAND_SHARED", Path(__file__).parents[3] / "shared" / "data"))


@pytest.fixture(autouse=True)
def _keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENHAND_KEYS", str(tmp_path / "keys"))


@pytest.fixture
def view(tmp_path: Path) -> MirrorView:
    return made_view(tmp_path)


@pytest.fixture
def words(view: MirrorView, tmp_path: Path) -> str:
    return said(page_of(view, tmp_path))


def figures(view: MirrorView) -> dict[str, Figure]:
    return {b.anchor: b for b in blocks("mirror", view) if isinstance(b, Figure)}


def test_each_figure_has_a_table_and_says_whether_it_is_real(view: MirrorView) -> None:
    found = figures(view)
    assert set(found) == {"gaps", "room", "strata", "sum", "helps"}
    for figure in found.values():
        assert figure.twin.rows
        assert re.search(r"\breal\b|Is it real", f"{figure.body} {figure.how}")


def test_within_and_between_are_two_findings(words: str) -> None:
    assert "With the same therapist, from the lowest standing to the highest" in words
    assert "alliance +.30 [+.10, +.50] SD" in words
    assert "leaving early odds ×0.67" in words
    assert "The last PHQ-9" in words
    assert "Between caseloads, in who sees whom, no gap is clear" in words


def test_a_clear_gap_is_called_real_and_an_unclear_one_says_how_large_it_would_have_to_be() -> None:
    assert answer((0.3, 0.1, 0.5), odds=False) == REAL
    assert answer((0.3, 0.1, 0.5), odds=False, q=0.2, family=12) == (
        "could be chance, among 12 comparisons"
    )
    unclear = answer((0.1, -0.292, 0.492), odds=False)  # a standard error of .2
    assert unclear == "not clear; our numbers show .56 SD or more"
    assert answer((0.1, None, None), odds=False) == "no interval: do not build on it"


def test_a_gap_is_said_only_where_both_standings_say_it(tmp_path: Path) -> None:
    who = people()
    one = room("yielding", "gap", who, q=0.3)
    assert "one of three by subjective ladder" in str(figures(made_view(tmp_path, one))["room"].say)


def test_a_small_side_is_withheld_and_keeps_its_place(view: MirrorView, words: str) -> None:
    rows = [row for row in figures(view)["gaps"].twin.rows if "Gender" in row[1]]
    assert rows
    assert rows[0][2:6] == ["withheld"] * 4
    assert "It does not mean that there is no gap" in words


def test_small_strata_have_no_name_and_no_number(view: MirrorView, words: str) -> None:
    assert "2 small strata" in words  # the one of four, and the next, so that it cannot be had
    assert "others × middle third" not in words.lower()
    assert STRATA["others × middle third"] == 4
    rows = figures(view)["strata"].twin.rows
    assert rows[-1][2:] == ["not shown"] * 4


def test_a_clinic_that_is_too_small_is_told_what_to_do_instead(tmp_path: Path) -> None:
    page = said(page_of(made_view(tmp_path, small=True), tmp_path))
    assert "too small for figures of groups" in page
    assert "together with other clinics" in page
    assert "+.30" not in page


def test_what_was_not_compared_says_why(words: str) -> None:
    assert "Cut off, by gender." in words
    assert "Measurement first" in words


def test_the_page_describes_and_blames_nobody(words: str) -> None:
    assert not re.search(BANNED, words.replace("no ranking", "").replace("ranks these", ""), re.I)


def test_questions_that_groups_answer_otherwise_are_named_and_small_shifts_are_not(
    tmp_path: Path,
) -> None:
    figure = figures(made_view(tmp_path, items(people(), "b")))["items"]
    assert figure.say == (
        "By gender one of three questions answered otherwise (b): there, a gap in the score is "
        "partly a gap in the question."
    )
    assert "real, and large enough to count: the rise of R² is .062" in figure.body
    assert "not clear; our numbers show" in figure.body
    assert [row[5] for row in figure.twin.rows] == [".300", ".001", ".300"]
    most = figures(made_view(tmp_path / "most", items(people(), "a", "b")))["items"]
    assert "not comparable between these groups" in most.say
    none = figures(made_view(tmp_path / "none", items(people())))["items"]
    assert none.say == "By gender none of three questions is answered otherwise."


def test_bounds_from_recall_are_real_only_where_all_of_them_lie_on_one_side(tmp_path: Path) -> None:
    more = [bounds("directives", people(), 0.2, 0.4, 0.1, 0.5)]
    more += [bounds("cut_off", people(), 0.1, 0.3, -0.1, 0.5)]
    figure = figures(made_view(tmp_path, *more))["bounds"]
    assert "stand whatever recall is: one of two." in figure.say
    assert "×1.22 to ×1.49" in figure.body
    assert "real, whatever recall is" in figure.body
    assert "what was missed could explain it, or chance" in figure.body


def test_within_pairs_stands_apart_with_its_answer(tmp_path: Path) -> None:
    figure = figures(made_view(tmp_path, within(people(), -0.2, -0.3, -0.1)))["within"]
    assert "the alliance was lower" in figure.say
    assert REAL in figure.body
    assert figure.twin.rows == [
        ["Alliance of the same session", "−.20 [−.30,\u00a0−.10]", ".61", "120", "5"]
    ]
    assert "120 clients, about 5 therapists" in figure.body
    unclear = figures(made_view(tmp_path / "2", within(people(), *UNCLEAR)))["within"]
    assert "is open" in unclear.say
    assert "our numbers show" in unclear.body


def test_new_figures_are_withheld_where_a_side_is_small(tmp_path: Path) -> None:
    few, alone = people(small=4), people().head(6)
    more = (items(few, "b"), bounds("directives", few, *CLEAR, 0.4), within(alone, *CLEAR))
    shown = figures(made_view(tmp_path, *more))
    for name in ("items", "bounds", "within"):
        assert shown[name].say == "Nothing of it may be shown."
        assert "Withheld" in shown[name].body
        assert "withheld" in shown[name].twin.rows[0]


def test_a_primary_outcome_is_marked_and_said(tmp_path: Path) -> None:
    one = treatment("outcome CORE-10", "ladder", people())
    one.told["primary"] = "within"  # type: ignore[index]
    view = made_view(tmp_path, one)
    page = said(page_of(view, tmp_path))
    assert "within caseloads declared beforehand as the one that counts" in page
    assert (
        "the one that counts: the last CORE-10, subjective ladder, within caseloads: +.30" in page
    )


def test_names_are_escaped(tmp_path: Path) -> None:
    hostile = made_view(tmp_path, made_up="<script>alert(1)</script>")
    assert "<script>alert(1)" not in page_of(hostile, tmp_path)


def test_the_page_needs_no_network_and_no_style_attribute(view: MirrorView, tmp_path: Path) -> None:
    html = page_of(view, tmp_path)
    assert not re.search(r"https?://(?!www\.w3\.org)", html)
    assert " style=" not in html


def test_vpc_and_pcv_in_words() -> None:
    shares = {"vpc": (0.041, 0.02, 0.08), "pcv": (0.81, 0.52, 0.96), "vpc_left": (0.01, 0.0, 0.02)}
    assert between_said(shares, "alliance") == (
        "Of 100 parts of all that differs between clients in alliance, 4.1 lie between groups "
        "(interval 2.0 to 8.0), the rest between people of the same group. Knowing somebody’s "
        "group tells next to nothing about them."
    )
    assert "81\u00a0% (interval 52\u00a0% to 96\u00a0%)" in sum_said(shares)
    assert is_it_real(shares, boundary=False).startswith("Real")
    wide = shares | {"pcv": (0.5, -0.2, 1.0)}
    assert is_it_real(wide, boundary=False).startswith("Our numbers are too small")
    assert is_it_real(shares, boundary=True).startswith("An estimate at the boundary")
    assert sum_said(shares | {"pcv": (None,)}).startswith("Groups do not differ measurably")
    assert sum_said(shares | {"pcv": (-0.3, None, None)}).startswith("The positions, one by one")
    assert sum_said({"vpc": (0.1, 0.0, 0.2), "pcv": (None,)}).startswith("One position alone")


def test_a_scale_is_even_on_both_sides_and_marks_what_goes_on() -> None:
    scale = scale_for([(0.1, -2.0, 0.5)], most=0.75)
    assert scale.reach == pytest.approx(0.795)
    assert scale.x(0.0) == 50.0
    assert scale.x(5.0) == scale.x(0.795)
    assert scale.x(0.3) - 50 == pytest.approx(50 - scale.x(-0.3))
    assert [scale.named(t) for t in scale.ticks] == ["−.6", "−.3", "0", "+.3", "+.6"]
    assert [Scale(1.5, odds=True).named(t) for t in Scale(1.5, odds=True).ticks] == [
        "×0.25",
        "×0.5",
        "1",
        "×2",
        "×4",
    ]
    assert len(Scale(63.0).ticks) == 5


def test_numbers_come_with_their_interval() -> None:
    assert told((0.3, 0.1, 0.5), odds=False) == "+.30 [+.10,\u00a0+.50]"
    assert told((0.0, -0.6931, 0.6931), odds=True) == "×1.00 [0.50,\u00a02.00]"
    assert told((None, None, None), odds=False) == "not given"
    assert [ratio(x) for x in (-9.0, -0.3567, 2.674, 5.0, 9.0)] == [
        "under 0.01",
        "0.70",
        "14.5",
        "148",
        "over 1,000",
    ]


def test_a_facet_says_how_many_stand_behind_its_rows(tmp_path: Path) -> None:
    models = made_view(tmp_path).models("treatment")
    assert all_counted(models[:3]) == "120 clients, about 5 therapists"
    few = _restored(_record(models[0]) | {"clients": 90})  # as if it had been released so
    assert all_counted([few, models[1]]) == "90 to 120 clients, about 5 therapists"
    assert all_counted(models[3:]) == ""


def test_a_picture_by_itself_is_an_svg_that_says_whether_it_was_released() -> None:
    row = {"stratum": "a <b>", "n": 12, "total": 1.0, "total_low": 0.5, "total_high": 1.5}
    row |= {"parts": None, "beyond": None, "beyond_low": None, "beyond_high": None}
    drawn = picture([row], title="t", note="n", unit="points", odds=False, mark="Unreleased.")
    tree = ElementTree.fromstring(str(drawn))
    texts = [e.text for e in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert "a <b>" in texts
    assert "Unreleased." in texts
    assert "Beyond the sum of the positions" not in texts


def test_every_average_has_a_source_and_an_interval_or_says_that_none_was_read() -> None:
    assert len(helps()) >= 10
    for one in helps():
        assert re.search(r"\b(19|20)\d\d\b", one.source), one.key
        assert (one.low is None) == (one.high is None), one.key
        assert one.low is None or one.low <= one.value <= one.high, one.key  # type: ignore[operator]


def test_averages_are_those_that_were_read() -> None:
    path = SHARED.parent / "evidence.csv"
    if not path.is_file():
        pytest.skip("shared evidence.csv is not here (EVENHAND_SHARED)")
    read = {r["key"]: r for r in pl.read_csv(path, infer_schema_length=0).to_dicts()}
    for key, one in tomllib.loads(asset("helps.toml")).items():
        row = read[key]
        assert one["value"] == float(row["value"]), key
        for ours, theirs in (("low", "ci_low"), ("high", "ci_high"), ("studies", "k")):
            assert one.get(ours) == (float(row[theirs]) if row[theirs] else None), (key, ours)
        assert one["checked"] == (row["verified"] == "yes"), key
        assert one["source"].split()[0].strip(",") in row["citation"], key
