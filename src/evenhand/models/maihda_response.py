"""How far strata tell a yes from a no: AUC, and the variance share on the scale of shares."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from evenhand.models._counts import Counts
from evenhand.models._layout import layout_of
from evenhand.models.fits import MixedFit
from evenhand.models.maihda_table import STRATUM, Coding

NODES = 40


def separation(data: Counts, coding: Coding, fit: MixedFit) -> float:
    """AUC of what the null model predicts from strata and covariates; ties count half.

    `data` has the null model's columns only.
    """
    codes = data.codes[layout_of(coding.sizes).place(STRATUM)]
    line = data.fixed @ fit.fixed + fit.effect(STRATUM)[codes]
    values, at = np.unique(np.round(line, 12), return_inverse=True)
    yes = np.bincount(at, data.k, len(values))
    no = np.bincount(at, data.trials - data.k, len(values))
    below = np.concatenate([[0.0], no.cumsum()[:-1]])
    return float((yes @ (below + no / 2)) / (yes.sum() * no.sum()))


def response_share(data: Counts, fit: MixedFit) -> float:
    """Share of the variance of yes and no that lies between strata, at the mean of covariates.

    Source: Goldstein, Browne and Rasbash (2002), method B by simulation; ours integrates instead
        of drawing, so that the same table gives the same number.
    """
    mean = data.trials @ data.fixed / data.trials.sum()
    base = float(mean @ fit.fixed)
    z, w = np.polynomial.hermite_e.hermegauss(NODES)
    w = w / w.sum()
    strata = np.sqrt(fit.variances[STRATUM]) * z
    rest = sum(v for name, v in fit.variances.items() if name != STRATUM)
    p = expit(base + strata[:, None] + np.sqrt(rest) * z) @ w
    overall = float(w @ p)
    between = float(w @ (p - overall) ** 2)
    return between / (overall * (1.0 - overall)) if between else 0.0
