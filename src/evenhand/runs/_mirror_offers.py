"""What a mirror page asks to show: every fitted model, with the people who stand behind it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import polars as pl

from evenhand import __version__
from evenhand.models.intervals import share_interval
from evenhand.models.maihda import LATENT
from evenhand.models.maihda_table import STRATUM
from evenhand.models.mirror_dif import NOT_TESTABLE
from evenhand.release.mirror import MEETS, as_group
from evenhand.release.models import Offer
from evenhand.runs._maihda_page import strata_of
from evenhand.runs._mirror_items import alliance_answers
from evenhand.runs._mirror_measured import group_in_words, groups_of
from evenhand.runs._mirror_room import FAMILY, PARTS, counts_with_who
from evenhand.runs._mirror_strata import Meeting
from evenhand.runs._mirror_study import StudyMirror
from evenhand.runs._mirror_tables import StudyTables
from evenhand.runs._mirror_treated import Outcome, outcomes_of

Row = Mapping[str, Any]
BOTH = ["client_id", "therapist_id"]


class Behind:
    """Who stands behind a model: one frame each, made once."""

    def __init__(self, tables: StudyTables) -> None:
        """Keep the tables that the models were fitted on."""
        self.tables = tables
        self.outcomes = {one.name: one for one in outcomes_of(tables)}
        self.room = cache(self._room)
        self.outcome = cache(self._outcome)

    def _room(self, name: str, axis: str) -> pl.DataFrame:
        rows = counts_with_who(self.tables, PARTS if name == FAMILY else (name,))
        rows = rows.with_columns(y=pl.col("k_t") + pl.col("k_c")).drop_nulls("y")
        people = rows.group_by(BOTH, maintain_order=True).agg(pl.col("y").sum())
        return self._sided(people, axis, with_t=True)

    def _outcome(self, name: str, axis: str, with_t: bool) -> pl.DataFrame:
        outcome: Outcome = self.outcomes[name]
        rows = outcome.table.drop_nulls(["y", *outcome.covariates])
        people = rows.group_by(BOTH, maintain_order=True).agg(pl.col("y").mean())
        return self._sided(people, axis, with_t=with_t)

    def sessions(self, name: str) -> pl.DataFrame:
        """Pairs with several sessions that hold counts and an alliance."""
        counts = counts_with_who(self.tables, PARTS if name == FAMILY else (name,))
        rated = self.outcomes["alliance"].table.drop_nulls(["y"])
        both = rated.join(counts, on="session_id", how="semi")
        people = both.group_by(BOTH, maintain_order=True).agg(pl.col("y").mean(), n=pl.len())
        return people.filter(pl.col("n") > 1).drop("n")

    def items(self, axis: str, groups: Sequence[str]) -> pl.DataFrame:
        """Who answered the alliance's items, their mean answer, and the groups that were tested."""
        _, answers = alliance_answers(self.tables)
        mean = pl.mean_horizontal(pl.exclude("client_id"))
        people = answers.select("client_id", y=mean).join(
            groups_of(self.tables, axis, "client_id"), on="client_id", maintain_order="left"
        )
        seen = self.tables.visits.select(BOTH).unique(maintain_order=True)
        people = people.join(seen, on="client_id", maintain_order="left")
        sides = {f"side_{n}": pl.col("group") == group for n, group in enumerate(groups)}
        tested = people.filter(pl.col("group").is_in(list(groups))).with_columns(**sides)
        return tested.select(*BOTH, "y", *sides)

    def _sided(self, people: pl.DataFrame, axis: str, with_t: bool) -> pl.DataFrame:
        """Only those who were compared, with the side on which each person stands."""
        if self.tables.hierarchy is None:
            told = self.tables.with_difference(people, axis).drop_nulls("differs")
            return told.with_columns(side_c=pl.col("differs") > 0).drop("differs")
        told = self.tables.with_standing(people, axis).drop_nulls("s_c")
        told = told.drop_nulls("s_t") if with_t else told
        above = {
            f"side_{w}": pl.col(f"s_{w}") > pl.col(f"s_{w}").mean() for w in "ct"[: 1 + with_t]
        }
        return told.with_columns(**above).drop("s_c", "s_t")


def offers_of(found: StudyMirror, tables: StudyTables) -> list[Offer]:
    """Every model that a page could show."""
    behind = Behind(tables)
    return [
        *_room(found, behind),
        *_treatment(found, behind),
        *_therapists(found, behind),
        *_paths(found, behind),
        *_bounds(found, behind),
        *_items(found, behind),
        *_controls(found, behind),
        *(_meeting(one, row) for one, row in zip(found.meetings, found.strata, strict=True)),
    ]


