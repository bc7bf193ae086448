"""From a study's report to the page of its mirror: a link, or how the page is made."""

from __future__ import annotations

from pathlib import Path

from evenhand.positions import all_axes
from evenhand.release.rules import RULES
from evenhand.study.folder import Study

NAME = "mirror.html"
"""The page's file; a report links to it where it lies in its folder."""


def mirror_note(study: Study | None, report: Path) -> list[str]:
    """How the page is made, where a study could carry one and has none yet."""
    if study is None or study.people is None or study.sessions is None:
        return []
    if (report / NAME).is_file() or not set(study.people.columns) & set(all_axes()):
        return []
    if not {"client_id", "therapist_id"} <= set(study.sessions.columns):
        return []
    if study.sessions["client_id"].n_unique() < RULES.clinic_clients:
        return []
    return [
        "Does the room follow the ladder outside? "
        f"`evenhand mirror {study.root.name} --out FOLDER`, with the folder of this page, adds a "
        "page on it; examining again links it."
    ]
