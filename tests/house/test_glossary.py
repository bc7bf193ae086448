"""The glossary has the words that parts and pages use."""

import re

from evenhand.core.discovery import discover
from tests.house.tree import ROOT

GLOSSARY = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
TERMS = re.findall(r"^\| \*\*(.+?)\*\* \|", GLOSSARY, flags=re.MULTILINE)


def test_terms_stand_in_order_and_once() -> None:
    plain = [term.lower() for term in TERMS]
    assert plain == sorted(plain)
    assert len(plain) == len(set(plain))


def test_every_facet_is_named() -> None:
    row = next(line for line in GLOSSARY.splitlines() if line.startswith("| **facet**"))
    facets = {i.facet for i in discover("indicator").values()}
    assert [f for f in sorted(facets) if f not in row] == []


def test_every_kind_of_indicator_is_explained() -> None:
    kinds = {i.kind.replace("_", "-") for i in discover("indicator").values()} - {"tilted"}
    assert kinds <= set(TERMS)
    assert "tilt" in TERMS
