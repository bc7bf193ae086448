"""One simulated study as the table that a model takes, with an effect of known size in it.

All studies here are of a flat society, where positions do nothing: so what is planted is all
there is. Where the question is who stays, positions are dealt out afterwards (`_plan_dealt`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal
from zlib import crc32

import numpy as np
import polars as pl
from numpy.typing import NDArray

from evenhand.theory import Conditions, Theory, World, gather
from evenhand.theory.luck import DYADS
from evenhand.theory.rated import rated_course
from evenhand.theory.record import record
from evenhand.theory.studies import Design

Floats = NDArray[np.float64]

COUNTED = "directives_process"
"""What plans of the room count: what is told of how to go about the session."""
FLAT = {"h": 0.0}
PEOPLE = 8192
"""How many they are."""
DROPPED = 2
"""`record.ENDED`: left unplanned."""


@dataclass(frozen=True)
class Task:
    """One study to simulate."""

    theory: Theory
    design: Design
    seed: int
    effect: float

    def luck(self) -> np.random.Generator:
        """For what is dealt out after the study was simulated."""
        return np.random.default_rng([self.seed, self.design.clients, self.design.sessions])

    def known(self) -> Known:
        """What this theory does of itself in studies as long as this one."""
        return _known(tuple(self.theory.items()), self.design.sessions)


def elsewhere(theory: Theory) -> int:
    """Seed of the people from whom one knows beforehand what a theory does: others for each."""
    return 7_000_000_003 + crc32(repr(tuple(theory.items())).encode())


class Known:
    """What a theory does of itself in a flat society, from many people; worked out when asked."""

    def __init__(self, theory: Theory, sessions: int) -> None:
        """Of studies with so many sessions."""
        self._size = (theory.with_(FLAT), PEOPLE, PEOPLE // 20, sessions, elsewhere(theory))

    @cached_property
    def _met(self) -> pl.DataFrame:
        return recorded(World(*self._size)).filter(pl.col("number") > 0)

    @cached_property
    def alliance_sd(self) -> float:
        """SD of clients' mean rated alliance."""
        means = self._met.group_by("client").agg(pl.col("rated_alliance").mean())
        return float(np.std(means["rated_alliance"].to_numpy()))

    @cached_property
    def alliance_within(self) -> float:
        """SD of the rated alliance over a dyad's sessions."""
        return _within(self._met, "rated_alliance")

    @cached_property
    def talk_within(self) -> float:
        """SD of the therapist's share of words over a dyad's sessions."""
        return _within(recorded(World(*self._size), ("talk_share",)), "talk")

    @cached_property
    def leaving(self) -> Floats:
        """Share that leaves after each session, of those who are there."""
        gone = self._met.group_by("number").agg((pl.col("ended") == DROPPED).mean())
        return gone.sort("number")["ended"].to_numpy()

    @cached_property
    def left(self) -> float:
        """Share that left by the last session."""
        return int((self._met["ended"] == DROPPED).sum()) / PEOPLE

    @cached_property
    def symptoms(self) -> Floats:
        """Mean rated symptoms by session, from 0 on, if all stayed; from eight times as many."""
        theory, people, _, sessions, seed = self._size
        stay = Conditions(nobody_leaves=True)
        world = World(theory, 8 * people, 8 * people // 10, sessions, seed, stay)
        staff, sums = world.staff(), np.zeros(sessions + 1)
        for block in range(world.blocks):
            dyads = gather(world, block, staff)
            for state, _, rated in rated_course(world, block, dyads, coded=False):
                sums[state.number] += rated.symptoms[0].sum()
        return sums / world.clients


def _within(rows: pl.DataFrame, column: str) -> float:
    """Pooled SD within clients."""
    away = pl.col(column) - pl.col(column).mean().over("client")
    there = rows.filter(pl.col(column).is_not_null())
    squares, people = there.select((away**2).sum())[column][0], there["client"].n_unique()
    return float(np.sqrt(squares / max(there.height - people, 1)))


@lru_cache(maxsize=64)
def _known(theory: tuple[tuple[str, float], ...], sessions: int) -> Known:
    return Known(Theory(dict(theory)), sessions)


def recorded(world: World, counts: Sequence[str] = ()) -> pl.DataFrame:
    """A world's record with ids, positions, and standing on the ladder (−1 … 1)."""
    staff, parts = world.staff(), []
    for block in range(world.blocks):
        d = gather(world, block, staff)
        where = d.clients.positions
        people = pl.DataFrame(
            {
                "client": block * DYADS + d.clients.place,
                "ethnicity": where.ethnicity,
                "gender": where.gender,
                "decile": d.clients.decile,
                "differs": (d.group != where.ethnicity).astype(np.float64),
            }
        )
        parts.append(record(world, block, staff, counts).join(people, on="client"))
    return (
        pl.concat(parts)
        .sort("client", "number")
        .with_columns(
            client_id=pl.col("client").cast(pl.String),
            therapist_id=pl.col("therapist").cast(pl.String),
            s_t=2.0 * pl.col("true_therapist_standing") - 1.0,
            s_c=2.0 * pl.col("true_client_standing") - 1.0,
            talk=pl.col("talk_words_t") / (pl.col("talk_words_t") + pl.col("talk_words_c"))
            if counts
            else pl.lit(None),
        )
    )


def study(
    task: Task,
    counts: Sequence[str] = (),
    planted_by: Literal["standing", "difference", ""] = "",
) -> pl.DataFrame:
    """One study in a flat society."""
    given = Conditions(planted=task.effect, planted_by=planted_by) if planted_by else Conditions()
    size = (task.design.clients, task.design.therapists, task.design.sessions)
    return recorded(World(task.theory.with_(FLAT), *size, task.seed, given), counts)


def room(task: Task) -> pl.DataFrame:
    """Counts of both roles, a row a session, by standing."""
    return _counts(study(task, (COUNTED,), "standing"), "s_t", "s_c")


def room_differs(task: Task) -> pl.DataFrame:
    """The same, by whether the two are of different ethnic groups."""
    return _counts(study(task, (COUNTED,), "difference"), "differs")


def _counts(rows: pl.DataFrame, *columns: str) -> pl.DataFrame:
    return rows.filter(pl.col("number") > 0).select(
        "client_id",
        "therapist_id",
        *columns,
        session_id=pl.format("{}-{}", "client", "number"),
        number=pl.col("number").cast(pl.Int64),
        indicator=pl.lit(COUNTED),
        direction=pl.lit(1),
        **{name: pl.col(f"{name}_{COUNTED}") for name in ("k_t", "e_t", "k_c", "e_c")},
    )


def _means(task: Task) -> pl.DataFrame:
    """A row a client: mean rated alliance, in SD of such means."""
    keys = ("client_id", "therapist_id", "s_t", "s_c", "ethnicity", "gender", "decile")
    mean = pl.col("rated_alliance").mean() / task.known().alliance_sd
    rows = study(task).filter(pl.col("number") > 0)
    return rows.group_by(keys, maintain_order=True).agg(y=mean)


def treatment(task: Task) -> pl.DataFrame:
    """A client's mean rated alliance, higher by the effect from lowest standing to highest."""
    return _means(task).with_columns(y=pl.col("y") + task.effect / 2.0 * pl.col("s_c"))


def strata(task: Task) -> pl.DataFrame:
    """A client's mean rated alliance, of whose variance the effect lies between strata.

    Strata are ethnicity by gender by thirds of deprivation, each with a normal effect of its own.
    """
    people = _means(task).with_columns(third=(pl.col("decile") - 1) * 3 // 10)
    code = (pl.col("ethnicity") * 2 + pl.col("gender")) * 3 + pl.col("third")
    spread = float(np.sqrt(task.effect / (1.0 - task.effect)))
    effects = spread * task.luck().standard_normal(30)
    at = people.select(code.alias("code"))["code"].to_numpy()
    return people.with_columns(y=pl.col("y") + pl.Series(effects[at]))


def scores(task: Task) -> pl.DataFrame:
    """Rated symptoms whose mean changes by the effect a session, and by nothing else."""
    rows = study(task)
    curve = task.known().symptoms[rows["number"].to_numpy()]
    number = pl.col("number").cast(pl.Float64)
    score = pl.col("rated_symptoms") - pl.Series(curve) + task.effect * number
    return rows.select(
        "therapist_id", dyad="client_id", number=number, score=score, next=came_next()
    )


def scores_and_endings(task: Task) -> pl.DataFrame:
    """The same from the first session on, with what came next and the time that passed."""
    rows = scores(task).filter(pl.col("number") > 0)
    return rows.with_columns(log_session=pl.col("number").log())


def came_next() -> pl.Expr:
    """What came after a session: as the models of leaving have it."""
    ways = {0: "stayed", 1: "completed", DROPPED: "dropped out", 3: "open"}
    return pl.col("ended").replace_strict(ways, return_dtype=pl.String)


def room_and_alliance(task: Task) -> pl.DataFrame:
    """The therapist's share of words, and an alliance that goes with the session before.

    Both in SD over a dyad's sessions. Shares of words are another dyad's of the same length, so
    that nothing else ties the two: the longest dyad that finds none as long ends where it does.
    """
    known = task.known()
    rows = study(task, ("talk_share",)).filter(pl.col("number") > 0)
    longest = (
        rows.group_by("client").agg(n=pl.len()).sort(["n", "client"], descending=[True, False])
    )
    giver = longest["client"].to_numpy()
    pairs = pl.DataFrame({"client": giver, "giver": np.concatenate([giver[1:2], giver[:-1]])})
    talk = rows.select(giver="client", number="number", room=pl.col("talk") / known.talk_within)
    own = rows.join(pairs, on="client").join(talk, on=["giver", "number"], how="left")
    before = pl.col("room").shift(1).over("client", order_by="number").fill_null(0.0)
    alliance = pl.col("rated_alliance") / known.alliance_within + task.effect * before
    return (
        own.with_columns(alliance=alliance)
        .filter(pl.col("room").is_not_null())
        .sort("client", "number")
        .select("therapist_id", "room", "alliance", dyad="client_id", nth="number")
    )
