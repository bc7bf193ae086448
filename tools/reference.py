"""Write docs/reference from the parts' own constants and examples: `make docs`."""

from __future__ import annotations

import sys
from pathlib import Path

from typer.testing import CliRunner

from evenhand.cli import app
from evenhand.core.discovery import discover
from evenhand.core.errors import Exit
from evenhand.reports.profile_rows import FACETS
from evenhand.runs.explain import all_pages

ROOT = Path(__file__).resolve().parents[1]

HEADS = {
    "indicator": (
        "Indicators",
        "Every number that `evenhand examine` gives for a session: how it is computed, why it "
        "bears on power and when it does not, and an example worked through.",
    ),
    "code": (
        "Codes",
        "What the coders look for. A code is a reading of words, and several readings may fit; "
        "its examples are tests, those that must not be coded included.",
    ),
    "reader": (
        "Readers",
        "The formats that Evenhand reads, each with an example file and the turns that it gives. "
        "What a file is, its bytes say; its suffix decides nothing. Gzip is read as it is.",
    ),
    "coder": ("Coders", "What gives codes to turns, and how well it agrees with people."),
    "instrument": (
        "Instruments",
        "Questionnaires that Evenhand can score: items by number, scales, missing rules, limits, "
        "and where each was read. No wording of others is here.",
    ),
    "axis": (
        "Axes of position",
        "What people may say of themselves in people.csv. Nothing is ever worked out from "
        "anything else.",
    ),
    "system": (
        "Code systems",
        "How positions may be coded, and what is lost on the way to another.",
    ),
    "preset": (
        "Published rankings",
        "Ladders that a study may claim by name, with their sources; none is ever used unasked.",
    ),
    "table": ("Tables", "What `evenhand examine` writes, column by column."),
}

PLURALS = {"axis": "axes"}

EXITS = {
    Exit.OK: "all is done",
    Exit.FAILED: "a defect of Evenhand's own",
    Exit.USAGE: "the command's words are off",
    Exit.PARTIAL: "some files of many could not be read; the rest is done",
    Exit.INPUT: "the input cannot be used as it is",
    Exit.QUESTION: "something must be asked, and nobody is there to answer",
    Exit.DISK: "a folder cannot be written, or a disk is full",
    Exit.INTERRUPTED: "stopped by hand; the same command goes on from there",
}

NOTE = "<!-- Written by tools/reference.py from the parts themselves. Run `make docs`. -->"


def contents(kind: str, names: list[str]) -> str:
    """A line a part, by facet for indicators."""
    if kind != "indicator":
        return ", ".join(f"`{name}`" for name in names) + "."
    facets: dict[str, list[str]] = {}
    for name in names:
        facets.setdefault(discover("indicator")[name].facet, []).append(f"`{name}`")
    return "\n".join(f"- **{facet}**: {', '.join(found)}" for facet, found in facets.items())


def by_facet(names: list[str]) -> list[str]:
    """Indicators in the order in which a report has their facets."""
    place = {facet: n for n, facet in enumerate(FACETS)}
    parts = discover("indicator")
    return sorted(names, key=lambda name: (place.get(parts[name].facet, len(place)), name))


def page(kind: str) -> str:
    """The reference page of one kind of part."""
    title, what = HEADS[kind]
    pages = all_pages()[kind]
    names = by_facet(list(pages)) if kind == "indicator" else list(pages)
    parts = [pages[name]() for name in names]
    head = [NOTE, f"# {title}", what, contents(kind, names)]
    return "\n\n".join([*head, *parts]) + "\n"


def help_of(*words: str) -> str:
    """What a command says of itself, as wide as a page."""
    said = CliRunner().invoke(app, [*words, "--help"], prog_name="evenhand", terminal_width=90)
    if said.exit_code != Exit.OK:
        raise SystemExit(f"{' '.join(words)} --help ended with {said.exit_code}")
    return f"```text\n{said.output.strip()}\n```"


def commands_page() -> str:
    """Every command's own help, and the exit codes."""
    names = sorted(c.name or c.callback.__name__ for c in app.registered_commands if c.callback)
    codes = "\n".join(f"| {int(code)} | {EXITS[code]} |" for code in Exit)
    parts = [part for name in names for part in (f"## `evenhand {name}`", help_of(name))]
    return (
        "\n\n".join(
            [
                NOTE,
                "# Commands",
                "What each command says with `--help`.",
                help_of(),
                *parts,
                "## Exit codes",
                f"| code | means |\n| --- | --- |\n{codes}",
            ]
        )
        + "\n"
    )


def main(folder: Path) -> None:
    """Write a page for each kind of part."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in HEADS:
        path = folder / f"{PLURALS.get(kind, kind + 's')}.md"
        path.write_text(page(kind), encoding="utf-8")
        print(path.name)
    (folder / "commands.md").write_text(commands_page(), encoding="utf-8")
    print("commands.md")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "reference")
