"""Parts of a study's course that are made of scores: growth, bands, flags, ruptures, the gap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from scipy.special import stdtrit

from evenhand.core.errors import EvenhandError
from evenhand.models.course_change import change_by_dyad, change_by_session, shares_of_states
from evenhand.models.course_rules import Rule
from evenhand.models.course_series import Ints, Series, as_series, codes_of
from evenhand.models.course_tables import series_of
from evenhand.models.growth import Growth, fit_growth, growth_table
from evenhand.models.growth_band import band_ahead, expected_band
from evenhand.models.growth_flag import flag_courses, flag_table
from evenhand.models.growth_shift import shifted_change
from evenhand.models.rupture import EARLIER, RATE, find_ruptures, judgeable
from evenhand.models.rupture_expected import expected_counts
from evenhand.models.rupture_model import Usual, expect, fit_usual

SESSION = pl.Schema(
    {
        "dyad": pl.String,
        "client_id": pl.String,
        "therapist_id": pl.String,
        "session_id": pl.String,
        "number": pl.Int64,
        "date": pl.Date,
        "about": pl.String,
        "instrument": pl.String,
        "scale": pl.String,
        "rater": pl.String,
        "score": pl.Float64,
        "released": pl.String,
        "start": pl.Float64,
        "change": pl.Float64,
        "better": pl.Float64,
        "state": pl.String,
        "case": pl.Boolean,
        "expected": pl.Float64,
        "band_low": pl.Float64,
        "band_high": pl.Float64,
        "earlier_n": pl.Int64,
        "inside": pl.Boolean,
        "rupture": pl.Boolean,
    }
)
"""``course/sessions.parquet``: a row a score, with where it was expected and what it means.

``expected`` and the band are from the dyad's earlier scores and the study's model, null where
that is refused or earlier scores are too few. ``rupture`` is of client's alliance only.
"""


@dataclass(frozen=True)
class Grown:
    """One scale's growth model with its scores, for what else is asked of them."""

    instrument: str
    series: Series
    therapist: Ints
    growth: Growth
    horizon: float