def _room(found: StudyMirror, behind: Behind) -> Iterator[Offer]:
    names = ("mirror", "beta_t", "beta_c", "both")
    for row in found.room:
        told = _told(row, "indicator", "title", "axis", "word", "no_difference", "kind")
        yield Offer(
            f"room/{row['indicator']}/{row['axis']}",
            behind.room(row["indicator"], row["axis"]),
            {name: _ends(row[name]) for name in names},
            {"q": (row.get("q"),)},
            told | {"primary": "primary" in row},
        )
    for row in found.differences:
        yield Offer(
            f"differs/{row['indicator']}/{row['axis']}",
            behind.room(row["indicator"], row["axis"]),
            {"within": _ends(row["within"])},
            {"q": (row.get("q"),)},
            _told(row, "indicator", "title", "axis", "kind"),
        )


def _treatment(found: StudyMirror, behind: Behind) -> Iterator[Offer]:
    for row in found.treatment:
        names = [n for n in ("within", "between", "therapist") if row[n] is not None]
        e = row["e_value"]
        yield Offer(
            f"treatment/{row['outcome']}/{row['axis']}",
            behind.outcome(row["outcome"], row["axis"], row["therapist"] is not None),
            {name: _ends(row[name]) for name in names},
            {"q": (row.get("q"),), "q_between": (row.get("q_between"),)}
            | {"e_value": (e["estimate"], e["limit"], None)},
            _told(row, "outcome", "title", "axis", "step", "family", "primary", "no_difference"),
            yes_no=row["family"] == "logit",
        )


def _therapists(found: StudyMirror, behind: Behind) -> Iterator[Offer]:
    """How much therapists' gaps differ: one spread, never whose gap it is."""
    for row in found.gaps:
        yield Offer(
            f"therapists/{row['outcome']}/{row['axis']}",
            behind.outcome(row["outcome"], row["axis"], False),
            {"spread": (row["spread"], row["low"], row["high"])},
            {"p": (row["p"],), "reliability": (row["reliability"],)},
            _told(row, "outcome", "title", "axis"),
        )


def _paths(found: StudyMirror, behind: Behind) -> Iterator[Offer]:
    for row in found.paths:
        yield Offer(
            f"path/{row['mediator']}/{row['outcome']}/{row['axis']}",
            behind.outcome(row["outcome"], row["axis"], True),
            {name: _ends(row[name]) for name in ("a", "b", "indirect", "direct")},
            {"rho": (row["rho"],), "q": (row["q"],)},
            _told(row, "mediator", "outcome", "title", "axis"),
        )
    yield from _within(found, behind)


def _within(found: StudyMirror, behind: Behind) -> Iterator[Offer]:
    """Between the sessions of a pair: on no axis, so once."""
    row = next((one for one in found.paths if one["within"] is not None), None)
    if row is not None:
        one = row["within"]
        yield Offer(
            f"within/{row['mediator']}",
            behind.sessions(row["mediator"]),
            {"b": _ends(one)},
            {"reliability": (one["reliability"],), "spread": (one["spread"],)},
            _told(row, "mediator", "outcome"),
        )


def _bounds(found: StudyMirror, behind: Behind) -> Iterator[Offer]:
    """Where recall leaves room for each coefficient: least, most, and the interval outside."""
    for row in found.bounds:
        yield Offer(
            f"bounds/{row['indicator']}/{row['axis']}",
            behind.room(row["indicator"], row["axis"]),
            {
                name: [row[name][end] for end in ("least", "most", "low", "high")]
                for name in ("mirror", "beta_t", "beta_c")
            },
            told=_told(row, "indicator", "title", "axis"),
        )


def _items(found: StudyMirror, behind: Behind) -> Iterator[Offer]:
    """Each item's log odds by group, the rise of R², its q, and whether that rise counts."""
    for row in found.items:
        tested = [one["group"] for one in row["groups"] if one["status"] != NOT_TESTABLE]
        if not row["items"]:
            continue
        yield Offer(
            f"items/{row['axis']}",
            behind.items(row["axis"], tested),
            {
                f"{one['item']}/{shift['group']}": _ends(shift)
                for one in row["items"]
                for shift in one["shifts"]
            },
            {
                f"item {one['item']}": (one["delta_r2"], one["q"], float(one["differs"]))
                for one in row["items"]
            }
            | {"limit": (row["limit"],)},
            _told(row, "axis", "instrument")
            | {"groups": {one: group_in_words(one) for one in tested}},
        )


