"""Locks hold names, versions and hashes; no file holds a download address or a machine's path."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import ROOT, named, tracked

LOCKS = ("requirements.lock", "requirements-dev.lock")

PINNED = re.compile(r"^[A-Za-z0-9._-]+==[A-Za-z0-9.!+_-]+( ; [^\\]+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")

ADDRESSES = ("py" + "pi.org", "python" + "hosted.org", "index" + "-url = ", "extra-" + "index-url")
"""Where packages are fetched from is each machine's own business."""

MACHINE = re.compile(r"(?<![\w.])/(?:home|Users|root|work)/[\w.-]+")

MAY_NAME = {
    "www.apache.org": "the licence's own text",
    "www.w3.org": "the name of SVG's namespace, which nothing fetches",
    "schemas.openxmlformats.org": "the name of Word's namespace, which nothing fetches",
    "purl.oclc.org": "the name of Word's strict namespace, which nothing fetches",
    "otter.ai": "the last line of a transcript by Otter",
    "doi.org": "a source",
    "hl7.org": "the names of FHIR's extensions, which nothing fetches",
}
"""Hosts that may stand in a file, each with its reason."""

TEXT = [p for p in tracked() if p.suffix not in {".png", ".docx", ".parquet", ".gz", ".woff2"}]


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_names_versions_and_hashes_only(name: str) -> None:
    lines = text_of(ROOT / name).splitlines()
    odd = [line for line in lines if not PINNED.match(line) and not HASH.match(line)]
    assert odd == []


def lock_names(name: str) -> set[str]:
    found = re.findall(r"^([A-Za-z0-9._-]+)==", text_of(ROOT / name), flags=re.MULTILINE)
    return {n.lower().replace("_", "-") for n in found}


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]
    asked = {re.split(r"[<>=!~ ;\[]", d)[0].lower() for d in project["dependencies"]}
    for name in LOCKS:
        assert asked <= lock_names(name)


def test_the_core_has_no_torch() -> None:
    assert not {n for n in lock_names("requirements.lock") if "torch" in n or "nvidia" in n}


def test_no_file_holds_a_download_address() -> None:
    assert [(named(p), a) for p in TEXT for a in ADDRESSES if a in text_of(p)] == []


def test_no_file_holds_a_path_of_a_machine() -> None:
    assert [(named(p), m) for p in TEXT for m in MACHINE.findall(text_of(p))] == []


def test_every_host_that_the_product_names_has_a_reason() -> None:
    found = {
        (named(p), host.lower())
        for p in TEXT
        if "tests" not in p.relative_to(ROOT).parts
        for host in re.findall(r"https?://([A-Za-z0-9.-]+)", text_of(p))
    }
    known = {pair for pair in found if pair[1] in MAY_NAME or pair[1].endswith(".example")}
    assert found - known == set()
