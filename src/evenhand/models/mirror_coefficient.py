"""The mirror coefficient: does the room follow standing?

Within a caseload the gap between two people *is* the client's standing, so both standings enter,
and a gap is spoken of only where both say the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.models.mirror_counts import CountsFit, Kind, counted_rows, fit_counts, sessions_of
from evenhand.models.mirror_terms import (
    STANDING,
    Estimate,
    Freedom,
    contrast,
    freedom_of,
    mend_between,
    satterthwaite,
    with_caseload,
)


@dataclass(frozen=True)
class Mirror:
    """What standing goes with in the room, as log rate ratios (``turns``: log odds ratios).

    Positive: the therapist's side holds more. A step of 1 is half of the way from the lowest
    standing to the highest.

    Args:
        kind: how the amounts were modelled.
        beta_t: the therapist's standing, between therapists.
        beta_c: the client's, between clients of one therapist.
        mirror: (β_T − β_C)/2, the mirror coefficient.
        both: β_T + β_C, which is 0 where the gap alone counts.
        caseload: the mean of the clients' standing in a caseload, beyond the client's own.
        absolute: the size of the gap, |s_T − s_C|, when it is added.
        word: ``gap``, ``therapist's standing``, ``client's standing``, ``both standings`` or
            ``nothing clear``: what may be said.
        sessions, clients, therapists: who was counted; `left_out` rows held nothing to count.
        variances: of the random effects.
        singular: a variance is 0.
        warnings: what a reader must know.
    """

    kind: Kind
    beta_t: Estimate
    beta_c: Estimate
    mirror: Estimate
    both: Estimate
    caseload: Estimate
    absolute: Estimate | None
    word: str
    sessions: int
    clients: int
    therapists: int
    left_out: int
    variances: dict[str, float]
    singular: bool
    warnings: tuple[str, ...]


def fit_mirror(table: pl.DataFrame, kind: Kind, *, absolute: bool = True) -> Mirror:
    """Fit the mirror coefficient of one indicator, or of several stacked.

    Args:
        table: a row a session and indicator: ``session_id, client_id, therapist_id, number,
            indicator, direction`` (1 or −1), ``k_t, e_t, k_c, e_c``, ``s_t, s_c``.
        kind: how the amounts are modelled.
        absolute: also add the size of the gap, in a second fit.

    Raises:
        EvenhandError: too few people, standings that do not vary, or counts that no model takes.
    """
    standing = table.filter(pl.col("s_t").is_not_null() & pl.col("s_c").is_not_null())
    rows = counted_rows(with_caseload(standing), kind, STANDING)
    people = freedom_of(rows)
    fitted = fit_counts(rows, kind, STANDING)
    found = _read(fitted, people, kind, rows)
    size = _absolute(rows, kind, people) if absolute else None
    return replace(found, absolute=size, left_out=table.height - int(rows["rows"].sum()))


def _read(fitted: CountsFit, people: Freedom, kind: Kind, rows: pl.DataFrame) -> Mirror:
    t, c, m = (fitted.places[name] for name in ("s_t", "s_c", "caseload"))
    mend = mend_between(fitted.fit, fitted.places, people)
    beta_t = contrast(fitted.fit, {t: 1.0}, people.between, mend)
    beta_c = contrast(fitted.fit, {c: 1.0}, people.within)
    df = satterthwaite(beta_t, beta_c)
    both = contrast(fitted.fit, {t: 1.0, c: 1.0}, df, mend)
    mirror = contrast(fitted.fit, {t: 0.5, c: -0.5}, df, mend)
    return Mirror(
        kind=kind,
        beta_t=beta_t,
        beta_c=beta_c,
        mirror=mirror,
        both=both,
        caseload=contrast(fitted.fit, {m: 1.0}, people.between, mend),
        absolute=None,
        word=word_of(beta_t, beta_c, both),
        sessions=sessions_of(rows),
        clients=people.clients,
        therapists=people.therapists,
        left_out=0,
        variances={name: float(v) for name, v in fitted.fit.variances.items()},
        singular=fitted.fit.singular,
        warnings=fitted.warnings,
    )


def word_of(beta_t: Estimate, beta_c: Estimate, both: Estimate) -> str:
    """What may be said: "gap" only where β_T and −β_C agree, else whose standing.

    They agree where each is clear of 0, they point opposite ways, and their sum is not clear of
    0. One clear coefficient and one that is not are no gap: within a caseload the gap *is* the
    client's standing.
    """
    if beta_t.clear and beta_c.clear:
        opposite = beta_t.estimate * beta_c.estimate < 0
        return "gap" if opposite and not both.clear else "both standings"
    if beta_t.clear:
        return "therapist's standing"
    return "client's standing" if beta_c.clear else "nothing clear"


def _absolute(rows: pl.DataFrame, kind: Kind, people: Freedom) -> Estimate | None:
    """The size of the gap, beside both standings; None where it says nothing of its own."""
    sized = rows.with_columns(absolute=(pl.col("s_t") - pl.col("s_c")).abs())
    try:
        fitted = fit_counts(sized, kind, (*STANDING, "absolute"))
    except EvenhandError:  # with two standings a side the size can be their sum
        return None
    return contrast(fitted.fit, {fitted.places["absolute"]: 1.0}, people.between)
