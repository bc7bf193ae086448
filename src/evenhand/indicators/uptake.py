"""Whether a position that the client names is taken up."""

from __future__ import annotations

import polars as pl

from evenhand.core.contracts import Indicator
from evenhand.core.example import exchange
from evenhand.core.features import Features

REACH = 2
"""How many of the therapist's next turns may take it up."""


def _replies(features: Features) -> pl.DataFrame:
    """Each client's naming beside each of the therapist's next turns: row, reply, session."""
    turns = features.turns.filter(pl.col("side") != 0)
    theirs = turns.filter(pl.col("side") == 1).select("session", reply="row")
    theirs = theirs.with_columns(place=pl.int_range(pl.len()).over("session"))
    named = turns.filter((pl.col("side") == -1) & (pl.col("n_position_named") > 0))
    first = named.select("session", "row").join_asof(
        theirs,
        left_on="row",
        right_on="reply",
        by="session",
        strategy="forward",
        check_sortedness=False,
    )
    steps = pl.DataFrame({"step": range(REACH)})
    return (
        first.join(steps, how="cross")
        .with_columns(place=pl.col("place") + pl.col("step"))
        .join(theirs, on=["session", "place"], suffix="_step")
        .select("session", "row", reply="reply_step")
    )


def _taken_up(features: Features) -> pl.DataFrame:
    """Each client's naming and whether it was taken up: session, row, taken."""
    pairs = _replies(features)
    named = features.turns.filter((pl.col("side") == -1) & (pl.col("n_position_named") > 0))
    rows = pl.concat([pairs["row"], pairs["reply"]]).unique().implode()
    words = (
        features.words.filter(pl.col("row").is_in(rows) & (pl.col("word").str.len_chars() > 3))
        .select("row", "word")
        .unique()
    )
    shared = (
        pairs.join(words, on="row")
        .join(words.rename({"row": "reply"}), on=["reply", "word"])
        .join(_common(features), on="word", how="anti")
        .select("row", "reply")
    )
    spoken = features.turns.filter((pl.col("side") == 1) & (pl.col("n_position_named") > 0))
    again = pairs.join(spoken.select(reply="row"), on="reply").select("row", "reply")
    taken = pl.concat([shared, again]).select("row").unique()
    return named.select("session", "row").with_columns(
        taken=pl.col("row").is_in(taken["row"].implode())
    )


def _common(features: Features) -> pl.DataFrame:
    """Words so common that sharing one shows nothing: the language's own, not the session's."""
    return pl.DataFrame({"word": sorted(_FUNCTION_WORDS)})


_FUNCTION_WORDS = frozenset(
    """about after again also always because been before being both came come could didn't does
    doesn't doing done don't down each else even ever every from gets give goes going gone good
    have having here herself himself into isn't it's i've i'll i'm just keep kind know last less
    like little look made make many maybe mean more most much must myself need never next only
    other over really right said same says should some something sort still such take than that
    that's their them then there there's these they they're thing things think this those though
    time told took until very want was wasn't well went were what what's when where which while
    will with without would year yeah your you're yours""".split()
)


def compute_uptake(features: Features) -> pl.DataFrame:
    """Namings (exposure) and namings taken up (amount), credited to the therapist."""
    counts = (
        _taken_up(features)
        .group_by("session")
        .agg(
            pl.col("taken").sum().cast(pl.Float64).alias("k_therapist"),
            pl.len().cast(pl.Float64).alias("e_therapist"),
        )
    )
    return counts.with_columns(
        dispersion_therapist=1.0 - pl.col("k_therapist") / pl.col("e_therapist"),
        absent=pl.format(
            "{} namings here: read over a treatment, from five on", pl.col("e_therapist").cast(int)
        ),
    )


def uptake_evidence(features: Features) -> pl.DataFrame:
    """The namings that were taken up."""
    taken = _taken_up(features).filter("taken")
    return taken.select(
        "row",
        side=pl.lit(1, pl.Int8),
        start_char=pl.lit(None, pl.Int64),
        end_char=pl.lit(None, pl.Int64),
    )


INDICATOR = Indicator(
    name="uptake",
    version=1,
    facet="recognition",
    title="Took up a position that was named",
    kind="one_sided",
    direction=0,
    side="therapist",
    unit="of the client's namings",
    why=(
        "What a client offers about who they are in the world can be met or passed over. Passing "
        "on may be tact, or the clock."
    ),
    formula=(
        "client's namings of a position that share a word with the therapist's next two turns, or "
        "are followed there by a naming ÷ client's namings, over a dyad"
    ),
    source="Cultural opportunities: Owen et al. 2016, doi:10.1037/pst0000046. Lexical only.",
    needs=("codes",),
    compute=compute_uptake,
    evidence_of=uptake_evidence,
    example=exchange(
        ("client", "As a woman on that site I had to be twice as good as any of the others."),
        ("therapist", "Twice as good as the others on that site: what did that take out of you?"),
        times=14,
    ),
    expected={"k_therapist": 14, "e_therapist": 14},
)
