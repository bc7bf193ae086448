"""CONTRIBUTING's indicator is built from the page, in a copy of the project, and works."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.fences import blocks_of
from tests.house.stage import put_make
from tests.house.tree import ROOT

PAGE = ROOT / "CONTRIBUTING.md"
FILES = ("src/evenhand/indicators/long_turns.py", "tests/indicators/test_long_turns.py")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with the files of the page's Python blocks saved where the page says."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("src", "tests"):
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "examples")
        )
    (folder / "src" / "evenhand" / "examples").mkdir()
    for name in ("pyproject.toml", "Makefile"):
        shutil.copy(ROOT / name, folder)
    put_make(folder)
    blocks = [b.text for b in blocks_of(PAGE) if b.language == "python"]
    for name, text in zip(FILES, blocks, strict=True):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def run(folder: Path, commands: str) -> subprocess.CompletedProcess[str]:
    paths = [str(folder / ".tools"), str(Path(sys.executable).parent), os.environ["PATH"]]
    source = {"PATH": os.pathsep.join(paths), "PYTHONPATH": str(folder / "src")}
    return subprocess.run(
        ["sh", "-eu", "-c", commands],
        cwd=folder,
        env={**os.environ, **source},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_the_page_names_both_files() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in FILES if f"`{name}`" not in text] == []


def test_the_pages_indicator_works_by_the_pages_commands(copy: Path) -> None:
    blocks = [b.text for b in blocks_of(PAGE) if b.language == "sh"]
    done = run(copy, "".join(blocks))
    said = done.stdout
    assert done.returncode == 0, said + done.stderr
    contract, own = (int(n) for n in re.findall(r"(\d+) passed", said))
    assert contract >= 6
    assert own == 1
    assert "Turns of 25 words or more" in said
    assert "All checks passed" in said


def test_its_files_are_laid_out_as_ruff_would(copy: Path) -> None:
    done = run(copy, f"ruff format --check {' '.join(FILES)}")
    assert done.returncode == 0, done.stdout + done.stderr
