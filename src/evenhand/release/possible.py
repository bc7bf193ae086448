"""Kinds of client that there could be: an empty cell must not be told from a small one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from evenhand.release.crowd import THERAPIST, Crowd
from evenhand.release.figures import Margin

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

FULL = 4_000
"""Kinds up to which all are taken; above, those of the tables with the commonest of the rest."""
COMMONEST = 2


def with_possible(crowd: Crowd, tables: Iterable[Margin], snapshots: Sequence[int]) -> Crowd:
    """The crowd, and behind it a column of weight 0 for each kind that a table has a cell for.

    They are taken to be there whenever most clients of a snapshot are. Leaving kinds out can
    only make a hidden count look more certain than it is, so this errs on the safe side.
    """
    wide = sorted({(t.measure.dim, t.dims) for t in tables}, key=str)
    dims = [d for d in crowd.dims if d != THERAPIST]
    used = [d for d in dims if any(d in some or d == dim for dim, some in wide)]
    kinds: set[tuple[int, ...]] = set()
    whole = _size(crowd, used) <= FULL
    for dim, some in [(None, tuple(used))] if whole else wide:
        kinds |= set(_kinds(crowd, dims, [*some, *([dim] if dim else [])], snapshots[-1]))
    measured = [n for n, d in enumerate(dims) if any(d == dim for dim, _ in wide)]
    seen = _seen(crowd, [dims[n] for n in measured])
    possible = sorted(k for k in kinds if tuple(k[n] for n in measured) in seen)
    return _extended(crowd, dims, possible, _patterns(crowd, snapshots))


def _seen(crowd: Crowd, measured: Sequence[str]) -> set[tuple[int, ...]]:
    """What became of people, all measures together, as it was for somebody at some time.

    Nobody completed a treatment that was left: a kind that cannot be would make a hidden count
    look less certain than it is.
    """
    found: set[tuple[int, ...]] = set()
    for arrays in crowd.held:
        there = arrays[THERAPIST] >= 0
        rows = np.array([arrays[d][there] for d in measured], dtype=np.int64).T
        found |= set(map(tuple, np.unique(rows, axis=0).tolist())) if measured else {()}
    return found


def _size(crowd: Crowd, dims: Sequence[str]) -> int:
    return int(np.prod([len(crowd.dims[d].labels) for d in dims], dtype=np.float64))


def _kinds(
    crowd: Crowd, dims: Sequence[str], free: Sequence[str], s: int
) -> Iterable[tuple[int, ...]]:
    """Every combination of the free dimensions' values, with common values of the others."""
    there = crowd.present(s)
    others = [d for d in dims if d not in free]
    rest = np.column_stack([crowd.held[s][d][there] for d in others]) if others else None
    common: list[dict[str, int]] = [{}]
    if rest is not None and there.size:
        values, counts = np.unique(rest, axis=0, return_counts=True)
        top = np.argsort(-counts, kind="stable")[:COMMONEST]
        common = [dict(zip(others, map(int, values[t]), strict=True)) for t in top]
    choices = [[crowd.dims[d].combo(label) for label in list(crowd.dims[d].labels)] for d in free]
    for values_of in product(*choices):
        chosen = dict(zip(free, values_of, strict=True))
        for other in common:
            yield tuple((chosen | other).get(d, 0) for d in dims)


def _patterns(crowd: Crowd, snapshots: Sequence[int]) -> NDArray[np.bool_]:
    """Patterns of presence, the commonest of each snapshot, each once."""
    there = np.column_stack([arrays[THERAPIST] >= 0 for arrays in crowd.held])
    found: list[NDArray[np.bool_]] = []
    for s in reversed(snapshots):
        if any(pattern[s] for pattern in found):
            continue
        some = there[there[:, s]]
        if some.shape[0]:
            packed = np.packbits(some, axis=1)
            keys = np.ascontiguousarray(packed).view(f"V{packed.shape[1]}").ravel()
            _, first, counts = np.unique(keys, return_index=True, return_counts=True)
            found.append(some[first[np.argmax(counts)]])
    return np.array(found, dtype=bool).reshape(len(found), len(crowd.held))


def _extended(
    crowd: Crowd,
    dims: Sequence[str],
    kinds: Sequence[tuple[int, ...]],
    patterns: NDArray[np.bool_],
) -> Crowd:
    codes = np.array(kinds, dtype=np.int64).reshape(len(kinds), len(dims))
    held = []
    for s, arrays in enumerate(crowd.held):
        more: dict[str, list[Whole]] = {name: [arrays[name]] for name in crowd.dims}
        for pattern in patterns:
            for n, name in enumerate(dims):
                more[name].append(np.where(pattern[s], codes[:, n], -1))
            more[THERAPIST].append(np.full(len(kinds), 0 if pattern[s] else -1, dtype=np.int64))
        held.append({name: np.concatenate(parts) for name, parts in more.items()})
    nobody = np.zeros(len(kinds) * len(patterns), dtype=np.int64)
    return Crowd(crowd.dims, held, np.concatenate([crowd.weight, nobody]))
