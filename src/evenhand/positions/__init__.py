"""Social positions: axes, code systems and rankings, a TOML file each. Nothing is inferred."""

from evenhand.positions._advantage import advantage, axis_strength, expectation, path_strength
from evenhand.positions._contract import (
    POSITIONS,
    SAID_BY,
    STATUSES,
    Axis,
    Code,
    CodeSystem,
    Ladder,
    Preset,
)
from evenhand.positions._declared import declared_systems
from evenhand.positions._hierarchy import (
    STANDINGS,
    Hierarchy,
    hierarchy_problem,
    overall_standings,
    read_hierarchy,
    standings,
    unranked,
)
from evenhand.positions._library import (
    all_axes,
    all_presets,
    all_systems,
    find_preset,
    find_system,
    map_code,
)
from evenhand.positions._load import load_axis, load_preset, load_system
from evenhand.positions._people import Doubt, position_problems, read_positions

__all__ = [
    "POSITIONS",
    "SAID_BY",
    "STANDINGS",
    "STATUSES",
    "Axis",
    "Code",
    "CodeSystem",
    "Doubt",
    "Hierarchy",
    "Ladder",
    "Preset",
    "advantage",
    "all_axes",
    "all_presets",
    "all_systems",
    "axis_strength",
    "declared_systems",
    "expectation",
    "find_preset",
    "find_system",
    "hierarchy_problem",
    "load_axis",
    "load_preset",
    "load_system",
    "map_code",
    "overall_standings",
    "path_strength",
    "position_problems",
    "read_hierarchy",
    "read_positions",
    "standings",
    "unranked",
]
