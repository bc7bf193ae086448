"""A study's treatments over time: scores, alliance, ruptures, leaving; a clinic needs no text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.instruments import own_instruments
from evenhand.models.course_tables import SILENCE_DAYS, treatments_of, visits_of
from evenhand.runs._course_leaving import HAZARD_ROOMS, add_leaving, risk_of
from evenhand.runs._course_rooms import ROOMS, add_rooms
from evenhand.runs._course_scales import chosen, rules_of, rules_table
from evenhand.runs._course_scores import Parts, add_alliance, add_outcome
from evenhand.runs._course_standings import dyad_standings
from evenhand.runs._course_ways import add_ways
from evenhand.study.consent import leave_out, of_consenting_pairs, sessions_without
from evenhand.study.folder import Study
from evenhand.study.ratings_scored import score_study
from evenhand.study.store import write_json, write_table

__all__ = ["HAZARD_ROOMS", "ROOMS", "UNRELEASED", "Course", "course"]

UNRELEASED = "Figures of the holder's own study, not released: they must not be passed on."

Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Course:
    """What was found; tables by name, as they are written to ``DIR/course/NAME.parquet``.

    Args:
        tables: all that a holder may keep (see docs/course.md for columns).
        refused: parts that the data cannot carry, with the reason.
        notes: what a reader has to know.
        summary: counts, the instruments used, and the sentence that nothing of it is released.
        private: chances of leaving with their reasons (``chances``, ``reasons``), which are
            never written; `predictions_for` gives a therapist their own clients'.
    """

    tables: Tables
    refused: Mapping[str, str]
    notes: Sequence[str]
    summary: Mapping[str, Any]
    private: Tables = field(repr=False)

    def predictions_for(self, therapist: str | None) -> Tables:
        """Chances of leaving and their reasons of one therapist's own clients; else empty.

        Args:
            therapist: the person_id that ``--for`` names.
        """
        who = pl.lit(therapist, pl.String)
        chances = self.private["chances"].filter(pl.col("therapist_id") == who)
        own = self.private["reasons"].filter(pl.col("dyad").is_in(chances["dyad"].implode()))
        return {"chances": chances, "reasons": own}


def course(
    study: Study,
    ratings: pl.DataFrame | None = None,
    readings: pl.DataFrame | None = None,
    out: Path | None = None,
    seed: int = 20240229,
) -> Course:
    """Model the treatments of a study over time.

    ``study.toml`` may say, under ``[course]``: ``outcome`` and ``alliance`` (names of
    instruments), ``silence_days``, ``as_of`` (a date), ``rooms`` (readings beside the alliance)
    and ``primary`` (reading, rater, order of the one lead or lag that was declared beforehand).

    Args:
        study: its sessions, with who met whom, and how treatments ended.
        ratings: scored ratings; by default the study's own are scored.
        readings: readings of the room, where there are any.
        out: the examination's folder; tables go to ``course/`` in it. None writes nothing.
        seed: of the simulations.

    Returns:
        `Course`. What the data cannot carry is in ``refused``, with the reason.

    Raises:
        EvenhandError: the sessions do not say who met whom, a rating is wrong, or study.toml is.
    """
    if study.sessions is None:
        raise EvenhandError(
            "There is no sessions.csv: nothing says who met whom, and when.",
            "sessions.csv",
            "Add it; `evenhand new DIR` shows its columns.",
        )
    config = _config(study)
    scores, readings, unused = _consented(
        study.sessions, ratings if ratings is not None else score_study(study), readings
    )
    visits = visits_of(of_consenting_pairs(study.sessions))
    treatments = treatments_of(visits.table, config["silence_days"], config["as_of"])
    parts = Parts(notes=[*unused, *visits.notes, *treatments.notes])
    series = _scores(parts, visits.table, treatments.table, scores, study, config, seed)
    standings = dyad_standings(study, visits.table)
    risk = risk_of(visits.table, treatments.table, series, readings, standings)
    private = add_leaving(parts, visits.table, risk, config, seed)
    add_ways(parts, risk)
    add_rooms(parts, visits.table, series, readings, config)
    result = _result(parts, private, treatments.table, series, config)
    if out is not None:
        _write(result, out / "course")
    return result


def _consented(
    sessions: pl.DataFrame, scores: pl.DataFrame, readings: pl.DataFrame | None
) -> tuple[pl.DataFrame, pl.DataFrame | None, list[str]]:
    """Scores and readings without those of sessions whose consent is not on record."""
    unsaid = sessions_without(sessions)
    if unsaid.is_empty():
        return scores, readings, []
    note = f"{unsaid.len():,} sessions without consent: their ratings and readings are not used."
    read = None if readings is None else leave_out(readings, unsaid)
    return leave_out(scores, unsaid), read, [note]


def _config(study: Study) -> dict[str, Any]:
    given = study.config.get("course", {})
    known = {
        "outcome": (str, None),
        "alliance": (str, None),
        "silence_days": (int, SILENCE_DAYS),
        "as_of": (date, None),
        "rooms": (list, list(ROOMS)),
        "primary": (list, None),
    }
    wrong = sorted(set(given) - set(known)) if isinstance(given, dict) else ["course"]
    for key, (kind, _) in known.items():
        if not wrong and key in given and not isinstance(given[key], kind):
            wrong.append(key)
    if not wrong and len(given.get("primary", "abc")) != 3:
        wrong.append("primary")
    if wrong:
        raise EvenhandError(
            f"[course] has something that is not understood: {', '.join(wrong)}.",
            "study.toml",
            f"It may hold {', '.join(known)}; primary is a list of reading, rater, order.",
        )
    return {key: given.get(key, default) for key, (_, default) in known.items()}


def _scores(
    parts: Parts,
    visits: pl.DataFrame,
    treatments: pl.DataFrame,
    scores: pl.DataFrame,
    study: Study,
    config: Mapping[str, Any],
    seed: int,
) -> dict[str, Any]:
    """All that is made of scores; the series that other parts need."""
    own = own_instruments(study.root)
    outcomes, alliances = (rules_of(scores, about, own) for about in ("outcome", "alliance"))
    outcome = chosen(outcomes, config["outcome"], "outcome")
    alliance = chosen(alliances, config["alliance"], "alliance")
    parts.tables["rules"] = [rules_table([*outcomes.values(), *alliances.values()])]
    made = {
        rule.instrument: add_outcome(parts, visits, treatments, scores, rule, seed)
        for rule in outcomes.values()
    }
    raters = {
        rule.instrument: add_alliance(parts, visits, treatments, scores, rule, seed)
        for rule in alliances.values()
    }
    for name, rule in (("outcome", outcome), ("alliance", alliance)):
        if rule is None:
            parts.refused[name] = f"No client rated an {name} scale."
    return {
        "outcome": made[outcome.instrument] if outcome else None,
        "direction": outcome.direction if outcome else -1,
        "alliance": raters[alliance.instrument] if alliance else {},
        "names": {
            "outcome": outcome.instrument if outcome else None,
            "alliance": alliance.instrument if alliance else None,
        },
    }


def _result(
    parts: Parts,
    private: Tables,
    treatments: pl.DataFrame,
    series: Mapping[str, Any],
    config: Mapping[str, Any],
) -> Course:
    tables = {name: pl.concat(some, how="diagonal") for name, some in parts.tables.items()}
    tables["treatments"] = treatments
    ended = dict(treatments.group_by("ended").agg(pl.len()).sort("ended").iter_rows())
    summary = {
        "release": UNRELEASED,
        "dyads_n": treatments.height,
        "therapists_n": treatments["therapist_id"].n_unique(),
        "sessions_n": int(treatments["sessions_n"].sum()),
        "ended": ended,
        "silence_days": config["silence_days"],
        "instruments": series["names"],
        "notes": list(parts.notes),
        "refused": dict(parts.refused),
        "tables": {name: frame.height for name, frame in sorted(tables.items())},
    }
    return Course(tables, dict(parts.refused), tuple(parts.notes), summary, private)


def _write(result: Course, folder: Path) -> None:
    """Each table whole or not at all; what an earlier run left is taken away."""
    for stale in folder.glob("*.parquet") if folder.is_dir() else ():
        if stale.stem not in result.tables:
            stale.unlink()
    for name, frame in result.tables.items():
        write_table(folder / f"{name}.parquet", frame)
    write_json(folder / "course.json", result.summary)
