"""A wheel holds all that the package reads: phrases, templates, assets, the example study."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.house.tree import ROOT, SRC, tracked

LEFT_OUT = shutil.ignore_patterns("__pycache__")
META = ("pyproject.toml", "README.md", "LICENSE")


def build(folder: Path) -> set[str]:
    """Names in a wheel that is built from a copy of the project."""
    copy = folder / "copy"
    shutil.copytree(SRC, copy / "src", ignore=LEFT_OUT)
    for name in META:
        shutil.copy(ROOT / name, copy)
    words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(words, cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        return set(wheel.namelist())


def test_a_wheel_holds_every_file_of_the_package(tmp_path: Path) -> None:
    inside = build(tmp_path)
    ours = {p.relative_to(SRC).as_posix() for p in tracked() if p.is_relative_to(SRC)}
    assert sorted(ours - inside) == []
    assert any(name.endswith("licenses/LICENSE") for name in inside)
    assert not [name for name in inside if name.startswith(("tests/", "tools/"))]
