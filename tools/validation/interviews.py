"""AnnoMI's interviews and Carl Rogers' sessions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl

from validation.product import Seen, vote
from validation.rows import Row, auc, bootstrap, bootstrap_groups, f1

DATA = "annomi_dev"
KEY = ["session_id", "turn"]


def people_say(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """Therapist's turns with what most annotators gave, the first among equals."""
    gold = rows.filter(pl.col("role") == "therapist").group_by(KEY, maintain_order=True)
    return gold.agg(vote(pl.col(column)).alias("gold"))


def coded(seen: Seen, *codes: str) -> pl.DataFrame:
    """Turns with any of these codes."""
    return seen.codes.filter(pl.col("code").is_in(codes)).select(KEY).unique()


def question_f1(seen: Seen, rows: pl.DataFrame) -> Row:
    """Questions by rules against people."""
    found = coded(seen, "question_open", "question_closed").with_columns(ours=True)
    both = people_say(rows, "question_exists").join(found, on=KEY, how="left")
    gold, ours = pl.col("gold") == "True", pl.col("ours").fill_null(False)
    by = both.group_by("session_id", maintain_order=True).agg(
        (gold & ours).sum().alias("hit"),
        (~gold & ours).sum().alias("false"),
        (gold & ~ours).sum().alias("missed"),
    )
    counts = by.select("hit", "false", "missed").to_numpy().astype(float)
    value = bootstrap(lambda at: f1(counts[at].sum(axis=0)), len(counts))
    hit, false, missed = counts.sum(axis=0)
    return Row(
        DATA,
        "question coder against people (question_exists)",
        "F1 ≥ 0.88",
        value.text(),
        value.value >= 0.88,
        f"Therapists' turns; people's label is the vote. {hit:.0f} found, {false:.0f} false, "
        f"{missed:.0f} missed; bootstrap over sessions.",
    )


def open_closed_f1(seen: Seen, rows: pl.DataFrame) -> Row:
    """Open against closed where people and rules both see a question."""
    kinds = [
        coded(seen, f"question_{kind}").with_columns(pl.lit(True).alias(kind))
        for kind in ("open", "closed")
    ]
    gold = people_say(rows, "question_subtype").filter(pl.col("gold").is_in(["open", "closed"]))
    both = gold.join(kinds[0], on=KEY, how="left").join(kinds[1], on=KEY, how="left")
    both = both.with_columns(pl.col("open", "closed").fill_null(False))
    # a turn that holds both kinds is, for people, what it ends on; count_as is the last one
    last = (
        seen.codes.filter(pl.col("code").is_in(["question_open", "question_closed"]))
        .sort("start_char")
        .group_by(KEY)
        .agg(ours=pl.col("code").last().str.strip_prefix("question_"))
    )
    both = both.join(last, on=KEY, how="left").with_columns(pl.col("ours").fill_null("none"))

    def macro(frame: pl.DataFrame) -> tuple[np.ndarray, float]:
        parts = []
        for kind in ("open", "closed"):
            g, o = pl.col("gold") == kind, pl.col("ours") == kind
            parts += [(g & o).sum(), (~g & o).sum(), (g & ~o).sum()]
        by = frame.group_by("session_id", maintain_order=True).agg(
            part.alias(str(i)) for i, part in enumerate(parts)
        )
        counts = by.drop("session_id").to_numpy().astype(float)
        total = counts.sum(axis=0)
        return counts, (f1(total[:3]) + f1(total[3:])) / 2

    counts, _ = macro(both)
    _, asked = macro(both.filter(pl.col("ours") != "none"))

    def statistic(at: np.ndarray) -> float:
        total = counts[at].sum(axis=0)
        return (f1(total[:3]) + f1(total[3:])) / 2

    value = bootstrap(statistic, len(counts))
    return Row(
        DATA,
        "open against closed questions, by rules",
        "macro-F1 ≥ 0.75",
        value.text(),
        value.value >= 0.75,
        f"All {both.height:,} turns in which people saw a question; one that the rules miss counts "
        f"as missed; the last question of a turn is its kind. Of those that the rules find too: "
        f"{asked:.3f}. Bootstrap over sessions.",
    )


