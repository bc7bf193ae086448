"""The clients of a study at the end of a quarter: who treats them, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.instruments import find_instrument, own_instruments, score_ratings
from evenhand.release.crowd import SEVERAL, THERAPIST, UNKNOWN
from evenhand.release.declared import Plan
from evenhand.release.figures import IMPROVED, NOT_IMPROVED, SCORED
from evenhand.study.consent import consented, of_consenting_pairs
from evenhand.study.folder import Study

UNDATED = "all sessions"


@dataclass(frozen=True)
class Clients:
    """One snapshot of a study.

    Args:
        label: the quarter that it ends with, such as ``2026-Q3``.
        frame: a row a client: client_id, therapist, ended, and a column for each position and
            each measure that was asked for.
        amounts: measure key to a client's own number, for means.
    """

    label: str
    frame: pl.DataFrame
    amounts: Mapping[str, Mapping[str, float]]


def clients_of(study: Study, plans: Sequence[Plan], positions: Sequence[str]) -> Clients:
    """Read a study's clients as they were at the end of its last whole quarter.

    Raises:
        EvenhandError: there are no sessions with clients, or a position is no column.
    """
    sessions, label = sessions_counted(study)
    frame = _treated(sessions).join(_places(study, positions), on="client_id", how="left")
    amounts: dict[str, Mapping[str, float]] = {}
    for plan in plans:
        if plan.instrument and plan.measure.key not in frame.columns:
            frame, amounts[plan.measure.key] = _scored(frame, study, sessions, plan)
    frame = frame.with_columns(pl.exclude("client_id").fill_null(UNKNOWN))
    return Clients(label, frame.sort("client_id"), amounts)


def sessions_counted(study: Study) -> tuple[pl.DataFrame, str]:
    """Sessions of consenting pairs up to the end of the last whole quarter, and its label.

    Raises:
        EvenhandError: the study does not say whose the sessions are.
    """
    sessions = study.sessions
    if sessions is None or not {"client_id", "therapist_id"} <= set(sessions.columns):
        raise EvenhandError(
            "A release counts clients, and sessions.csv does not say whose the sessions are.",
            "sessions.csv",
            "Fill in client_id and therapist_id.",
        )
    return until_quarter(of_consenting_pairs(sessions.filter(pl.col("client_id").is_not_null())))


def until_quarter(sessions: pl.DataFrame) -> tuple[pl.DataFrame, str]:
    """Sessions up to the end of the last quarter that is over by the latest date in the table.

    A study in its first quarter is taken as it is.
    """
    if "date" not in sessions.columns:
        return sessions, UNDATED
    date = sessions["date"].str.to_date("%Y-%m-%d", strict=False)
    latest = date.max()
    if latest is None:
        return sessions, UNDATED
    dated = sessions.with_columns(date.alias("_day"))
    begins = pl.Series([latest]).dt.truncate("1q")
    over = pl.Series([latest]).dt.offset_by("1d").dt.truncate("1q")
    end = over if over[0] > begins[0] else begins
    kept = dated.filter((pl.col("_day") < end[0]) | pl.col("_day").is_null())
    if kept.is_empty():
        kept, end = dated, begins.dt.offset_by("1q")
    last = end.dt.offset_by("-1d")
    return kept.sort("_day", maintain_order=True).drop("_day"), (
        f"{last.dt.year()[0]}-Q{last.dt.quarter()[0]}"
    )


def _treated(sessions: pl.DataFrame) -> pl.DataFrame:
    ended = pl.col("ended") if "ended" in sessions.columns else pl.lit(None, pl.String)
    said = ended.str.to_lowercase().str.strip_chars()
    return sessions.group_by("client_id", maintain_order=True).agg(
        pl.col("therapist_id")
        .fill_null(UNKNOWN)
        .unique()
        .sort()
        .str.join(SEVERAL)
        .alias(THERAPIST),
        said.filter(said.is_not_null() & (said != "")).last().alias("ended"),
    )


def _places(study: Study, positions: Sequence[str]) -> pl.DataFrame:
    """The positions as people give them; several values in one order, blanks unknown."""
    people = study.people
    missing = [p for p in positions if people is None or p not in people.columns]
    if missing or people is None:
        raise (
            EvenhandError(
                f"people.csv has no column {', '.join(missing)}.",
                "study.toml, release.tables",
                "Name a position that people.csv holds.",
            )
            if positions
            else EvenhandError(
                "There is no people.csv.", "people.csv", "Add it: a release counts people."
            )
        )
    kept = people.unique("person_id", keep="first", maintain_order=True)
    values = [_in_one_order(kept[p]) for p in positions]
    return kept.select(pl.col("person_id").alias("client_id"), *values)


def _in_one_order(answers: pl.Series) -> pl.Series:
    """Answers with several values in one order; each that was given is looked at once."""
    given = answers.unique()
    told = (
        given.str.split(";")
        .list.eval(pl.element().str.strip_chars().filter(pl.element().str.strip_chars() != ""))
        .list.unique()
        .list.sort()
        .list.join(SEVERAL)
        .replace("", None)
    )
    return answers.replace_strict(given, told)


def _scored(
    frame: pl.DataFrame, study: Study, sessions: pl.DataFrame, plan: Plan
) -> tuple[pl.DataFrame, dict[str, float]]:
    """Add who counts for a measure of a questionnaire, and each client's own number."""
    last, change = _change(study, sessions, plan)
    key = plan.measure.key
    if plan.kind == "reliably improved":
        better, points = _limit(study, plan)
        word = {c: IMPROVED if better * d >= points else NOT_IMPROVED for c, d in change.items()}
        amounts: dict[str, float] = {}
    else:
        amounts = change if plan.kind == "change" else last
        word = dict.fromkeys(amounts, SCORED)
    told = pl.DataFrame(
        {"client_id": list(word), key: list(word.values())},
        schema={"client_id": pl.String, key: pl.String},
    )
    return frame.join(told, on="client_id", how="left"), amounts


