"""How unsure a cumulative incidence is where a therapist's treatments are alike."""

from __future__ import annotations

import numpy as np

from evenhand.models.course_series import Floats, Ints


def clustered_variance(at: Ints, way: Ints, group: Ints, ways: int) -> Floats:
    """Variance of the share that has ended in each way, with groups of treatments independent.

    Each group's influence on the share is added up: what its endings and its numbers at risk pull
    at the hazard of that way, and at how many were still there.

    Args:
        at: each treatment's place among the times at which any ended or was last seen.
        way: how it ended, 0 … ways - 1, or -1 where it is still going on.
        group: each treatment's group, 0 … J - 1.
        ways: how many there are.

    Returns:
        Ways × times, with J/(J - 1).

    Source:
        The infinitesimal jackknife, as R's survival has it for ``survfit(..., cluster)``
        (Therneau, Crowson & Atkinson 2024, Multi-state models and competing risks); J/(J - 1) is
        ours.
    """
    j, steps = int(group.max()) + 1, int(at.max()) + 1
    leaving = _counts(group, at, j, steps)
    theirs = leaving[:, ::-1].cumsum(axis=1)[:, ::-1]
    all_n = theirs.sum(axis=0)
    known = way >= 0
    ends = _counts(group[known], at[known], j, steps)
    hazard = ends.sum(axis=0) / all_n
    still = np.cumprod(1 - hazard)
    before = np.concatenate(([1.0], still[:-1]))
    # where everyone ends at once nobody is there at a later time for it to matter
    left = np.where(hazard < 1, 1 - hazard, 1.0)
    gone = np.cumsum((ends - theirs * hazard) / (all_n * left), axis=1)
    gone = np.concatenate([np.zeros((j, 1)), gone[:, :-1]], axis=1)
    found = np.empty((ways, steps))
    for n in range(ways):
        own = _counts(group[way == n], at[way == n], j, steps)
        rate = own.sum(axis=0) / all_n
        pull = before * ((own - theirs * rate) / all_n - rate * gone)
        found[n] = (np.cumsum(pull, axis=1) ** 2).sum(axis=0)
    return found * j / (j - 1) if j > 1 else np.full((ways, steps), np.nan)


def _counts(group: Ints, at: Ints, groups: int, steps: int) -> Floats:
    """Treatments by group and time."""
    counts = np.bincount(group * steps + at, minlength=groups * steps)
    return counts.reshape(groups, steps).astype(np.float64)
