"""Documents are true: their blocks run, their links lead somewhere, their words are plain."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.fences import Block, blocks_of
from tests.house.stage import put_make, set_stage
from tests.house.tree import ROOT, named

DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(p for p in (ROOT / "docs").rglob("*.md") if "reference" not in p.parts)]
)
RUN = [
    p
    for p in DOCUMENTS
    if p.name != "CONTRIBUTING.md" and any(b.language in {"python", "sh"} for b in blocks_of(p))
]
"""Documents with blocks to run; those of CONTRIBUTING run in `test_contributing`."""


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    """A folder with the files that documents speak of."""
    set_stage(tmp_path)
    put_make(tmp_path)
    return tmp_path


def run(block: Block, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a block as a reader would: the shell's by sh, Python's by this Python."""
    words = ["sh", "-eu", "-c"] if block.language == "sh" else [sys.executable, "-c"]
    paths = [str(folder / ".tools"), str(Path(sys.executable).parent), os.environ["PATH"]]
    return subprocess.run(
        [*words, block.text],
        cwd=folder,
        env={**os.environ, "PATH": os.pathsep.join(paths), "DISPLAY": "", "WAYLAND_DISPLAY": ""},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize("document", RUN, ids=named)
def test_every_block_runs(document: Path, stage: Path) -> None:
    for block in blocks_of(document):
        if block.language not in {"python", "sh"} or block.reason is not None:
            continue
        done = run(block, stage)
        assert done.returncode == 0, f"{named(document)}:{block.line}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_a_block_that_is_not_run_says_why(document: Path) -> None:
    reasons = [b.reason for b in blocks_of(document) if b.reason is not None]
    assert all(len(reason) >= 20 for reason in reasons)


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_a_block_names_its_language(document: Path) -> None:
    assert [b.line for b in blocks_of(document) if not b.language] == []


LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)|(?:src|srcset|href)=\"([^\"#]+)\"")


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_link_leads_somewhere(document: Path) -> None:
    text = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.M | re.S)
    links = [a or b for a, b in LINK.findall(text)]
    local = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in local if not (document.parent / link).exists()] == []


NEVER = (
    r"leverag|seamless|cutting.edge|state.of.the.art|game.chang|best.in.class|robustly|effortless|"
    r"\bsimply\b|\bdominated you\b|manipulat|submissive|\bpassive.aggressive|resistant client|"
    r"low humility|microaggression detected|proves bias|objective truth"
)
"""Words that sell, and words that judge a person where an act could be described."""


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_the_words_describe_and_do_not_sell(document: Path) -> None:
    assert re.findall(NEVER, document.read_text(encoding="utf-8"), flags=re.IGNORECASE) == []


def test_the_first_screen_of_the_readme_gives_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    first = "\n".join(text.splitlines()[:60])
    assert "make demo" in first
    assert "make test" in first
    assert "docs/images/report-light.png" in first


def test_the_reference_pages_are_what_the_parts_say(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "reference.py"), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    written = {p.name: p.read_text(encoding="utf-8") for p in tmp_path.glob("*.md")}
    there = {
        p.name: p.read_text(encoding="utf-8") for p in (ROOT / "docs" / "reference").glob("*.md")
    }
    stale = sorted(n for n in written.keys() | there.keys() if written.get(n) != there.get(n))
    assert stale == [], "run `make docs`"


def test_pictures_are_small() -> None:
    pictures = [p for p in (ROOT / "docs").rglob("*") if p.suffix in {".png", ".jpg", ".gif"}]
    assert [named(p) for p in pictures if p.stat().st_size > 400_000] == []


def test_every_decision_is_listed_and_numbered_in_a_row() -> None:
    folder = ROOT / "docs" / "decisions"
    files = sorted(p.name for p in folder.glob("[0-9]*.md"))
    listed = re.findall(r"\]\((\d{3}-[^)]+)\)", (folder / "README.md").read_text(encoding="utf-8"))
    assert listed == files
    assert [int(name[:3]) for name in files] == list(range(1, len(files) + 1))


def test_a_decision_fits_on_half_a_page() -> None:
    files = (ROOT / "docs" / "decisions").glob("[0-9]*.md")
    long = {p.name: len(p.read_text(encoding="utf-8").split()) for p in files}
    assert {name: n for name, n in long.items() if n > 350} == {}
