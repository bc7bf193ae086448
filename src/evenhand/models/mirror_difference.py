"""Without a hierarchy: does the room differ where two people's positions differ?

Nobody is ranked. A pair that gave the same answer is compared with a pair that did not, within
one caseload, so that the therapist is the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from evenhand.models.mirror_counts import Kind, counted_rows, fit_counts, sessions_of
from evenhand.models.mirror_terms import (
    Estimate,
    contrast,
    freedom_of,
    mend_between,
    with_caseload,
)


@dataclass(frozen=True)
class Difference:
    """Log rate ratio of the therapist's side, pairs that differ against pairs that do not.

    Args:
        kind: how the amounts were modelled.
        within: between clients of one therapist.
        caseload: caseloads with more differing pairs, beyond that.
        sessions, clients, therapists: who was counted; `left_out` rows held nothing to count.
        variances: of the random effects.
        singular: a variance is 0.
        warnings: what a reader must know.
    """

    kind: Kind
    within: Estimate
    caseload: Estimate
    sessions: int
    clients: int
    therapists: int
    left_out: int
    variances: dict[str, float]
    singular: bool
    warnings: tuple[str, ...]


def fit_difference(table: pl.DataFrame, kind: Kind) -> Difference:
    """Fit counts on whether two people's answers differ.

    Args:
        table: as in `fit_mirror`, with ``differs`` (1, 0, null where either did not answer) in
            the place of both standings.
        kind: how the amounts are modelled.

    Raises:
        EvenhandError: too few people, or pairs that all differ or all do not.
    """
    known = table.filter(pl.col("differs").is_not_null())
    named = with_caseload(known.with_columns(s_c=pl.col("differs").cast(pl.Float64)))
    rows = counted_rows(named, kind, ("s_c", "caseload"))
    people = freedom_of(rows, therapists=False)
    fitted = fit_counts(rows, kind, ("s_c", "caseload"))
    place = fitted.places
    mend = mend_between(fitted.fit, place, people)
    return Difference(
        kind=kind,
        within=contrast(fitted.fit, {place["s_c"]: 1.0}, people.within),
        caseload=contrast(fitted.fit, {place["caseload"]: 1.0}, people.between, mend),
        sessions=sessions_of(rows),
        clients=people.clients,
        therapists=people.therapists,
        left_out=table.height - int(rows["rows"].sum()),
        variances={name: float(v) for name, v in fitted.fit.variances.items()},
        singular=fitted.fit.singular,
        warnings=fitted.warnings,
    )
