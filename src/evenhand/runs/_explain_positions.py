"""Pages of axes of position, their code systems, and published rankings."""

from __future__ import annotations

from evenhand.positions import (
    Axis,
    Code,
    CodeSystem,
    Ladder,
    all_axes,
    all_presets,
    all_systems,
    find_system,
)


def known_axes() -> dict[str, str]:
    """Axes by the names that `explain` takes."""
    return {key.replace("-", "_"): key for key in all_axes()}


def known_systems() -> dict[str, str]:
    """Code systems by the names that `explain` takes."""
    return {key.replace("-", "_"): key for key in all_systems()}


def known_presets() -> dict[str, str]:
    """Published rankings by the names that `explain` takes."""
    return {key.replace("-", "_"): key for key in all_presets()}


def axis_page(name: str) -> str:
    """What an axis holds, who may say it, and how it may be coded."""
    axis = all_axes()[known_axes()[name]]
    lines = [
        f"## {axis.title} (`{name}`)",
        "",
        f"A column of `people.csv`. {axis.holds}",
        "",
        f"- Of: {' and '.join(axis.of)}",
        f"- May be said by: {', '.join(axis.said_by)}",
        f"- Code systems: {_named(axis.systems) or 'none; words stand by themselves'}",
    ]
    if axis.loinc:
        lines.append(f"- LOINC: {axis.loinc}")
    return "\n".join([*lines, "", _never(axis)])


def _never(axis: Axis) -> str:
    kept = " Sensitive: none and all of a group are never shown." if axis.sensitive else ""
    return f"Never worked out from anything else. Declined, not asked and unknown differ.{kept}"


def system_page(name: str) -> str:
    """Codes of a system, who may say them, and what is lost on the way to another."""
    one = all_systems()[known_systems()[name]]
    lines = [
        f"## {one.title} (`{name}`)",
        "",
        f"{one.version}. For {', '.join(one.axes)}. Source: {one.source}.",
        "",
        f"- In study.toml: `{one.key}`",
        f"- May be said by: {', '.join(one.said_by)}",
        f"- Several answers: {'yes' if one.multiple else 'no'}",
    ]
    if one.must_declare:
        lines.append(f"- A study must say: {', '.join(one.must_declare)}")
    lines += [f"- Not read at its source: {note}" for note in one.unverified]
    if one.notes:
        lines += ["", one.notes]
    return "\n".join([*lines, "", *_answers(one), *_crossings(one)]).rstrip()


def _answers(one: CodeSystem) -> list[str]:
    if one.kind == "number":
        return [f"A number from {one.low:g} to {one.high:g}, in steps of {one.step:g}."]
    rows = [f"| `{code.code}` | {code.label}{_status(code)} |" for code in one.codes]
    return ["| code | answer |", "|---|---|", *rows]


def _status(code: Code) -> str:
    return "" if code.status == "answered" else f" ({code.status})"


def _crossings(one: CodeSystem) -> list[str]:
    lines: list[str] = []
    for crossing in one.crossings:
        target = find_system(crossing.to)
        lines += ["", f"To `{target.key}`: {crossing.lost}", ""]
        for code, there in crossing.codes.items():
            lost = crossing.lost_of.get(code)
            if lost:
                goes = _named(there) or "no code"
                lines.append(f"- `{code}` becomes {goes}: {lost}")
    return lines


def preset_page(name: str) -> str:
    """What a published ranking ranks, by whom, and where it ends."""
    one = all_presets()[known_presets()[name]]
    lines = [
        f"## {one.title} (`{name}`)",
        "",
        "A preset for `[hierarchy]`. It does nothing until a study names it and gives its reason.",
        "",
        f"- In study.toml: `{one.key}`",
        f"- Source: {one.source}",
        f"- Limits: {one.limits}",
        *(f"- Not read at its source: {note}" for note in one.unverified),
        "",
    ]
    return "\n".join([*lines, *(f"- {_ladder(ladder)}" for ladder in one.ladders)])


def _ladder(ladder: Ladder) -> str:
    if not ladder.order:
        return f"{ladder.axis}: {ladder.low:g} stands lowest, {ladder.high:g} highest."
    system = find_system(ladder.system)
    steps = []
    for step in ladder.order:
        found = (system.find(answer) for answer in step)
        steps.append(", ".join(code.label for code in found if code is not None))
    return f"{ladder.axis}, from the lowest: {'; '.join(steps)}."


def _named(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)
