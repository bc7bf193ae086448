from __future__ import annotations

import json
from pathlib import Path

import pytest

from evenhand.core.errors import EvenhandError
from evenhand.reports import read_disagreements, render_report
from evenhand.reports.disagreements import SCHEMA
from evenhand.reports.moments import pick_moments
from evenhand.reports.study_view import StudyView
from tests.reports.made_up import made_data


def written(path: Path, entries: object, schema: str = SCHEMA) -> Path:
    path.write_text(json.dumps({"schema": schema, "study": "x", "disagreements": entries}))
    return path


def test_an_exported_file_is_read_and_shown_beside_its_moment(tmp_path: Path) -> None:
    data = made_data()
    moment = pick_moments(StudyView(data).session("anjali-gwyn-2"))[0]
    entry = {
        "session_id": "anjali-gwyn-2",
        "moment": moment.kind.name,
        "turn": moment.turn.n,
        "by": "client",
        "disagree": True,
        "readings": ["Relief"],
        "reason": "We were <b>laughing</b>.",
        "at": "2025-05-13T18:02:11Z",
    }
    entries = read_disagreements(written(tmp_path / "evenhand-disagreements.json", [entry]))
    assert entries == [entry]
    render_report(made_data(disagreements=entries), tmp_path / "out")
    html = (tmp_path / "out" / "session-anjali-gwyn-2.html").read_text()
    assert "Gwyn disagreed on 2025-05-13. “We were &lt;b&gt;laughing&lt;/b&gt;.”" in html
    other = (tmp_path / "out" / "session-anjali-gwyn-1.html").read_text()
    assert "laughing" not in other


def test_an_entry_about_a_moment_that_is_gone_is_still_shown(tmp_path: Path) -> None:
    entry = {"session_id": "anjali-gwyn-1", "moment": "cut_off", "turn": 99, "disagree": True}
    entries = read_disagreements(written(tmp_path / "f.json", [entry]))
    render_report(made_data(disagreements=entries), tmp_path / "out")
    html = (tmp_path / "out" / "session-anjali-gwyn-1.html").read_text()
    assert "Said before, of other turns" in html


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"schema": "other/1", "disagreements": []}',
        '{"schema": "evenhand-disagreements/1", "disagreements": {}}',
        '{"schema": "evenhand-disagreements/1", "disagreements": [7]}',
        '{"schema": "evenhand-disagreements/1", "disagreements": [{"session_id": 7}]}',
        "[" * 100_000,
        "\x00\x01",
    ],
)
def test_a_file_that_is_not_ours_is_one_clear_error(text: str, tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    path.write_text(text)
    with pytest.raises(EvenhandError) as caught:
        read_disagreements(path)
    assert "f.json" in caught.value.where
    assert caught.value.remedy


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    path.write_bytes(b" " * 2_000_001)
    with pytest.raises(EvenhandError):
        read_disagreements(path)


def test_only_fields_and_names_that_we_know_come_through(tmp_path: Path) -> None:
    entry = {
        "session_id": "s",
        "moment": "<script>",
        "turn": True,
        "by": "admin",
        "disagree": "yes",
        "readings": "x",
        "reason": "r" * 5000,
        "evil": 1,
    }
    (found,) = read_disagreements(written(tmp_path / "f.json", [entry]))
    assert found["moment"] == ""
    assert found["turn"] is None
    assert found["by"] == ""
    assert found["disagree"] is False
    assert found["readings"] == []
    assert len(found["reason"]) == 2000
    assert "evil" not in found
