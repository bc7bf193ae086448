"""Rules that look safe, each as a publisher: an attacker must open what they print."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from tests.release.attackers import linear_programme, pool_of
from tests.release.clinics import DIMS, Clinic
from tests.release.publications import About, Cell, Place, Publication
from tests.release.rounding import rounded

LEAST = 10

Members = dict[str, frozenset[str]]
"""Base, numerator and rest of a cell, as sets of clients."""


def members(clinic: Clinic, about: About, q: int, place: Place) -> list[frozenset[str]]:
    """Who stands in each part of a cell."""
    where = [(DIMS.index(d), v) for d, v in place]
    here = {t for t, row in clinic.quarters[q].items() if all(row[i] == v for i, v in where)}
    if not about.state:
        return [frozenset(here)]
    state = {t: clinic.state(t, about.state, q) for t in here}
    return [frozenset(t for t in here if state[t] in part) for part in about.parts]


def _cells(
    clinic: Clinic, abouts: Sequence[About], quarters: Sequence[int]
) -> Iterator[tuple[About, int, Place, list[frozenset[str]]]]:
    told = Publication((), clinic.values(), (), 1, LEAST, False)
    for about in abouts:
        for q in quarters:
            for place in told.places(about):
                yield about, q, place, members(clinic, about, q, place)


def _printed(
    clinic: Clinic, about: About, q: int, place: Place, parts: list[frozenset[str]], base: int
) -> Cell:
    """A cell as a naive clinic prints it: shares and means are those of the true counts."""
    n = len(parts[0])
    told: dict[str, float] = {}
    if about.numerator:
        told = {"k": rounded(len(parts[1]), base), "share": round(len(parts[1]) / n, 4)}
    if about.mean:
        scores = [clinic.scores[t][-1] for t in parts[0]]
        told = {"mean": round(float(np.mean(scores)), 2)}
    return Cell(about, q, place, rounded(n, base), **told)  # type: ignore[arg-type]


def _published(
    clinic: Clinic,
    abouts: Sequence[About],
    keep: Callable[[int, list[frozenset[str]]], bool],
    base: int,
    *,
    complement: bool = False,
    withheld: float = np.inf,
    quarters: Sequence[int] = (0,),
) -> Publication:
    cells = [
        _printed(clinic, about, q, place, parts, base)
        for about, q, place, parts in _cells(clinic, abouts, quarters)
        if keep(q, parts)
    ]
    totals = tuple(len(roster) for roster in clinic.quarters)
    return Publication(
        tuple(cells),
        clinic.values(),
        totals,
        base,
        LEAST,
        complement,
        withheld=withheld,
        abouts=tuple(abouts),
    )


def threshold_only(
    clinic: Clinic, abouts: Sequence[About], quarters: Sequence[int] = (0,)
) -> Publication:
    """At least ten clients in a cell, counts as they are."""
    return _threshold(clinic, abouts, 1, quarters)


def threshold_and_rounding(
    clinic: Clinic, abouts: Sequence[About], quarters: Sequence[int] = (0,)
) -> Publication:
    """At least ten clients in a cell, counts to the nearest five."""
    return _threshold(clinic, abouts, 5, quarters)


def _threshold(
    clinic: Clinic, abouts: Sequence[About], base: int, quarters: Sequence[int]
) -> Publication:
    """Ten clients and nothing else, so that what was withheld has fewer."""

    def keep(q: int, parts: list[frozenset[str]]) -> bool:
        return len(parts[0]) >= LEAST

    return _published(clinic, abouts, keep, base, withheld=LEAST - 1, quarters=quarters)


def primary_only(clinic: Clinic, abouts: Sequence[About]) -> Publication:
    """All primary rules, numerator and complement too; nothing is given up to protect them."""

    def keep(q: int, parts: list[frozenset[str]]) -> bool:
        return all(_enough(clinic, q, part) for part in parts)

    return _published(clinic, abouts, keep, 1, complement=True)


def _enough(clinic: Clinic, q: int, part: frozenset[str]) -> bool:
    loads = Counter(clinic.quarters[q][t][0] for t in part)
    n = len(part)
    return n >= LEAST and len(loads) >= 3 and max(loads.values()) <= n / 2


def pairwise_overlap(clinic: Clinic, abouts: Sequence[About]) -> Publication:
    """Ten clients in a cell, and ten in what any two cells do not share."""
    before: list[frozenset[str]] = []

    def keep(q: int, parts: list[frozenset[str]]) -> bool:
        apart = [len(part ^ other) for part in parts for other in before]
        good = all(len(p) >= LEAST for p in parts) and not any(0 < n < LEAST for n in apart)
        if good:
            before.extend(parts)
        return good

    return _published(clinic, abouts, keep, 1, complement=True)


def outsiders_only(clinic: Clinic, abouts: Sequence[About]) -> Publication:
    """Counts as they are, given up until somebody who knows no client can bound none too tightly.

    The smallest printed cell that still stands in the way is given up first.
    """
    told = replace(threshold_only(clinic, abouts), withheld=np.inf)
    while told.cells and any(True for _ in linear_programme(pool_of(told, [0]))):
        finest = max(len(c.place) for c in told.cells)
        lost = min((c for c in told.cells if len(c.place) == finest), key=lambda c: (c.n, c.place))
        told = replace(told, cells=tuple(c for c in told.cells if c is not lost))
    return told
