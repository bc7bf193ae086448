"""A study's treatments over time: scores, alliance, ruptures, leaving; a clinic needs no text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.instruments import own_instruments
from evenhand.models.course_tables import SILENCE_DAYS, SILENCES, treatments_of, visits_of
from evenhand.models.hazard import fit_hazard, hazard_table
from evenhand.models.hazard_check import Check, check_hazard
from evenhand.models.hazard_person import foretell, reasons
from evenhand.models.hazard_table import risk_table, with_endings
from evenhand.models.incidence import cumulative_incidence
from evenhand.models.leadlag import lead_lag
from evenhand.runs._course_scales import chosen, rules_of, rules_table
from evenhand.runs._course_scores import Parts, add_alliance, add_outcome
from evenhand.runs._course_standings import dyad_standings
from evenhand.study.folder import Study
from evenhand.study.ratings_scored import score_study
from evenhand.study.store import write_json, write_table

UNRELEASED = "Figures of the holder's own study, not released: they must not be passed on."

ROOMS = (
    "room_tilt",
    "talk_share",
    "directives",
    "closed_questions",
    "deference",
    "disagreement",
    "self_advocacy",
    "withdrawal",
    "confrontation",
)
"""Readings that stand beside the alliance, where a study has them."""

HAZARD_ROOMS = ("directives", "withdrawal", "confrontation")
"""Readings whose counts are among what leaving may go with."""

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
        study, ratings if ratings is not None else score_study(study), readings
    )
    visits = visits_of(study.sessions)
    treatments = treatments_of(visits.table, config["silence_days"], config["as_of"])
    parts = Parts(notes=[*unused, *visits.notes, *treatments.notes])
    series = _scores(parts, visits.table, treatments.table, scores, study, config, seed)
    standings = dyad_standings(study, visits.table)
    private = _leaving(parts, visits.table, series, readings, standings, config, seed)
    _rooms(parts, visits.table, series, readings, config)
    result = _result(parts, private, treatments.table, series, config)
    if out is not None:
        _write(result, out / "course")
    return result


def _consented(
    study: Study, scores: pl.DataFrame, readings: pl.DataFrame | None
) -> tuple[pl.DataFrame, pl.DataFrame | None, list[str]]:
    """Scores and readings without those of sessions whose consent is no.

    That the session took place, and how the treatment ended, stays known: else a treatment would
    seem to have been left.
    """
    sessions = study.sessions
    if sessions is None or "consent" not in sessions.columns:
        return scores, readings, []
    said = pl.col("consent").fill_null("").str.strip_chars().str.to_lowercase()
    refused = sessions.filter(said == "no")["session_id"]
    if refused.is_empty():
        return scores, readings, []
    ours = ~pl.col("session_id").is_in(refused.implode())
    note = f"{refused.len():,} sessions without consent: their ratings and readings are not used."
    return scores.filter(ours), None if readings is None else readings.filter(ours), [note]


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
        rule.instrument: add_alliance(parts, visits, scores, rule, seed)
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


def _leaving(
    parts: Parts,
    visits: pl.DataFrame,
    series: Mapping[str, Any],
    readings: pl.DataFrame | None,
    standings: pl.DataFrame | None,
    config: Mapping[str, Any],
    seed: int,
) -> Tables:
    """Incidence, hazards and their check under each silence; chances of the stated one."""
    stated = config["silence_days"]
    private: dict[str, pl.DataFrame] = {}
    risk = pl.DataFrame()
    for days in dict.fromkeys((stated, *SILENCES)):
        treatments = treatments_of(visits, days, config["as_of"]).table
        named = {"silence_days": days, "stated": days == stated}
        if days == stated:
            risk = _risk(visits, treatments, series, readings, standings)
        parts.attempt("incidence", partial(_incidence, parts, treatments, named))
        here = with_endings(risk, treatments)
        for cause in ("dropped out", "completed") if days == stated else ("dropped out",):
            what = f"hazard: {cause}, silence of {days} days"
            parts.attempt(what, partial(_hazard, parts, here, cause, named, private))
    parts.attempt("check of the hazard", partial(_check, parts, risk, seed))
    return {name: private.get(name, pl.DataFrame(schema=kind)) for name, kind in _PRIVATE.items()}


def _risk(
    visits: pl.DataFrame,
    treatments: pl.DataFrame,
    series: Mapping[str, Any],
    readings: pl.DataFrame | None,
    standings: pl.DataFrame | None,
) -> pl.DataFrame:
    return risk_table(
        visits,
        treatments,
        series["alliance"].get("client"),
        series["outcome"],
        series["direction"],
        _hazard_rooms(readings),
        standings,
    )


def _incidence(parts: Parts, treatments: pl.DataFrame, named: dict[str, Any]) -> None:
    table = cumulative_incidence(
        treatments["sessions_n"].to_numpy().astype(np.float64), treatments["ended"].to_list()
    )
    parts.add("incidence", table.rename({"time": "session"}), **named)


def _hazard(
    parts: Parts,
    risk: pl.DataFrame,
    cause: str,
    named: dict[str, Any],
    private: dict[str, pl.DataFrame],
) -> None:
    """One hazard: with frailty under the stated silence, without under the others."""
    fit = fit_hazard(risk, cause, frailty=named["stated"])
    counts = {"events_n": fit.events_n, "rows_n": fit.rows_n, "dyads_n": fit.dyads_n}
    counts |= {"therapists_n": len(fit.therapists)}
    parts.add("hazard", hazard_table(fit), **named, **counts)
    if named["stated"]:
        parts.note(*(f"{cause.capitalize()}: {note}" for note in fit.notes))
        if cause == "dropped out":
            private |= {"chances": foretell(fit, risk), "reasons": reasons(fit, risk)}


def _check(parts: Parts, risk: pl.DataFrame, seed: int) -> None:
    check = check_hazard(risk, np.random.default_rng([seed, 3]))
    parts.add("hazard_check", _check_table(check))
    parts.add("calibration", check.calibration)


def _check_table(check: Check) -> pl.DataFrame:
    """AUC, calibration slope and intercept with intervals."""
    rows = [
        ("area under the curve", *check.auc),
        ("calibration slope", *check.slope),
        ("calibration intercept", *check.intercept),
    ]
    names = ["what", "estimate", "low", "high"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(
        folds=pl.lit(check.folds),
        rows_n=pl.lit(check.rows_n),
        events_n=pl.lit(check.events_n),
        therapists_n=pl.lit(check.therapists_n),
    )


def _hazard_rooms(readings: pl.DataFrame | None) -> dict[str, pl.DataFrame]:
    """Counts of the readings that leaving may go with."""
    if readings is None:
        return {}
    found = {name: readings.filter(pl.col("indicator") == name) for name in HAZARD_ROOMS}
    sides = pl.col("k_therapist").is_not_null() | pl.col("k_client").is_not_null()
    return {name: one for name, one in found.items() if one.filter(sides).height}


def _rooms(
    parts: Parts,
    visits: pl.DataFrame,
    series: Mapping[str, Any],
    readings: pl.DataFrame | None,
    config: Mapping[str, Any],
) -> None:
    """Readings of the room beside both views of the alliance."""
    if readings is None or readings.is_empty() or not series["alliance"]:
        parts.refused["lead and lag"] = "It needs readings of the room and ratings of the alliance."
        return
    came = visits.filter(pl.col("attended") & (pl.col("number") > 0)).with_columns(
        nth=pl.int_range(1, pl.len() + 1).over("dyad")
    )
    place = came.select("dyad", "therapist_id", "session_id", "nth")
    rooms = {
        name: place.join(one, on="session_id", how="inner", maintain_order="left")
        for name in config["rooms"]
        if (one := room_scores(readings, name)).height
    }
    raters = {
        rater: place.join(
            frame.select("session_id", "score"), on="session_id", how="inner", maintain_order="left"
        )
        for rater, frame in series["alliance"].items()
        if frame.height
    }
    primary = tuple(config["primary"]) if config["primary"] else None
    parts.add("lead_lag", lead_lag(rooms, raters, primary))


def room_scores(readings: pl.DataFrame, name: str) -> pl.DataFrame:
    """One reading as a number a session: its tilt, else the log rate of the side that it is of.

    Returns:
        ``session_id, score``; sessions in which it could not be read are left out.
    """
    one = readings.filter(pl.col("indicator") == name)
    rates = [
        pl.when(pl.col(f"e_{side}") > 0).then(
            ((pl.col(f"k_{side}") + 0.5) / pl.col(f"e_{side}")).log()
        )
        for side in ("client", "therapist")
    ]
    score = (
        pl.coalesce("tilt", *rates)
        if one["tilt"].null_count() < one.height
        else pl.coalesce(*rates)
    )
    return one.select("session_id", score=score).drop_nulls()


_PRIVATE: Mapping[str, pl.Schema] = {
    "chances": pl.Schema(
        dict.fromkeys(("dyad", "therapist_id", "session_id"), pl.String)
        | {"number": pl.Int64, "cause": pl.String}
        | dict.fromkeys(("chance", "low", "high", "usual"), pl.Float64)
    ),
    "reasons": pl.Schema(
        {"dyad": pl.String, "predictor": pl.String}
        | dict.fromkeys(("value", "usual", "log_odds", "odds_ratio"), pl.Float64)
    ),
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
