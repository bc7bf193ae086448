"""More than the sum? VPC and PCV, outcome by outcome, in words first."""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.release.models import ReleasedModel
from evenhand.reports.blocks import Figure, Section, Table
from evenhand.reports.mirror_rows import counted
from evenhand.reports.mirror_shares import between_said, divided, is_it_real, sum_said
from evenhand.reports.mirror_view import DISCOVERY, MirrorView, outcome_title, q_of, told_q
from evenhand.reports.numbers import capital
from evenhand.reports.page import part

NAMES = {"vpc": "VPC", "vpc_left": "VPC left beyond the sum", "pcv": "PCV", "mor": "MOR"}
METHODS = {"reml": "restricted likelihood (REML)", "ml": "ML", "laplace": "Laplace"}


def _row(one: ReleasedModel) -> dict[str, object]:
    said = sum_said(one.shares)
    return {
        "title": capital(outcome_title(one)),
        "between": between_said(one.shares, outcome_title(one)),
        "sum": said,
        "real": f"{_tested(one)} {is_it_real(one.shares, bool(one.told['boundary']))}",
        "drawn": divided(one.shares, said) if one.shares["pcv"][0] is not None else "",
        "n": f"{counted(one)}; {_method(one)}",
    }


def _tested(one: ReleasedModel) -> str:
    """Whether groups differ at all, and beyond the sum, among as many outcomes as are here."""
    named = {"q": "That groups differ at all", "q_beyond": "That they differ beyond the sum"}
    said = []
    for name, what in named.items():
        q = q_of(one, name)
        if q is not None:
            read = "is real" if q <= DISCOVERY else "could be chance"
            said.append(f"{what} {read} (q {told_q(q)}).")
    return " ".join(said)


def _method(one: ReleasedModel) -> str:
    return METHODS[str(one.told["method"])]


def _cell(one: ReleasedModel, name: str) -> str:
    numbers = [x for x in one.shares.get(name, ()) if x is not None]
    if not numbers:
        return ""
    words = [f"{x:.3f}".replace("-", "−") for x in numbers]
    return words[0] if len(words) < 3 else f"{words[0]} [{words[1]}, {words[2]}]"


def _table(models: Sequence[ReleasedModel]) -> Table:
    rows = [
        [
            capital(outcome_title(one)),
            *(_cell(one, n) for n in NAMES),
            *(told_q(q_of(one, n)) for n in ("q", "q_beyond")),
            f"{one.clients:,}",
            _method(one),
        ]
        for one in models
    ]
    caption = (
        "VPC: share of all variance that lies between strata (log odds for leaving). PCV: share of "
        "that which goes with the axes one by one. MOR: median odds ratio of two strata. q: of no "
        "variance between strata, and of none beyond the sum, among the outcomes."
    )
    head = ["", *NAMES.values(), "q", "q beyond", "clients", "method"]
    return Table(caption, head, rows, frozenset({8}))


def build(view: MirrorView) -> list[Figure]:
    """One figure, a bar an outcome."""
    models = [one for one in view.shown("strata") if one.shares]
    if not models:
        return []
    say = f"{capital(outcome_title(models[0]))}: {sum_said(models[0].shares)}"
    how = (
        "Two questions: how much of all differences lies between groups at all, and whether groups "
        "where positions meet fare otherwise than each position by itself would say."
    )
    body = part("mirror_sum.html", rows=[_row(one) for one in models])
    return [Figure("sum", "More than the sum?", say, how, body, _table(models))]


SECTION = Section("mirror_sum", "mirror", 60, build)