@dataclass
class Parts:
    """Tables as they come, by name, reasons for those that do not, and fitted growth models."""

    tables: dict[str, list[pl.DataFrame]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    grown: list[Grown] = field(default_factory=list)

    def add(self, name: str, frame: pl.DataFrame, **constants: str | float | int | bool) -> None:
        """Keep a table, with columns that say what it is of in front."""
        first = [pl.lit(v).alias(k) for k, v in constants.items()]
        rest = [c for c in frame.columns if c not in constants]
        self.tables.setdefault(name, []).append(frame.select(*first, *rest))

    def attempt(self, name: str, make: Callable[[], None]) -> None:
        """Make a part, or keep the reason why the data cannot carry it."""
        try:
            make()
        except EvenhandError as error:
            self.refused[name] = error.what

    def note(self, *notes: str) -> None:
        """Keep what a reader has to know, once."""
        self.notes += [n for n in notes if n not in self.notes]


def add_outcome(
    parts: Parts,
    visits: pl.DataFrame,
    treatments: pl.DataFrame,
    ratings: pl.DataFrame,
    rule: Rule,
    seed: int,
) -> pl.DataFrame:
    """One outcome scale: changes, growth, bands, flags, shifts. Returns its series."""
    frame = series_of(visits, ratings, rule.instrument, rule.scale, "client")
    changes = change_by_session(frame, rule)
    ends = treatments.select("dyad", "client_id", "therapist_id", "ended", "planned")
    dyads = change_by_dyad(changes, rule).join(ends, on="dyad", how="left", maintain_order="left")
    parts.add("dyads", dyads, instrument=rule.instrument, scale=rule.scale)
    parts.add("shares", shares_of_states(dyads), instrument=rule.instrument)
    rows = changes
    try:
        rows = changes.hstack(_grown(parts, frame, dyads, rule, seed))
    except EvenhandError as error:
        parts.refused[f"growth of {rule.instrument}"] = error.what
    _add_sessions(parts, rows, ratings, rule, "outcome", "client")
    return frame


def _grown(
    parts: Parts, frame: pl.DataFrame, dyads: pl.DataFrame, rule: Rule, seed: int
) -> pl.DataFrame:
    """Growth and what hangs on it; the band of each score."""
    series, named = as_series(frame), {"instrument": rule.instrument}
    growth = _growth(parts, frame, dyads, rule)
    planned = dyads.with_columns(until=pl.when(pl.col("ended") == "ongoing").then("planned"))
    until = planned["until"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    parts.add("ahead", band_ahead(series, growth, until), **named)

    def flags() -> None:
        found = flag_courses(series, growth, rule.direction, np.random.default_rng([seed, 1]))
        parts.add("flag_errors", flag_table(found), **named)
        told = frame.select("dyad", "therapist_id", "session_id", "number").with_columns(
            chance=pl.Series(found.chance), flag=pl.Series(found.flag)
        )
        parts.add("not_on_track", told, **named)

    parts.attempt(f"not-on-track flags of {rule.instrument}", flags)
    return expected_band(series, growth)


def _growth(parts: Parts, frame: pl.DataFrame, dyads: pl.DataFrame, rule: Rule) -> Growth:
    """The growth model, its parameters, and mean change with those who left shifted."""
    series, named = as_series(frame), {"instrument": rule.instrument}
    therapist = codes_of(frame["therapist_id"][series.starts])[1]
    growth = fit_growth(series, therapist)
    parts.note(*growth.notes)
    counts = {
        "shape": growth.shape,
        "dyads_n": growth.dyads_n,
        "therapists_n": growth.therapists_n,
        "scores_n": growth.scores_n,
    }
    parts.add("growth", growth_table(growth), **named, **counts)
    unit, horizon = rule.reliable or growth.noise_sd, _horizon(dyads)
    left = dyads.filter((pl.col("ended") == "dropped out") & (pl.col("last_number") < horizon))
    shifted = shifted_change(growth, horizon, left.height, dyads.height, rule.direction, unit)
    parts.add("shifted", shifted, **named)
    parts.grown.append(Grown(rule.instrument, series, therapist, growth, horizon))
    return growth


def _horizon(dyads: pl.DataFrame) -> float:
    """The session at which mean change is looked at: half of all treatments are planned so long.

    Where nothing was planned, half of all dyads were measured so late.
    """
    planned = dyads["planned"].drop_nulls()
    middle = (planned if planned.len() else dyads["last_number"]).cast(pl.Float64).median()
    return max(float(middle), 2.0) if isinstance(middle, float) else 2.0


def _add_sessions(
    parts: Parts, rows: pl.DataFrame, ratings: pl.DataFrame, rule: Rule, about: str, rater: str
) -> None:
    said = ratings.filter(
        (pl.col("instrument") == rule.instrument)
        & (pl.col("scale") == rule.scale)
        & (pl.col("rater") == rater)
    ).select("session_id", "released")
    whole = rows.join(said, on="session_id", how="left", maintain_order="left").with_columns(
        about=pl.lit(about),
        instrument=pl.lit(rule.instrument),
        scale=pl.lit(rule.scale),
        rater=pl.lit(rater),
    )
    absent = [pl.lit(None, kind).alias(n) for n, kind in SESSION.items() if n not in whole.columns]
    table = whole.with_columns(absent).select(
        pl.col(name).cast(kind) for name, kind in SESSION.items()
    )
    parts.add("sessions", table)


def add_alliance(
    parts: Parts,
    visits: pl.DataFrame,
    treatments: pl.DataFrame,
    ratings: pl.DataFrame,
    rule: Rule,
    seed: int,
) -> dict[str, pl.DataFrame]:
    """Both views of the alliance, their growth, gap and ruptures. Returns the series by rater."""
    raters = {
        rater: series_of(visits, ratings, rule.instrument, rule.scale, rater)
        for rater in ("client", "therapist")
    }
    for rater, frame in raters.items():
        rows = change_by_session(frame, rule)
        try:
            rows = rows.hstack(_usual(parts, frame, rule, rater, seed))
        except EvenhandError as error:
            parts.refused[f"usual course of the {rater}'s {rule.instrument}"] = error.what
        _add_sessions(parts, rows, ratings, rule, "alliance", rater)
    gaps = gaps_of(raters["client"], raters["therapist"])
    parts.add("gaps", gaps, instrument=rule.instrument)
    parts.add("gap", mean_gap(gaps), instrument=rule.instrument)
    ends = treatments.select("dyad", "ended", "planned")
    dyads = change_by_dyad(change_by_session(raters["client"], rule), rule)
    dyads = dyads.join(ends, on="dyad", how="left", maintain_order="left")

    def grown() -> None:
        _growth(parts, raters["client"], dyads, rule)

    parts.attempt(f"growth of {rule.instrument}", grown)
    return raters


def _usual(parts: Parts, frame: pl.DataFrame, rule: Rule, rater: str, seed: int) -> pl.DataFrame:
    """The band in which a rating was expected; for the client's view ruptures too."""
    series = as_series(frame)
    usual = fit_usual(series)
    parts.note(*usual.notes)
    ahead = expect(series, usual)
    half = usual.limit(0.025) * ahead.sd
    known = pl.Series(judgeable(series))
    ruptures = find_ruptures(series, usual)
    struck = np.isin(np.arange(series.y.size), ruptures["row"].to_numpy())
    band = pl.DataFrame(
        {
            "expected": ahead.mean,
            "band_low": ahead.mean - half,
            "band_high": ahead.mean + half,
            "inside": np.abs(series.y - ahead.mean) <= half,
            "rupture": struck if rater == "client" else np.zeros(series.y.size, dtype=bool),
        }
    ).with_columns(pl.when(known).then(pl.all()), earlier_n=pl.Series(series.place))
    parts.add("usual", _usual_table(usual), instrument=rule.instrument, rater=rater)
    if rater == "client":
        keep = ["dyad", "client_id", "therapist_id", "session_id", "number", "score"]
        at = frame.select(keep)[ruptures["row"].to_list()]
        ends = pl.when(pl.col("repair_row").is_not_null()).then("repair_row").otherwise(0)
        repaired = frame["number"].gather(ruptures.select(ends.alias("r"))["r"])
        told = at.hstack(ruptures).with_columns(repaired=repaired)
        told = told.with_columns(
            repaired_number=pl.when(pl.col("repair_row").is_not_null()).then("repaired")
        ).drop("row", "repair_row", "repaired")
        parts.add("ruptures", told, instrument=rule.instrument)
        rng = np.random.default_rng([seed, 2])
        counts = expected_counts(series, usual, ruptures, rng, bounds=(rule.low, rule.high))
        parts.add("rupture_counts", counts, instrument=rule.instrument, rate=RATE, earlier=EARLIER)
    return band


def _usual_table(usual: Usual) -> pl.DataFrame:
    """Parameters of the no-rupture model."""
    names = ("level", "slope", "between_sd", "within_sd", "persistence", "dyads_n", "scores_n")
    return pl.DataFrame({name: [getattr(usual, name)] for name in names})


def gaps_of(client: pl.DataFrame, therapist: pl.DataFrame) -> pl.DataFrame:
    """Both views of the same session, and therapist's less client's.

    Returns:
        ``dyad, session_id, number, client, therapist, gap``.
    """
    other = therapist.select("session_id", therapist="score")
    both = client.select("dyad", "session_id", "number", client="score").join(
        other, on="session_id", how="inner", maintain_order="left"
    )
    return both.with_columns(gap=pl.col("therapist") - pl.col("client"))


def mean_gap(gaps: pl.DataFrame) -> pl.DataFrame:
    """Mean of the dyads' mean gaps with its 95 % interval, and how far dyads differ.

    Returns:
        ``mean, low, high, sd, dyads_n, sessions_n``; nulls with fewer than two dyads.
    """
    means = gaps.group_by("dyad", maintain_order=True).agg(pl.col("gap").mean())["gap"].to_numpy()
    n = means.size
    row: dict[str, float | None] = dict.fromkeys(("mean", "low", "high", "sd"))
    if n > 1:
        mean, sd = float(means.mean()), float(means.std(ddof=1))
        half = float(stdtrit(n - 1, 0.975)) * sd / n**0.5
        row = {"mean": mean, "low": mean - half, "high": mean + half, "sd": sd}
    row |= {"dyads_n": n, "sessions_n": gaps.height}
    kinds = [pl.Float64] * 4 + [pl.Int64] * 2
    return pl.DataFrame([row], schema=dict(zip(row, kinds, strict=True)))
