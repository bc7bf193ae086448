"""The theory: a generative model of power in therapy. It knows nothing of models that fit data."""

from evenhand.theory.conditions import AS_IS, PATHS, Conditions
from evenhand.theory.course import World, course, gather
from evenhand.theory.parameters import (
    Spec,
    Theory,
    load_theory,
    read_settings,
    shipped_theory,
    specs,
    worlds,
)

__all__ = [
    "AS_IS",
    "PATHS",
    "Conditions",
    "Spec",
    "Theory",
    "World",
    "course",
    "gather",
    "load_theory",
    "read_settings",
    "shipped_theory",
    "specs",
    "worlds",
]
