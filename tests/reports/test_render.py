from __future__ import annotations

import re
import time
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import polars as pl
import pytest

from evenhand.core.contracts import Indicator
from evenhand.reports import render_report
from evenhand.reports.blocks import Figure
from evenhand.reports.render import blocks, sections
from evenhand.reports.sections.session_profile import room_parts
from evenhand.reports.study_view import StudyView
from tests.reports.made_up import made_data

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{7*7}}"
STUDY = [
    *((f"anjali-gwyn-{i}", "gwyn", "anjali", i) for i in range(1, 5)),
    *((f"ruth/marek #{i} %2F", "ruth", "marek", i) for i in range(1, 3)),
]


class Seen(HTMLParser):
    """Every tag with its attributes, ids and links."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def every(self, name: str) -> list[str]:
        return [a[name] or "" for _, a in self.tags if name in a]


def seen(path: Path) -> Seen:
    parser = Seen()
    parser.feed(path.read_text(encoding="utf-8"))
    return parser


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    ratings = pl.DataFrame(
        [
            {
                "session_id": f"anjali-gwyn-{i}",
                "rater": rater,
                "instrument": "alliance",
                "item": "mean",
                "value": str(3 + i / 10),
                "released": "words",
            }
            for i in (1, 2, 4)
            for rater in ("client", "therapist")
        ]
    )
    notes = ["Two transcripts were left out."]
    error = {"file": "s9.vtt", "what": "It is empty.", "where": "s9.vtt", "remedy": "Export again."}
    data = made_data(STUDY, ratings=ratings, notes=notes, errors=[error])
    return render_report(data, tmp_path_factory.mktemp("report"))


def test_a_study_a_dyad_and_a_session_page_are_written(report: list[Path]) -> None:
    names = [p.name for p in report]
    assert names[0] == "index.html"
    assert sum(n.startswith("dyad-") for n in names) == 2
    assert sum(n.startswith("session-") for n in names) == 6
    assert all(p.exists() for p in report)
    assert sorted(p.name for p in report[0].parent.iterdir()) == sorted(names)


def test_every_link_leads_somewhere(report: list[Path]) -> None:
    names = {p.name for p in report}
    for path in report:
        page = seen(path)
        ids = page.every("id")
        assert len(ids) == len(set(ids)), path.name
        for href in page.every("href"):
            target, _, anchor = href.partition("#")
            if target:
                assert unquote(target) in names, (path.name, href)
            else:
                assert unquote(anchor) in ids, (path.name, href)
        for label in page.every("aria-labelledby"):
            assert label in ids


def test_no_page_asks_the_network_for_anything(report: list[Path]) -> None:
    for path in report:
        page = seen(path)
        assert not page.every("src")
        assert not [t for t, _ in page.tags if t in {"link", "iframe", "object", "img", "base"}]
        assert "http://" not in path.read_text().replace("http://www.w3.org", "")
        assert "https://" not in path.read_text()
        assert "@import" not in path.read_text()
        assert "url(" not in path.read_text()


def test_the_policy_lets_in_this_style_and_script_and_nothing_else(report: list[Path]) -> None:
    for path in report:
        html = path.read_text()
        policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
        assert policy is not None
        said = policy[1].replace("&#39;", "'")
        assert "default-src 'none'" in said
        assert "unsafe" not in said
        for tag in ("style", "script"):
            (body,) = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.S)
            digest = b64encode(sha256(body.encode()).digest()).decode()
            assert f"{tag}-src 'sha256-{digest}'" in said


def test_no_style_attribute_and_no_handler_in_any_tag(report: list[Path]) -> None:
    for path in report:
        for tag, attrs in seen(path).tags:
            assert "style" not in attrs, (path.name, tag)
            assert not [a for a in attrs if a.startswith("on")], (path.name, tag)


def test_every_figure_has_a_table_with_as_many_cells_as_headings() -> None:
    view = StudyView(made_data(STUDY))
    pages = [("study", view)]
    for kind, one in pages:
        for block in blocks(kind, one):
            if isinstance(block, Figure):
                assert block.twin.rows
                assert all(len(r) == len(block.twin.head) for r in block.twin.rows)
    for session in view.shown:
        figures = [b for b in blocks("session", view.session(session)) if isinstance(b, Figure)]
        assert len(figures) == 4
        for block in figures:
            assert all(len(r) == len(block.twin.head) for r in block.twin.rows), block.title


def test_each_figure_in_the_html_is_followed_by_its_table(report: list[Path]) -> None:
    for path in report:
        html = path.read_text()
        assert html.count("<figure") == html.count('<details class="twin">')


def test_sections_stand_in_the_order_of_the_wording() -> None:
    assert [s.name for s in sections("session")] == [
        "opening",
        "barcode",
        "talk",
        "profile",
        "moments",
        "transcript",
        "checkin",
        "takeaway",
    ]


def test_a_single_session_is_its_own_index(tmp_path: Path) -> None:
    data = made_data([("only", "gwyn", "anjali", 1)], sessions=None)
    written = render_report(data, tmp_path)
    assert [p.name for p in written] == ["index.html", "session-only.html"]
    assert written[0].read_bytes() == written[1].read_bytes()
    assert "There is no other session to compare" in written[0].read_text()


def test_pages_beyond_the_cap_are_not_written_and_the_index_says_so(tmp_path: Path) -> None:
    data = made_data(STUDY, n=20, most_pages=4, command="evenhand examine X --pages all")
    names = [p.name for p in render_report(data, tmp_path)]
    assert sum(n.startswith("session-") for n in names) == 4
    html = (tmp_path / "index.html").read_text()
    assert "2 more sessions have no page" in html
    assert "evenhand examine X --pages all" in html


def test_hostile_words_names_and_ids_stay_text(tmp_path: Path) -> None:
    ids = [(f"{HOSTILE}/{i}", "gwyn", "anjali", i) for i in range(1, 3)]
    data = made_data(ids, names={"gwyn": f"G{HOSTILE}", "anjali": HOSTILE}, n=24, title=HOSTILE)
    turns = data.turns.with_columns(text=pl.lit(HOSTILE), source_file=pl.lit(HOSTILE))
    evil = type(data)(
        **{n: getattr(data, n) for n in data.__dataclass_fields__}
        | {
            "turns": turns,
            "notes": [HOSTILE],
            "errors": [{"file": HOSTILE, "what": HOSTILE, "where": HOSTILE, "remedy": HOSTILE}],
            "disagreements": [
                {"session_id": ids[0][0], "moment": "", "turn": 1, "by": "", "reason": HOSTILE}
            ],
        }
    )
    for path in render_report(evil, tmp_path):
        page = seen(path)
        assert [t for t, _ in page.tags if t == "script"] == ["script"], path.name
        assert not [t for t, _ in page.tags if t == "img"]
        assert "49" not in re.findall(r"<title>(.*?)</title>", path.read_text(), re.S)[0]


def test_an_indicator_that_nobody_has_met_finds_its_place(tmp_path: Path) -> None:
    data = made_data(n=40)
    known = data.indicators["invitation"]
    fields = {f: getattr(known, f) for f in Indicator.__dataclass_fields__}
    fresh = Indicator(**fields | {"name": "brand_new", "facet": "weather", "title": "Brand new"})
    rows = data.readings.filter(pl.col("indicator") == "invitation").with_columns(
        indicator=pl.lit("brand_new"), facet=pl.lit("weather")
    )
    more = made_data(
        n=40,
        indicators={**data.indicators, "brand_new": fresh},
        readings=pl.concat([data.readings, rows]),
    )
    render_report(more, tmp_path)
    html = (tmp_path / "session-anjali-gwyn-1.html").read_text()
    assert "Brand new" in html
    assert "Weather" in html


def test_the_same_tables_give_the_same_bytes(tmp_path: Path) -> None:
    first = render_report(made_data(n=40), tmp_path / "a")
    second = render_report(made_data(n=40), tmp_path / "b")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_an_empty_study_says_so_and_does_not_fail(tmp_path: Path) -> None:
    data = made_data(n=10)
    none = pl.col("session_id") == "nobody"
    empty = type(data)(
        **{n: getattr(data, n) for n in data.__dataclass_fields__}
        | {
            t: getattr(data, t).filter(none)
            for t in ("turns", "codes", "readings", "evidence", "rates")
        }
        | {"sessions": None}
    )
    assert [p.name for p in render_report(empty, tmp_path)] == ["index.html"]


def test_there_is_no_group_figure_and_the_page_says_why(report: list[Path]) -> None:
    html = report[0].read_text()
    assert "There is no group figure: two dyads are too few for one." in html


def test_usual_is_never_said_without_fair(report: list[Path]) -> None:
    for path in report:
        text = re.sub(r"<[^>]+>", " ", path.read_text())
        if "other sessions" in text:
            assert "sual is not the same as fair" in text


def test_room_tilt_stands_last_in_the_profile_with_its_parts(report: list[Path]) -> None:
    html = next(p for p in report if p.name == "session-anjali-gwyn-1.html").read_text()
    profile = html[html.index("Who held what") : html.index("What was said aloud")]
    facets = re.findall(r'<div class="facet"><h3>(.*?)</h3>', profile)
    assert facets[-1] == "Room tilt"
    note = profile[profile.index("roomnote") :]
    assert re.search(r"The mean of (cut-offs|closed questions)[a-z ,-]* and [a-z ]+\.", note)
    assert "Never read it without the rows above" in note


def test_the_parts_of_room_tilt_have_five_events_each() -> None:
    names = ("cut_off", "closed_questions", "directives", "yielding")
    rows = {
        name: {"indicator": name, "tilt": 0.1, "k_therapist": k, "k_client": 1.0}
        for name, k in zip(names, (4.0, 3.0, 9.0, None), strict=True)
    }
    assert room_parts(rows) == ["cut_off", "directives"]
    rows["directives"]["tilt"] = None
    assert room_parts(rows) == ["cut_off"]


def test_every_tilt_has_its_interval_and_a_plain_word(report: list[Path]) -> None:
    html = next(p for p in report if p.name == "session-anjali-gwyn-1.html").read_text()
    labels = re.findall(r'aria-label="([^"]*tilt [^"]*)"', html)
    assert len(labels) >= 6
    for label in labels:
        assert "95 % interval" in label
        assert label.endswith(("could be chance", "holds more"))


def test_a_page_of_a_hundred_turns_takes_little_time(tmp_path: Path) -> None:
    data = made_data(n=100)
    render_report(data, tmp_path)
    began = time.process_time()
    written = render_report(data, tmp_path)
    assert (time.process_time() - began) / len(written) < 0.2
    assert max(p.stat().st_size for p in written) < 400_000
