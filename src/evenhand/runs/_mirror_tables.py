"""The door of the mirror: from a study folder to the tables that its models see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.core.tables import READINGS, as_table
from evenhand.instruments import all_instruments, own_instruments
from evenhand.models.course_tables import Noted, treatments_of, visits_of
from evenhand.positions import (
    Hierarchy,
    overall_standings,
    position_problems,
    read_hierarchy,
    read_positions,
    standings,
    unranked,
)
from evenhand.runs._mirror_plan import OVERALL
from evenhand.study.consent import consented, of_consenting_pairs
from evenhand.study.folder import Study, load_study
from evenhand.study.ratings_scored import RATINGS, score_study

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class StudyTables:
    """What a study brings to its mirror.

    Args:
        study: the folder's tables.
        visits: a row a session that took place, with consent.
        treatments: a row a dyad: how it ended.
        counts: a row a session and indicator: ``k_t, e_t, k_c, e_c, tilted``.
        scores: scored ratings, check-ins left out.
        positions: what people said of themselves.
        hierarchy: the study's claim, or None.
        standing: person_id, axis, standing; `OVERALL` among the axes where two or more are ranked.
        notes: what was left out, and how much.
    """

    study: Study
    visits: pl.DataFrame
    treatments: pl.DataFrame
    counts: pl.DataFrame
    scores: pl.DataFrame
    positions: pl.DataFrame
    hierarchy: Hierarchy | None
    standing: pl.DataFrame
    notes: tuple[str, ...]

    @property
    def axes(self) -> tuple[str, ...]:
        """Axes on which people are ranked, the overall one first."""
        found = self.standing["axis"].unique(maintain_order=True).to_list()
        return tuple(sorted(found, key=lambda axis: (axis != OVERALL, axis)))

    def with_standing(self, table: pl.DataFrame, axis: str) -> pl.DataFrame:
        """Add ``s_t`` and ``s_c`` to a table with therapist_id and client_id."""
        one = self.standing.filter(pl.col("axis") == axis).select("person_id", "standing")
        for who, name in (("therapist_id", "s_t"), ("client_id", "s_c")):
            theirs = one.rename({"person_id": who, "standing": name})
            table = table.join(theirs, on=who, how="left", maintain_order="left")
        return table

    def groups(self, axis: str) -> pl.DataFrame:
        """person_id and ``group``: the answers on an axis, codes where there are codes."""
        said = self.positions.filter(
            (pl.col("axis") == axis) & (pl.col("status") == "answered")
        ).with_columns(answer=pl.coalesce("label", _as_most_write()))
        return said.group_by("person_id", maintain_order=True).agg(
            group=pl.col("answer").unique().sort().str.join("; ")
        )

    def with_difference(self, table: pl.DataFrame, axis: str) -> pl.DataFrame:
        """Add ``differs``: 1 where two people share no answer, 0 where they do, else null."""
        said = self.groups(axis).with_columns(pl.col("group").str.split("; "))
        for who, name in (("therapist_id", "of_t"), ("client_id", "of_c")):
            theirs = said.rename({"person_id": who, "group": name})
            table = table.join(theirs, on=who, how="left", maintain_order="left")
        shared = pl.col("of_t").list.set_intersection("of_c").list.len()
        return table.with_columns(differs=(shared == 0).cast(pl.Float64)).drop("of_t", "of_c")


def _as_most_write() -> pl.Expr:
    """Words as most people write them: "white" and "White" are one answer."""
    spelt = pl.col("text").sort().mode(maintain_order=True).first()
    return spelt.over(pl.col("text").str.to_lowercase())


def read_study_tables(
    root: Path, progress: Progress, cut: Callable[[Study], Study] | None = None
) -> StudyTables:
    """Read all that the mirror needs.

    Args:
        root: the study folder.
        progress: called as work goes on.
        cut: takes out of the study what is not to be looked at, such as an unfinished quarter.

    Raises:
        EvenhandError: a table that cannot do without, or positions that cannot be read.
    """
    study = load_study(root) if cut is None else cut(load_study(root))
    if study.sessions is None or study.people is None:
        raise EvenhandError(
            "The mirror needs to know who met whom, and who they are.",
            root.name,
            "Fill in sessions.csv and people.csv; `evenhand new` shows their columns.",
        )
    _once(study.people, "person_id", "people.csv")
    _once(study.sessions, "session_id", "sessions.csv")
    _no_problems(study)
    noted, closed = _visits(study.sessions)
    positions = read_positions(study.people, study.config)
    hierarchy = read_hierarchy(study.config)
    standing = _standing(positions, hierarchy)
    progress("Scoring the ratings", 0, 1)
    scores = _scores(study)
    progress("Scoring the ratings", 1, 1)
    counts = _counts(study, progress)
    notes = (
        *_consent_note(study.sessions),
        *noted.notes,
        *closed.notes,
        *_unranked_note(positions, hierarchy),
    )
    return StudyTables(
        study, noted.table, closed.table, counts, scores, positions, hierarchy, standing, notes
    )


def _once(table: pl.DataFrame, column: str, file: str) -> None:
    """A person or a session that stands twice would be counted twice."""
    twice = table[column].is_duplicated() & table[column].is_not_null()
    if twice.any():
        lines = table.with_row_index("line", offset=2).filter(twice)["line"].to_list()
        raise EvenhandError(
            f"A {column} stands in more than one row: lines {', '.join(map(str, lines[:8]))}.",
            file,
            "Keep one row each; `evenhand check` lists them all.",
        )


def _no_problems(study: Study) -> None:
    """Positions with a mistake are not compared: everything wrong is named at once."""
    assert study.people is not None
    wrong = [doubt for doubt in position_problems(study.people, study.config) if doubt.fatal]
    if wrong:
        more = f" and {len(wrong) - 5:,} more" if len(wrong) > 5 else ""
        raise EvenhandError(
            f"Positions that cannot be read: {'; '.join(f'{d.where}: {d.what}' for d in wrong[:5])}"
            f"{more}.",
            "people.csv",
            f"{wrong[0].remedy} `evenhand check` lists them all.",
        )


def _visits(sessions: pl.DataFrame) -> tuple[Noted, Noted]:
    """Visits that took place, with consent; and how the treatments of those pairs ended."""
    known = visits_of(of_consenting_pairs(sessions))
    came = known.table.filter(pl.col("attended") | (pl.col("number") == 0))
    used = sessions.filter(consented(sessions))["session_id"].implode()
    return Noted(came.filter(pl.col("session_id").is_in(used)), known.notes), treatments_of(came)


def _consent_note(sessions: pl.DataFrame) -> list[str]:
    out = int((~consented(sessions)).sum())
    return [f"{out:,} sessions without consent are left out."] if out else []


def _unranked_note(positions: pl.DataFrame, hierarchy: Hierarchy | None) -> list[str]:
    if hierarchy is None:
        return []
    return [
        f"{axis}: {n:,} people gave an answer that the hierarchy does not rank; they are left out."
        for axis, n in sorted(unranked(positions, hierarchy).items())
    ]


def _standing(positions: pl.DataFrame, hierarchy: Hierarchy | None) -> pl.DataFrame:
    """Standings on each axis, and over all (`overall_standings`) where there are two or more."""
    if hierarchy is None:
        return pl.DataFrame(
            schema={"person_id": pl.String, "axis": pl.String, "standing": pl.Float64}
        )
    known = standings(positions, hierarchy).filter(pl.col("standing").is_not_null())
    known = known.select("person_id", "axis", "standing")
    if len(hierarchy.ladders) < 2:
        return known
    overall = overall_standings(known, hierarchy)
    together = overall.select("person_id", axis=pl.lit(OVERALL), standing="standing")
    return pl.concat([known, together])


def _scores(study: Study) -> pl.DataFrame:
    """Scores of questionnaires. A check-in is the client's own voice and enters no aggregate."""
    if study.ratings is None or study.ratings.is_empty():
        return pl.DataFrame(schema=RATINGS)
    private = [
        one.name
        for one in all_instruments(own_instruments(study.root)).values()
        if one.about == "check-in"
    ]
    scores = score_study(study)
    return scores.filter(pl.col("score").is_not_null() & ~pl.col("instrument").is_in(private))


def _counts(study: Study, progress: Progress) -> pl.DataFrame:
    """Amounts and exposures: ready-made ones, or those of an examination."""
    ready = study.root / "readings.parquet"
    if ready.exists():
        frame = as_table(pl.read_parquet(ready), READINGS)
    elif _has_transcripts(study):
        from evenhand.runs.examine import examine

        frame = examine(study.root, report=False, progress=progress).readings
    else:
        frame = pl.DataFrame(schema=READINGS)
    names: Mapping[str, str] = {
        "k_therapist": "k_t",
        "e_therapist": "e_t",
        "k_client": "k_c",
        "e_client": "e_c",
    }
    return frame.select(
        "session_id", "indicator", *names, tilted=pl.col("tilt").is_not_null()
    ).rename(dict(names))


def _has_transcripts(study: Study) -> bool:
    sessions = study.sessions
    if sessions is None or "transcript" not in sessions.columns:
        return (study.root / "transcripts").is_dir()
    return bool((sessions["transcript"].fill_null("") != "").any())


def instruments_about(study: Study, about: str) -> dict[str, Any]:
    """Instruments of a kind, by name."""
    known = all_instruments(own_instruments(study.root))
    return {one.name: one for one in known.values() if one.about == about}