def _limit(study: Study, plan: Plan) -> tuple[int, float]:
    """(1 where more is better, the change that counts as reliable)."""
    instrument = find_instrument(plan.instrument, "client", own_instruments(study.root))
    direction = instrument.scale(plan.scale).direction
    points = [c.points for c in instrument.changes if c.scale == plan.scale]
    if not points or direction == 0:
        raise EvenhandError(
            "No reliable change is known for this scale.",
            f"study.toml, release.tables.{plan.name}",
            'Use measure = "change".',
        )
    return direction, points[0]


def _change(
    study: Study, sessions: pl.DataFrame, plan: Plan
) -> tuple[dict[str, float], dict[str, float]]:
    """Each client's last score, and the change from the first to it."""
    own = own_instruments(study.root)
    instrument = find_instrument(plan.instrument, "client", own)
    if plan.scale not in {scale.key for scale in instrument.scales}:
        raise EvenhandError(
            "The questionnaire has no such scale.",
            f"study.toml, release.tables.{plan.name}.scale",
            f"Its scales are: {', '.join(s.key for s in instrument.scales)}.",
        )
    if study.ratings is None:
        return {}, {}
    scores = score_ratings(_counted(study.ratings, instrument.about == "check-in"), own=own)
    agreed = sessions.filter(consented(sessions))
    order = agreed.with_row_index("_order").select("session_id", "client_id", "_order")
    found = (
        scores.filter(
            (pl.col("instrument") == instrument.name)
            & (pl.col("scale") == plan.scale)
            & (pl.col("rater") == "client")
            & (pl.col("released") != "no")
            & pl.col("score").is_not_null()
        )
        .join(order, on="session_id")
        .sort("_order")
        .group_by("client_id", maintain_order=True)
        .agg(pl.col("score").first().alias("a"), pl.col("score").last().alias("b"), pl.len())
    )
    rows = found.rows()
    last = {client: b for client, _, b, _ in rows}
    return last, {client: b - a for client, a, b, n in rows if n > 1}


def _counted(ratings: pl.DataFrame, private: bool) -> pl.DataFrame:
    """Ratings that may enter a group figure.

    A private check-in does so only where the client says "count me". Questionnaires that a
    clinic gives out are not private, and stay out only where the client says no.
    """
    told = pl.col("released") if "released" in ratings.columns else pl.lit(None, pl.String)
    said = told.str.to_lowercase().str.strip_chars().replace("", None)
    said = said.fill_null("no" if private else "count")
    kept = pl.when((said == "count") | (pl.lit(not private) & (said != "no"))).then(said)
    return ratings.with_columns(kept.fill_null("no").alias("released"))
