"""MAIHDA in words that a clinic lead understands, and as a table for a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import polars as pl

from evenhand.core.wording import listed
from evenhand.models.intervals import share_interval
from evenhand.models.maihda import LATENT, Maihda
from evenhand.models.maihda_said import Part
from evenhand.models.maihda_table import STRATUM, axes_added

if TYPE_CHECKING:
    from evenhand.runs.maihda import MaihdaResult

MOST = 12
"""Strata in a table on the screen; all are in the JSON and in Python."""
SMALL_STRATUM = 20
"""Rows under which a stratum's own mean is mostly chance."""

NAMED = {
    "reml": "REML",
    "ml": "ML",
    "laplace": "Laplace",
}


UNRELEASED = "Unreleased: computed on this machine by the holder of the data. Not to be passed on."
"""Stands under every figure of MAIHDA: what leaves, leaves by a release."""


def sentences(found: Maihda) -> list[str]:
    """What the numbers say, one sentence a line."""
    said = [opening(found), between(found)]
    if found.question.cluster:
        said.append(clusters(found))
    if found.adjusted is not None:
        said.append(sum_of_axes(found))
    if found.family == "binomial":
        said.append(told_apart(found))
    said.append("These are associations: they say neither why strata differ nor whose doing it is.")
    return said


def opening(found: Maihda) -> str:
    """What was looked at."""
    axes = listed(found.question.strata)
    small = int((found.strata["n"] < SMALL_STRATUM).sum())
    few = f", {small:,} of them with fewer than {SMALL_STRATUM} rows" if small else ""
    return (
        f"{found.question.outcome} in {found.n:,} rows, {found.n_strata:,} strata by {axes}{few} "
        f"({NAMED[found.method]})."
    )


def between(found: Maihda) -> str:
    """VPC in words."""
    part = found.null
    scale = " on the log-odds scale" if found.family == "binomial" else ""
    text = (
        f"Of all differences in {found.question.outcome}{scale}, {_percent(part.vpc)} lie between "
        f"strata (VPC {_number(part.vpc)}{_vpc_ends(part, found)}); the rest lies within them: "
    )
    if part.vpc < 0.05:
        return text + "people of one stratum differ among themselves far more than strata do."
    return text + "knowing the stratum tells that much about a person, and no more."


def clusters(found: Maihda) -> str:
    """The strata's share of what lies between clients, therapists and the like."""
    variances = found.null.fit.variances
    shares = []
    for name in found.question.cluster:
        both = variances[STRATUM] + variances[name]
        share = variances[STRATUM] / both if both else 0.0
        shares.append(f"{_percent(share)} of what lies between {name} and strata together")
    return f"The strata hold {listed(shares)}."


def sum_of_axes(found: Maihda) -> str:
    """PCV in words."""
    assert found.adjusted is not None
    axes = listed(axes_added(found.question)) or "the axes"
    if found.pcv is None:
        return "The strata do not differ measurably, so there is nothing to be explained by axes."
    left = f"VPC {_number(found.adjusted.vpc)}{_vpc_ends(found.adjusted, found)}"
    named = f"PCV {_number(found.pcv)} by {NAMED[found.method]}{_pcv_ends(found)}"
    if found.pcv < 0:
        return (
            f"Taken one by one, {axes} explain nothing of it: between strata there is more left "
            f"than before ({named}; left between strata: {left})."
        )
    return (
        f"Of what lies between strata, {_percent(found.pcv)} goes with {axes} one by one ({named})"
        f"; {_percent(1 - found.pcv)} is more, or less, than their sum (left between strata: "
        f"{left})."
    )


def told_apart(found: Maihda) -> str:
    """MOR, AUC and the share on the outcome's own scale."""
    assert found.mor is not None
    assert found.auc is not None
    assert found.vpc_response is not None
    return (
        f"Of two people of different strata, the odds of the one are {found.mor:.2f} times the "
        f"other's at the median (MOR); strata tell a yes from a no with AUC {found.auc:.2f} (.50 "
        f"is chance); on the scale of yes and no, {_percent(found.vpc_response)} lie between them."
    )


def _vpc_ends(part: Part, found: Maihda) -> str:
    rest = LATENT if found.family == "binomial" else 0.0
    low, high = share_interval(part.fit, STRATUM, rest)
    if high is None:
        return ", no upper limit can be given"
    return f", 95 % interval {_number(low)} to {_number(high)}"


def _pcv_ends(found: Maihda) -> str:
    if found.pcv_low is None or found.pcv_high is None:
        return "; --bootstrap 200 gives it an interval"
    ends = f"{_number(found.pcv_low)} to {_number(found.pcv_high)}"
    return f", 95 % interval {ends} from {found.draws:,} bootstrap replicates"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.095 or share == 0 else f"{100 * share:.1f} %"


def _number(value: float) -> str:
    text = f"{abs(value):.3f}"
    short = text[1:] if text.startswith("0") else text
    return f"−{short}" if value < 0 and short != ".000" else short


def model_rows(found: Maihda) -> tuple[list[str], list[list[str]]]:
    """Both models side by side: headings and rows."""
    parts = [found.null] + ([found.adjusted] if found.adjusted else [])
    heads = ["", "Null model", "Adjusted model"][: 1 + len(parts)]
    rows = []
    for name in found.null.fit.variances:
        title = {"stratum": "between strata", "residual": "within (residual)"}.get(name, name)
        rows.append([f"Variance {title}", *(_with_error(p, name) for p in parts)])
    rows.append(["VPC", *(f"{_number(p.vpc)}{_brackets(p, found)}" for p in parts)])
    return heads, rows


def _brackets(part: Part, found: Maihda) -> str:
    rest = LATENT if found.family == "binomial" else 0.0
    low, high = share_interval(part.fit, STRATUM, rest)
    return "" if high is None else f" [{_number(low)}, {_number(high)}]"


def _with_error(part: Part, name: str) -> str:
    se = part.fit.variance_se[name]
    value = part.fit.variances[name]
    return f"{value:.4g} (se {se:.2g})" if se == se else f"{value:.4g} (at the boundary)"


def strata_rows(found: Maihda, most: int | None = MOST) -> tuple[list[str], list[list[str]], int]:
    """Strata by their effect, both ends: headings, rows, and how many are left out."""
    table = found.strata.sort("effect", descending=True)
    left = 0
    if most is not None and table.height > most:
        left = table.height - most
        table = pl.concat([table.head(most // 2), table.tail(most - most // 2)])
    word = "Beyond the sum of axes" if found.adjusted else "Effect"
    heads = ["Stratum", "n", word, "95 % interval", "Predicted"]
    rows = [
        [
            str(r["name"]),
            f"{r['n']:,}",
            f"{r['effect']:+.3g}",
            f"{r['low']:+.3g} to {r['high']:+.3g}",
            f"{r['predicted']:.3g}",
        ]
        for r in table.iter_rows(named=True)
    ]
    return heads, rows, left


def as_html(found: MaihdaResult) -> str:
    """Sentences, both models and the strata, as HTML."""
    said = "".join(f"<p>{escape(line)}</p>" for line in sentences(found))
    warned = "".join(f"<li>{escape(line)}</li>" for line in found.warnings)
    heads, rows, _ = strata_rows(found, None)
    return (
        f"<div>{said}{_table(*model_rows(found))}"
        + (f"<ul>{warned}</ul>" if warned else "")
        + f"{_table(heads, rows)}<p>{escape(UNRELEASED)}</p></div>"
    )


def _table(heads: list[str], rows: list[list[str]]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(one)}</td>" for one in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
