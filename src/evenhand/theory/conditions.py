"""What is done differently: training, matching, feedback, naming; and the paths of the theory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from evenhand.theory.people import Allocation


@dataclass(frozen=True)
class Conditions:
    """How this world differs from the one that the parameters describe.

    Args:
        allocation: who sees whom: a name of `people.ALLOCATIONS`, or (clients, therapists) of
            each of many small studies.
        humility: added to every therapist's humility, in SD.
        full_humility: μ is 1 in felt power, whatever the therapist's humility.
        advocacy: added to every client's self-advocacy, in SD.
        named_from: the session from which the difference has been named; 0 for as it comes.
        feedback_from: the session from which the therapist has seen feedback; 0 for never.
        preferred: share of the way that direction is moved to what the client prefers.
        therapist_group: ``client``'s own or ``White`` in place of the therapist's ethnicity.
        nobody_leaves: everyone stays for all sessions.
        noise_free: what is rated and measured has no noise, halo or rounding.
        planted: an effect of known size, for plans and recovery: added to the log rate of what
            the therapist does, for a unit of standing (−1 … 1) that theirs exceeds the client's.
        planted_by: ``difference`` adds it where the two are of different ethnic groups instead.
    """

    allocation: Allocation = "random"
    humility: float = 0.0
    full_humility: bool = False
    advocacy: float = 0.0
    named_from: int = 0
    feedback_from: int = 0
    preferred: float = 0.0
    therapist_group: Literal["", "client", "White"] = ""
    nobody_leaves: bool = False
    noise_free: bool = False
    planted: float = 0.0
    planted_by: Literal["standing", "difference"] = "standing"


AS_IS = Conditions()
"""The world that the parameters describe."""

PATHS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "felt power": (
        "power that is felt takes voice and trust, and turns the room round below 0",
        ("v_P", "tau_P", "d_P", "r_P"),
    ),
    "standing": ("positions lend standing", ("f_d",)),
    "difference": ("a difference between the two changes naming and slights", ("b_G", "m_G")),
    "slights": ("undiscussed slights are resented and remembered", ("n_M", "c_M")),
    "forcing": ("direction past what the client wants meets resistance", ("r_D", "n_D")),
    "barriers": (
        "material barriers hold symptoms up and make people leave",
        ("y_b", "y_b0", "c_b"),
    ),
    "alliance": ("alliance lowers symptoms and keeps people", ("y_A", "c_A", "c_R")),
}
"""Paths that an ablation takes away: in words, and the parameters that become 0."""