def by_quality(part: pl.DataFrame, rows: pl.DataFrame, value: str) -> tuple[np.ndarray, np.ndarray]:
    """A reading's value in low- and in high-quality sessions, absent ones left out."""
    quality = rows.select("session_id", "mi_quality").unique()
    known = part.join(quality, on="session_id").drop_nulls(value)
    low, high = (
        known.filter(pl.col("mi_quality") == q)[value].to_numpy().astype(float)
        for q in ("low", "high")
    )
    return low, high


def quality_row(
    seen: Seen,
    rows: pl.DataFrame,
    indicator: str,
    value: str,
    bar: str,
    ok: Callable[[float], bool],
) -> Row:
    """How well a reading tells low- from high-quality sessions."""
    low, high = by_quality(seen.of(indicator), rows, value)
    found = bootstrap_groups(auc, low, high)
    what = "the therapist's rate" if value == "therapist" else "the tilt"
    return Row(
        DATA,
        f"low- against high-quality sessions: `{indicator}`",
        bar,
        found.text(),
        ok(found.value),
        f"AUC of {what}, {len(low)} low (median {np.median(low):.3g}) against {len(high)} high "
        f"(median {np.median(high):.3g}); bootstrap over sessions within quality.",
    )


PARTS = ("cut_off", "closed_questions", "directives", "yielding")
FEWEST_EVENTS = 5


def room_tilt_row(seen: Seen, rows: pl.DataFrame) -> Row:
    """The room tilt is no quality score; how many sessions can say so stands beside it."""
    from scipy.stats import mannwhitneyu

    row = quality_row(seen, rows, "room_tilt", "tilt", "AUC 0.38–0.62", lambda x: 0.38 <= x <= 0.62)
    low, high = by_quality(seen.of("room_tilt"), rows, "tilt")
    p = mannwhitneyu(low, high, method="exact").pvalue
    events = pl.col("k_therapist") + pl.col("k_client") >= FEWEST_EVENTS
    used = seen.readings.filter(pl.col("indicator").is_in(PARTS) & events).drop_nulls("tilt")
    mean = used.group_by("session_id").agg(pl.col("tilt").mean())
    one_low, one_high = by_quality(mean, rows, "tilt")
    note = (
        f" {len(low)} low sessions have two parts of five events: p = {p:.2f} by permutation. "
        f"With one such part or more ({len(one_low)} low, {len(one_high)} high) the AUC of "
        f"the mean is {auc(one_low, one_high):.3f}. The rule of two parts with five events each "
        f"leaves {len(low) + len(high)} of 80 sessions, too few low ones for the row to be judged: "
        "what it asks can be seen only under the weaker rule."
    )
    return replace(row, how=row.how + note)


def word_share(annomi: Seen, rogers: Seen) -> list[Row]:
    """Who holds the floor, in words."""
    mean = annomi.of("talk_share")["therapist"].drop_nulls().to_numpy().astype(float)
    value = bootstrap(lambda at: float(mean[at].mean()), len(mean))
    shares = rogers.of("talk_share").select("session_id", "therapist").sort("session_id")
    said = ", ".join(f"{s} {x:.3f}" for s, x in shares.iter_rows())
    return [
        Row(
            "annomi_dev",
            "therapist's word share, mean of the sessions",
            "0.55 (to ± .02)",
            value.text(),
            abs(value.value - 0.55) <= 0.02,
            f"`talk_share` in words (no end times); SD {mean.std(ddof=1):.3f}.",
        ),
        Row(
            "rogers_dev",
            "therapist's word share in each session of Carl Rogers",
            "each below 0.40",
            said,
            bool((shares["therapist"] < 0.40).all()) and shares.height == 3,
            "`talk_share` in words; exact, no interval.",
        ),
    ]


def interview_rows(annomi: Seen, rogers: Seen, rows: pl.DataFrame) -> list[Row]:
    """All rows of the interviews but the learned coder's."""
    return [
        question_f1(annomi, rows),
        open_closed_f1(annomi, rows),
        quality_row(annomi, rows, "lead_share", "therapist", "AUC ≥ 0.80", lambda x: x >= 0.80),
        quality_row(
            annomi,
            rows,
            "directives",
            "therapist",
            "AUC ≥ 0.66, higher in low",
            lambda x: x >= 0.66,
        ),
        room_tilt_row(annomi, rows),
        *word_share(annomi, rogers),
    ]
