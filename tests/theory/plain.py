"""The model once more, in plain loops over one dyad: slow, and easy to read."""

from __future__ import annotations

import math
from typing import Any

from evenhand.theory.conditions import Conditions
from evenhand.theory.parameters import Theory


def sigma(x: float) -> float:
    """The logistic function, without overflow."""
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def advantage(p: Theory, gaps: dict[str, float]) -> float:
    """E of one dyad."""
    above, below = 1 - p.f_r, 1.0
    for axis, gap in gaps.items():
        factor = min(0.99, p.h * p[f"weight_{axis}"] * p.f_d * abs(gap))
        if gap > 0:
            above *= 1 - factor
        elif gap < 0:
            below *= 1 - factor
    return 2 * ((1 - above) - (1 - below))


def course(p: Theory, c: Conditions, who: dict[str, Any], luck: list[dict[str, float]]) -> Any:
    """All sessions of one dyad.

    Args:
        p: the theory.
        c: what is done differently.
        who: E, G, humility, mu, skill, advocacy, rho, preference, direct, barriers, lasting (two),
            start (two), planned.
        luck: for each session the draws by name.

    Returns:
        A dict a session.
    """
    e, g, mu, mu_t = who["E"], who["G"], who["mu"], who["humility"]
    pi, barrier = who["preference"], p.h * who["barriers"]
    rho = math.exp(p.s_rho * who["rho"] - p.s_rho**2 / 2)
    trust = resent = alliance = 0.0
    resist, named, opened, mended = p.r_0, False, False, False
    scales, tops = (1.0, 21 / 27), (27.0, 21.0)
    y = [
        min(top, max(0.0, k * (p.y_start + p.y_b0 * barrier + z)))
        for k, top, z in zip(scales, tops, who["start"], strict=True)
    ]
    here, states = True, []
    for s, z in enumerate(luck, start=1):
        named = named or z["name"] < sigma(p.b_0 + p.b_mu * mu_t + p.b_G * g)
        named = named or bool(c.named_from and s >= c.named_from)
        power = e * (1 - mu * named)
        felt, below = max(power, 0), max(-power, 0)
        voice = sigma(
            p.v_0 + p.v_alpha * who["advocacy"] + p.v_T * trust
            - p.v_P * felt - p.v_N * resent + p.v_B * named
        )  # fmt: skip
        direct = who["direct"] + p.d_R * resist + p.d_P * below - p.d_mu * mu_t
        seen = bool(c.feedback_from and s >= c.feedback_from)
        if seen:
            direct += p.kappa_F * (pi - direct)
        direct += c.preferred * (pi - direct)
        x = direct - pi
        resist = (
            p.r_0 + p.r_D * rho * max(x, 0) + p.r_P * below - p.r_T * trust + p.r_z * z["resist"]
        )
        resist = min(4.0, max(0.0, resist))
        chance = sigma(p.m_0 + p.m_G * g - p.m_mu * mu_t)
        slight = z["slight"] < chance
        told = slight and z["slight"] < chance * sigma(
            p.q_0 + p.q_V * (voice - 0.5) + p.q_B * named
        )
        resent = p["lambda"] * resent + p.n_D * max(x, 0) * resist + p.n_M * (slight and not told)
        resent = min(6.0, resent) * (1 - p.n_K * mended)
        heard = p.h_0 + p.h_V * (voice - 0.5) - p.h_D * x**2 / (1 + x**2 / 4) + p.h_s * who["skill"]
        before = trust
        trust = (
            before + p.tau * (heard - before) - p.tau_N * resent - p.tau_P * felt * (1 - named)
            - p.tau_O * opened + p.tau_K * mended + p.tau_z * z["trust"]
        )  # fmt: skip
        opened = opened or trust - before < -p.r_star
        mend = sigma(p.k_0 + p.k_mu * mu_t + p.k_V * (voice - 0.5) + p.k_F * seen)
        mended = opened and z["mend"] < mend
        opened = opened and not mended
        was, alliance = alliance, trust + p.a_V * (voice - 0.5)
        for i, key in enumerate(("symptoms", "symptoms_2")):
            settle = p.y_inf + p.y_b * barrier + who["lasting"][i] - p.y_A * alliance
            settle = scales[i] * (settle - p.y_s * who["skill"] + p.y_R * resist)
            y[i] += p.y_1 * (settle - y[i]) + scales[i] * p.y_z * z[key]
            y[i] = min(tops[i], max(0.0, y[i]))
        hazard = p.c_0 + p.c_N * resent + p.c_b * barrier - p.c_A * alliance
        leaves = (
            here
            and s < who["planned"]
            and z["leave"] < sigma(hazard + p.c_R * max(was - alliance, 0))
        )
        states.append({
            "here": here, "named": named, "power": power, "voice": voice, "direct": direct,
            "resistance": resist, "slight": slight, "told": told, "resentment": resent,
            "heard": heard, "trust": trust, "open": opened, "mended": mended,
            "alliance": alliance, "symptoms": list(y), "leaves": leaves,
        })  # fmt: skip
        here = here and not leaves
        if s >= who["planned"]:
            break
    return states