def _controls(found: StudyMirror, behind: Behind) -> Iterator[Offer]:
    for row in found.controls:
        what = row.get("indicator", row.get("outcome"))
        traded = "indicator" in row
        who = behind.room(what, row["axis"]) if traded else behind.outcome(what, row["axis"], False)
        yield Offer(
            f"control/{what}/{row['axis']}",
            who,
            {"control": _ends(row)},
            told=_told(row, "title", "axis", "control") | {"traded": traded},
        )


def _meeting(one: Meeting, found: Row) -> Offer:
    """VPC, PCV and the strata of one outcome; numbers of strata in its standard deviations."""
    result, name = one.result, one.outcome.name
    axes = list(result.question.strata)
    used = [name, *axes, *one.outcome.covariates]
    people = one.table.drop_nulls(used).with_columns(_stratum(axes))
    y = people[name].cast(pl.Float64)
    yes_no = result.family == "binomial"
    unit = 1.0 if yes_no else float(y.std())  # type: ignore[arg-type]
    return Offer(
        f"strata/{name}",
        people.select(*BOTH, "stratum", y=y),
        shares=_shares(one, found),
        told={"outcome": name, "title": one.outcome.title, "axes": axes, "family": result.family}
        | {"method": result.method, "boundary": _at_boundary(one)},
        yes_no=yes_no,
        strata=_strata(one, axes, unit),
    )


def _at_boundary(one: Meeting) -> bool:
    """Whether a variance between strata is estimated as 0."""
    parts = (one.result.null, one.result.adjusted)
    return any(part is not None and part.var_stratum == 0 for part in parts)


def _stratum(axes: Sequence[str], prefix: str = "") -> pl.Expr:
    parts = [as_group(pl.col(prefix + axis).cast(pl.String)) for axis in axes]
    return pl.concat_str(parts, separator=MEETS).alias("stratum")


def _shares(one: Meeting, row: Row) -> dict[str, Sequence[float | None]]:
    result = one.result
    rest = LATENT if result.family == "binomial" else 0.0
    found: dict[str, Sequence[float | None]] = {
        "vpc": (result.null.vpc, *share_interval(result.null.fit, STRATUM, rest)),
        "pcv": (result.pcv, result.pcv_low, result.pcv_high),
        "q": (row["q"],),
        "q_beyond": (row.get("q_beyond"),),
    }
    if result.adjusted is not None:
        ends = share_interval(result.adjusted.fit, STRATUM, rest)
        found["vpc_left"] = (result.adjusted.vpc, *ends)
    for name in ("mor", "auc", "vpc_response"):
        found[name] = (getattr(result, name),)
    return found


def _strata(one: Meeting, axes: Sequence[str], unit: float) -> pl.DataFrame:
    """Numbers of strata, under the names that the engine counts them by."""
    rows = strata_of(one.result, unit).with_columns(_stratum(axes, "axis "))
    return rows.drop("n", *(f"axis {axis}" for axis in axes))


def facts_of(tables: StudyTables) -> pl.DataFrame:
    """A row a client and therapist, with all of the client that a model could depend on."""
    visits = tables.visits.select("session_id", *BOTH)
    here = visits.group_by(BOTH).agg(told=pl.len().cast(pl.String))
    scores = tables.scores.join(visits, on="session_id").group_by(*BOTH, "instrument", "scale")
    counts = tables.counts.join(visits, on="session_id").group_by(*BOTH, "indicator")
    whole = pl.concat_str(pl.sum("k_t").round(3), pl.lit("/"), pl.sum("k_c").round(3))
    ended = tables.treatments.select(*BOTH, told=pl.col("ended").cast(pl.String))
    ranks = tables.standing.select(client_id="person_id", told=_named("axis", "standing"))
    return pl.concat(
        [
            here,
            scores.agg(x=pl.sum("score").round(3)).select(*BOTH, told=_named("scale", "x")),
            counts.agg(x=whole).select(*BOTH, told=_named("indicator", "x")),
            ended,
            ranks.join(visits.select(BOTH).unique(), on="client_id").select(*BOTH, "told"),
        ]
    ).with_columns(pl.col("told").fill_null(""))


def _named(name: str, value: str) -> pl.Expr:
    return pl.concat_str(name, pl.lit("="), pl.col(value).cast(pl.String).fill_null(""))


def settings_of(tables: StudyTables) -> str:
    """What the models depend on besides the data: the claim, the plan, how positions are read."""
    given = {key: tables.study.config.get(key) for key in ("hierarchy", "mirror", "positions")}
    return json.dumps([__version__, given], sort_keys=True, default=str)


def _told(row: Row, *names: str) -> dict[str, Any]:
    return {name: row.get(name) for name in names}


def _ends(estimate: Row) -> tuple[float, float, float]:
    return estimate["estimate"], estimate["low"], estimate["high"]
