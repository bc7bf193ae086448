"""The model once more, in plain loops over one dyad: slow, and easy to read."""

from __future__ import annotations

import math
from typing import Any

from evenhand.theory.conditions import Conditions
from evenhand.theory.parameters import Theory

SCALES, TOPS = (1.0, 21 / 27), (27.0, 21.0)


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


def start(p: Theory, who: dict[str, Any]) -> dict[str, Any]:
    """Before the first session."""
    barrier = p.h * who["barriers"]
    symptoms = [
        min(top, max(0.0, k * (p.y_start + p.y_b0 * barrier + z)))
        for k, top, z in zip(SCALES, TOPS, who["start"], strict=True)
    ]
    nothing = {"trust": 0.0, "resentment": 0.0, "alliance": 0.0, "resistance": p.r_0}
    no = {"named": False, "open": False, "mended": False, "leaves": False, "here": True}
    return {**nothing, **no, "symptoms": symptoms}


def room(p: Theory, c: Conditions, who: Any, was: Any, z: Any, s: int) -> dict[str, Any]:
    """The first half of a session: what is felt, said, and done."""
    mu_t, pi = who["humility"], who["preference"]
    named = was["named"] or z["name"] < sigma(p.b_0 + p.b_mu * mu_t + p.b_G * who["G"])
    named = named or bool(c.named_from and s >= c.named_from)
    power = who["E"] * (1 - who["mu"] * named)
    felt, below = max(power, 0), max(-power, 0)
    voice = p.v_0 + p.v_alpha * who["advocacy"] + p.v_T * was["trust"] - p.v_P * felt
    voice = sigma(voice - p.v_N * was["resentment"] + p.v_B * named)
    direct = who["direct"] + p.d_R * was["resistance"] + p.d_P * below - p.d_mu * mu_t
    if c.feedback_from and s >= c.feedback_from:
        direct += p.kappa_F * (pi - direct)
    direct += c.preferred * (pi - direct)
    rho = math.exp(p.s_rho * who["rho"] - p.s_rho**2 / 2)
    resist = p.r_0 + p.r_D * rho * max(direct - pi, 0) + p.r_P * below
    resist = min(4.0, max(0.0, resist - p.r_T * was["trust"] + p.r_z * z["resist"]))
    chance = sigma(p.m_0 + p.m_G * who["G"] - p.m_mu * mu_t)
    talked = sigma(p.q_0 + p.q_V * (voice - 0.5) + p.q_B * named)
    return {
        "named": named,
        "power": power,
        "voice": voice,
        "direct": direct,
        "resistance": resist,
        "slight": z["slight"] < chance,
        "told": z["slight"] < chance * talked,
    }


def after(p: Theory, c: Conditions, who: Any, was: Any, now: Any, z: Any, s: int) -> None:
    """The second half: what it does to resentment, trust, rupture and symptoms."""
    x, v = now["direct"] - who["preference"], now["voice"] - 0.5
    hurt = now["slight"] and not now["told"]
    resent = p["lambda"] * was["resentment"] + p.n_D * max(x, 0) * now["resistance"] + p.n_M * hurt
    now["resentment"] = min(6.0, resent) * (1 - p.n_K * was["mended"])
    heard = p.h_0 + p.h_V * v - p.h_D * x**2 / (1 + x**2 / 4) + p.h_s * who["skill"]
    trust = was["trust"] + p.tau * (heard - was["trust"]) - p.tau_N * now["resentment"]
    trust -= p.tau_P * max(now["power"], 0) * (1 - now["named"])
    trust += -p.tau_O * was["open"] + p.tau_K * was["mended"] + p.tau_z * z["trust"]
    opened = was["open"] or trust - was["trust"] < -p.r_star
    seen = bool(c.feedback_from and s >= c.feedback_from)
    mend = sigma(p.k_0 + p.k_mu * who["humility"] + p.k_V * v + p.k_F * seen)
    now["mended"] = opened and z["mend"] < mend
    now |= {"heard": heard, "trust": trust, "open": opened and not now["mended"]}
    now["alliance"] = trust + p.a_V * v
    now["symptoms"] = [symptom(p, who, was, now, z, i) for i in (0, 1)]


def symptom(p: Theory, who: Any, was: Any, now: Any, z: Any, i: int) -> float:
    """One of the two scales."""
    barrier, y = p.h * who["barriers"], was["symptoms"][i]
    settle = p.y_inf + p.y_b * barrier + who["lasting"][i] - p.y_A * now["alliance"]
    settle += -p.y_s * who["skill"] + p.y_R * now["resistance"]
    noise = SCALES[i] * p.y_z * z[("symptoms", "symptoms_2")[i]]
    return min(TOPS[i], max(0.0, y + p.y_1 * (SCALES[i] * settle - y) + noise))


def leaves(p: Theory, who: Any, was: Any, now: Any, z: Any, s: int) -> bool:
    """Whether this was the last session, unplanned."""
    logit = p.c_0 + p.c_N * now["resentment"] + p.c_b * p.h * who["barriers"]
    logit += -p.c_A * now["alliance"] + p.c_R * max(was["alliance"] - now["alliance"], 0)
    return bool(now["here"] and s < who["planned"] and z["leave"] < sigma(logit))


def course(p: Theory, c: Conditions, who: dict[str, Any], luck: list[Any]) -> list[Any]:
    """All sessions of one dyad, a dict each.

    Args:
        p: the theory.
        c: what is done differently.
        who: E, G, humility, mu, skill, advocacy, rho, preference, direct, barriers, lasting (two),
            start (two), planned.
        luck: for each planned session the draws by name.
    """
    was, states = start(p, who), []
    for s, z in enumerate(luck, start=1):
        now = room(p, c, who, was, z, s)
        after(p, c, who, was, now, z, s)
        now["here"] = was["here"] and not was["leaves"]
        now["leaves"] = leaves(p, who, was, now, z, s)
        states.append(now)
        was = now
    return states
