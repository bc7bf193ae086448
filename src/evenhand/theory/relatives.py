"""Models of therapist and client in continuous time, to set beside the theory: none has a society.

Equations are those of their authors, as far as we could read them; numbers that we could not read
are our own, and docs/theory.md says which.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from evenhand.theory.luck import Floats

Drift = Callable[[Floats], Floats]


def runge_kutta(drift: Drift, start: Floats, until: float, step: float = 0.02) -> Floats:
    """States from 0 to ``until``, a row a step, by the classical fourth-order method."""
    states = [np.asarray(start, dtype=np.float64)]
    for _ in range(round(until / step)):
        x = states[-1]
        k1 = drift(x)
        k2 = drift(x + step / 2.0 * k1)
        k3 = drift(x + step / 2.0 * k2)
        k4 = drift(x + step * k3)
        states.append(x + step / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4))
    return np.array(states)


@dataclass(frozen=True)
class Affect:
    """Two emotional states, each pulled to a level of its own and moved by the other's.

        dT/dt = m·T + b_t + c_t·F(C),   dC/dt = m·C + b_c + c_c·F(T)

    F is a straight line of slope 1 that is flat past ±``most``: a piecewise influence function of
    ours, for the authors' own was not to be read.

    Args:
        inertia: m, below 0: how fast a state returns by itself.
        levels: b of therapist and client.
        influence: c of both: how far each answers the other.
        most: where an answer stops growing.

    Source: Liebovitch, Peluso, Norman, Su & Gottman 2011, Cogn Neurodyn 5:265-275 (the form).
    """

    inertia: float = -1.0
    levels: tuple[float, float] = (0.0, 0.0)
    influence: tuple[float, float] = (2.0, 2.0)
    most: float = 1.0

    def drift(self, x: Floats) -> Floats:
        """How fast therapist's and client's state move."""
        other = np.clip(x[::-1], -self.most, self.most)
        return np.asarray(self.inertia * x + self.levels + np.array(self.influence) * other)

    def run(self, start: tuple[float, float], until: float = 20.0) -> Floats:
        """Both states over time."""
        return runge_kutta(self.drift, np.array(start), until)


@dataclass(frozen=True)
class Minimal:
    """The two-dimensional minimal model: the therapist is moved by the product, the client by x².

        dx_th/dt = −k_th·x_th + k_th·g_th + a·x_cl·x_th
        dx_cl/dt = −k_cl·x_cl + k_cl·g_cl + b·x_th²

    Args:
        relax: k of therapist and client.
        rest: g of both: where each settles alone.
        a, b: coupling of the therapist to the client, and of the client to the therapist.

    Source: Tschacher & Haken 2019, The Process of Psychotherapy, eqs 8.8, 8.9 and 8.72.
    """

    relax: tuple[float, float] = (0.2, 0.2)
    rest: tuple[float, float] = (1.0, 0.0)
    a: float = -1.0
    b: float = 1.0

    def drift(self, x: Floats) -> Floats:
        """How fast therapist's and client's state move."""
        (k_th, k_cl), (g_th, g_cl), (th, cl) = self.relax, self.rest, x
        return np.array(
            [-k_th * (th - g_th) + self.a * cl * th, -k_cl * (cl - g_cl) + self.b * th * th]
        )

    def stationary(self) -> Floats:
        """Where nothing moves: the real solutions of a cubic in x_th, a row each."""
        (k_th, k_cl), (g_th, g_cl) = self.relax, self.rest
        roots = np.roots([self.a * self.b / k_cl, 0.0, self.a * g_cl - k_th, k_th * g_th])
        th = np.sort(roots[np.abs(roots.imag) < 1e-9].real)
        return np.column_stack([th, g_cl + self.b * th**2 / k_cl])

    def rates(self, at: Floats) -> Floats:
        """Eigenvalues there: by the real part a push dies away, by the imaginary one it turns."""
        (k_th, k_cl), (th, cl) = self.relax, at
        near = [[-k_th + self.a * cl, self.a * th], [2.0 * self.b * th, -k_cl]]
        return np.asarray(np.linalg.eigvals(np.array(near)))

    def run(self, start: tuple[float, float], until: float = 60.0) -> Floats:
        """Both states over time, without chance."""
        return runge_kutta(self.drift, np.array(start), until)


def one_state(k: float, q: float, rest: float, start: Floats, until: float, seed: int) -> Floats:
    """Clients' states at a time: drift −k·(x − rest), diffusion Q; exact, for any time.

    Its law is ∂f/∂t = ∂/∂x (k·(x − rest)·f) + Q·∂²f/∂x²: normal, with variance Q/k in the end.

    Source: Tschacher & Haken 2019, chapter 4 (Ornstein & Uhlenbeck 1930).
    """
    left = np.exp(-k * until)
    spread = np.sqrt(q / k * (1.0 - left**2))
    noise = np.random.default_rng(seed).standard_normal(len(start))
    return np.asarray(rest + left * (start - rest) + spread * noise)
