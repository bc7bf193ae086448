"""Wording that a study brings to an instrument: never ours to ship, the study's own to show."""

from __future__ import annotations

from pathlib import Path

from evenhand.core.errors import EvenhandError
from evenhand.instruments._table import read_toml

MARK = "wording_of"
"""The key that makes a TOML one of wording: it names the instrument."""


def is_wording(path: Path) -> bool:
    """Whether a TOML holds the wording of an instrument rather than an instrument."""
    try:
        return MARK in read_toml(path)
    except EvenhandError:
        return False
