"""The change log's newest version is the project's, everywhere that a version is said."""

import re
import tomllib

import evenhand
from tests.house.tree import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_newest_entry_is_the_projects_version() -> None:
    versions = re.findall(r"^## (\d+\.\d+\.\d+)", CHANGELOG, flags=re.MULTILINE)
    assert versions[0] == PROJECT["version"]


def test_the_package_says_the_same_version() -> None:
    assert evenhand.__version__ == PROJECT["version"]


def test_no_version_has_two_entries() -> None:
    versions = re.findall(r"^## (\d+\.\d+\.\d+)", CHANGELOG, flags=re.MULTILINE)
    assert len(versions) == len(set(versions))
