"""What the data know of each level and of each row: blocks of M⁻¹, and z'ΛM⁻¹Λ'z."""

from __future__ import annotations

import numpy as np

from evenhand.models._blocks import Pattern
from evenhand.models._elimination import System, diagonal_blocks
from evenhand.models._nested import NestedSystem


def unit_blocks(system: System, f: int) -> np.ndarray:
    """Blocks of M⁻¹ of a factor's levels."""
    if isinstance(system, NestedSystem):
        return unit_blocks(system.outer, f - 1) if f else _inner_block(system)
    if f:
        return diagonal_blocks(system.layout, system.rest_inverse)[f - 1]
    if not system.layout.rest:
        return np.asarray(system.full.copy())
    return _first_blocks(system, system.pattern.times(system.reduced(), system.in_u()))


def leverages(system: System, slope: np.ndarray | None) -> tuple[np.ndarray, list[np.ndarray]]:
    """z'ΛM⁻¹Λ'z of each row of the design, and the blocks of M⁻¹, factor by factor."""
    if isinstance(system, NestedSystem):
        by_level, outer = leverages(system.outer, None)
        whole = (system.low**2 / system.m + by_level / system.m**2)[system.pattern.codes[0]]
        return whole, [_inner_block(system, by_level), *outer]
    lower = system.in_u()
    met = system.pattern.times(system.reduced(), lower)
    blocks = _first_blocks(system, met)
    both = [blocks, *diagonal_blocks(system.layout, system.rest_inverse)]
    own = np.matmul(np.matmul(system.lam[0], blocks), system.lam[0].T)
    return _by_row(system, slope, own, met @ system.lam[0].T, lower), both


def taken(blocks: list[np.ndarray]) -> list[np.ndarray]:
    """Σ (I − M⁻¹) over each factor's levels: what the data take from the prior."""
    return [len(one) * np.eye(one.shape[1]) - one.sum(axis=0) for one in blocks]


def _inner_block(system: NestedSystem, by_level: np.ndarray | None = None) -> np.ndarray:
    if by_level is None:
        by_level = leverages(system.outer, None)[0]
    return np.asarray(1.0 / system.m + system.back_by**2 * by_level)[:, None, None]


def _first_blocks(system: System, met: np.ndarray) -> np.ndarray:
    """Blocks of the eliminated factor."""
    blocks, entries = system.full.copy(), system.reduced()
    for a in range(blocks.shape[1]):
        for b in range(blocks.shape[1]):
            products = met[:, a] * entries[:, b]
            blocks[:, a, b] += np.bincount(system.pattern.row, products, len(blocks))
    return np.asarray(blocks)


def _by_row(
    system: System,
    slope: np.ndarray | None,
    own: np.ndarray,
    met: np.ndarray,
    lower: np.ndarray,
) -> np.ndarray:
    layout, pattern = system.layout, system.pattern
    t = np.ones(len(pattern.codes[0])) if slope is None else slope
    first, d = pattern.codes[0], layout.dims[0]
    out = np.zeros(len(first))
    for a in range(d):
        for b in range(d):
            out += own[first, a, b] * t ** (a + b)
    for (_, a), entry in zip(layout.columns(), pattern.at, strict=True):
        for b in range(d):
            out -= 2.0 * met[entry, b] * t ** (a + b)
    return np.asarray(out + rest_leverage(pattern, lower, slope))


def rest_leverage(
    pattern: Pattern, lower: np.ndarray, slope: np.ndarray | None = None
) -> np.ndarray:
    """Z'Gz of each row's columns of the rest, G symmetric with its lower triangle given."""
    t = np.ones(len(pattern.codes[0])) if slope is None else slope
    out = np.zeros(len(t))
    columns = [(a, c) for (_, a), c in zip(pattern.layout.columns(), pattern.columns, strict=True)]
    for n, (a, column) in enumerate(columns):
        out += lower[column, column] * t ** (2 * a)
        for other, against in columns[:n]:
            rows, across = np.maximum(column, against), np.minimum(column, against)
            out += 2.0 * lower[rows, across] * t ** (a + other)
    return np.asarray(out)
