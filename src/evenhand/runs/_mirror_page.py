"""`evenhand mirror STUDY --out DIR`: the page of a study's mirror, all of it released."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from evenhand.release.ledger import open_ledger
from evenhand.release.mirror import (
    MirrorRelease,
    as_group,
    at_quarter,
    countable,
    release_mirror,
)
from evenhand.reports.mirror_view import MirrorView, Refused
from evenhand.reports.page import Link, Page, asset, page_html, style_for
from evenhand.reports.render import blocks
from evenhand.runs._mirror_link import NAME
from evenhand.runs._mirror_offers import facts_of, offers_of, settings_of
from evenhand.runs._mirror_strata import groups_of
from evenhand.runs._mirror_study import StudyMirror, mirror_of, plan_of
from evenhand.runs._mirror_tables import StudyTables, read_study_tables
from evenhand.study.folder import load_study
from evenhand.study.store import write_bytes

Row = Mapping[str, Any]
Progress = Callable[[str, int, int], None]
TOO_FEW = (
    "There are too few people for this comparison, or too few who differ.",
    "More treatments may carry it, or looking together with other clinics.",
)
BOUNDED = (
    "Measurement first: words may not be compared here.",
    "Bounds from recall stand above instead, where they may be shown.",
)
FEW_TO_TEST = (
    "Fewer than two groups of a hundred clients answered every question: not testable, which is "
    "not the same as alike.",
    "More clients may carry it, or looking together with other clinics.",
)
MEASURED = {
    "none": (
        "Measurement first: nobody has checked these transcripts against the recordings.",
        "Provide quality.csv with the words checked and the errors found, for twenty sessions of "
        "each group and role.",
    ),
    "too few": (
        "Measurement first: too few sessions of some group were checked against the recording.",
        "Check twenty sessions of each group and role, and add them to quality.csv.",
    ),
    "different": (
        "Measurement first: transcripts err more for one group than for another, and that alone "
        "would make a difference.",
        "Mend the transcripts of all groups alike, by hand, and check again.",
    ),
    "recall": (
        "Measurement first: the coder misses more of these acts in one group’s sessions.",
        "Mend the coder, or code those sessions by hand.",
    ),
    "unsure": (
        "Measurement first: whether transcripts err alike for all groups is not known well enough.",
        "Check more words, or more sessions.",
    ),
}


def mirror_with_page(
    root: Path, out: Path, progress: Progress, made_up: str = "", *, page_only: bool = False
) -> tuple[StudyMirror, Path]:
    """Look into a study's mirror at the end of its last quarter, and write the page of it.

    Args:
        root: the study folder.
        out: a folder for the page.
        progress: called as work goes on.
        made_up: a sentence for the page where nobody in the study is real.
        page_only: leave out of the findings what no page shows.

    Returns:
        The findings, unreleased as they are, and the page, which holds what was released.

    Raises:
        EvenhandError: as `mirror`, or the ledger of releases cannot be used.
    """
    tables = read_study_tables(root, progress, lambda study: at_quarter(study)[0])
    tables = replace(tables, scores=countable(tables.scores))
    found = mirror_of(tables, progress, bootstrap=None, both=not page_only)
    progress("Checking what may be shown", 0, 1)
    released = _released(root, tables, found)
    progress("Checking what may be shown", 1, 1)
    page = out / NAME
    write_bytes(page, page_of(view_of(found, tables, released, made_up), out).encode())
    return found, page


def _released(root: Path, tables: StudyTables, found: StudyMirror) -> MirrorRelease:
    axes = plan_of(tables).strata
    groups = groups_of(tables, axes).rename({"client_id": "person_id"})
    groups = groups.with_columns(as_group(pl.col(axis).cast(pl.String)) for axis in axes)
    with open_ledger(root) as ledger:
        return release_mirror(
            load_study(root),
            ledger,
            offers_of(found, tables),
            facts_of(tables),
            groups,
            settings_of(tables),
        )


def view_of(
    found: StudyMirror, tables: StudyTables, released: MirrorRelease, made_up: str = ""
) -> MirrorView:
    """What the page is made from: the release, and words."""
    claim = found.hierarchy or {}
    plan = plan_of(tables)
    return MirrorView(
        title=found.title,
        claim=claim.get("reason", ""),
        presets=[f"{p['title']}. {p['source']}. {p['limits']}" for p in claim.get("presets", ())],
        release=released,
        refused=list(refusals(found)),
        margin=plan.margin,
        treatment_margin=plan.treatment_margin,
        strata=plan.strata,
        made_up=made_up,
    )


def refusals(found: StudyMirror) -> Iterable[Refused]:
    """Refusals with the same reason together, in words without a count."""
    measured = {one["axis"]: _verdict(one) for one in found.measurement}
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in found.refused:
        grouped.setdefault(_reason(row, measured), []).append(row)
    for row in found.bounds:
        about = {"what": row["indicator"], "axis": row["axis"]}
        grouped.setdefault(BOUNDED, []).append(about)
    for row in found.items:
        if not row["items"]:
            about = {"what": "alliance items", "axis": row["axis"]}
            grouped.setdefault(FEW_TO_TEST, []).append(about)
    for (why, remedy), rows in grouped.items():
        what = dict.fromkeys(str(row["what"]).replace("_", " ") for row in rows)
        axes = dict.fromkeys(str(row["axis"]) for row in rows if row["axis"])
        yield Refused(list(what), list(axes), why, remedy)


def _reason(row: Row, measured: Mapping[str, str]) -> tuple[str, str]:
    if row["why"] == "Measurement first.":
        return MEASURED[measured[row["axis"]]]
    text = row["why"] + row["remedy"]
    return TOO_FEW if any(map(str.isdigit, text)) else (row["why"], row["remedy"])


def _verdict(measurement: Row) -> str:
    """What stands against comparing words by an axis; recall, where words are alike."""
    if measurement["similar"]:
        return "recall"
    verdicts = [one["verdict"] for one in measurement["compared"]]
    found = [one for one in ("different", "too few", "unsure") if one in verdicts]
    return found[0] if found else "none"


def page_of(view: MirrorView, out: Path) -> str:
    """The whole page; the study's report is linked where it lies in the same folder."""
    links = [Link("Mirror", NAME, current=True)]
    if (out / "index.html").is_file():
        links.insert(0, Link("Study", "index.html"))
    page = Page("Mirror", "mirror", blocks("mirror", view), links, "mirror")
    return page_html(page, f"{style_for([])}\n{asset('mirror.css')}")
