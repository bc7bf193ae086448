"""Nothing is left lying about: no notes to self, no junk drawers, no data of others."""

import re
from pathlib import Path

from tests.house.tree import ROOT, SRC, named, python_files, tracked

NOTES = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
DRAWERS = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
OURS = (".py", ".toml", ".md", ".css", ".js", ".html", ".sh")


def test_no_note_to_self_is_left() -> None:
    files = [p for p in tracked() if p.suffix in OURS]
    assert [named(p) for p in files if NOTES.search(p.read_text(encoding="utf-8"))] == []


def test_no_module_is_a_junk_drawer() -> None:
    files = python_files("src", "tests", "tools")
    assert [named(p) for p in files if p.stem.strip("_") in DRAWERS] == []


def test_only_the_terminal_prints() -> None:
    may = {"runs/terminal.py", "cli.py"}
    prints = re.compile(r"^\s*print\(", flags=re.MULTILINE)
    found = [
        p.relative_to(SRC / "evenhand").as_posix()
        for p in python_files("src")
        if prints.search(p.read_text(encoding="utf-8"))
    ]
    assert sorted(set(found) - may) == []


def test_data_of_others_stays_outside() -> None:
    shared = ROOT.parent / "shared" / "data"
    theirs = {p.name for p in shared.glob("*")} - {"README.md"} if shared.exists() else set()
    theirs |= {"annomi_dev.csv.gz", "scotus_dev.csv.gz", "rogers_dev.csv.gz"}
    assert [named(p) for p in tracked() if p.name in theirs] == []


def test_no_large_file_is_kept() -> None:
    def allowed(path: Path) -> int:
        return 400_000 if path.suffix == ".png" else 250_000

    assert [named(p) for p in tracked() if p.stat().st_size > allowed(p)] == []
