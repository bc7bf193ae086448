"""The files that the documents' commands work on, of our own sentences."""

import csv
from pathlib import Path

from tests.house.tree import ROOT

ASKED = (
    "How has the week been since we last sat down here together?",
    "What happened then, once you were back at home in the evening?",
    "It sounds like the evenings are the hardest part of the day for you.",
    "You should try to write it down before you go to bed at night.",
    "Did you tell your sister about it when she rang on the Sunday?",
)
TOLD = (
    "Long. I kept going over what my brother had said to me on the phone that night.",
    "I sat in the car for a while, and then I went in and made the tea for all of them.",
    "They are. The house goes quiet, and then I start to hear everything at once again.",
    "I don't think so. Writing is when it all starts up, and nobody is there to talk to.",
    "Not yet. If you think so I will, but I wanted to know first what I make of it myself.",
)
ROUNDS = 4


MAKE = """\
#!/bin/sh
# Stands in for make: a test that ran `make test` would run itself. The targets must exist.
for target in "$@"; do
  case $target in *=*) continue ;; esac
  grep -q "^$target:" "{makefile}" || { echo "no target $target" >&2; exit 2; }
done
"""


def put_make(folder: Path) -> None:
    """A `make` that only looks whether a target exists, in ``.tools`` of the folder."""
    tools = folder / ".tools"
    tools.mkdir()
    make = tools / "make"
    make.write_text(MAKE.replace("{makefile}", str(ROOT / "Makefile")), encoding="utf-8")
    make.chmod(0o755)


def exchange() -> list[tuple[str, str]]:
    """Therapist and client in turn: role, text."""
    pairs = zip(ASKED * ROUNDS, TOLD * ROUNDS, strict=True)
    return [turn for t, c in pairs for turn in (("therapist", t), ("client", c))]


def write_script(path: Path) -> Path:
    """Plain text with T: and C:."""
    lines = [f"{role[0].upper()}: {text}" for role, text in exchange()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def clock(seconds: int) -> str:
    """Seconds as WebVTT writes them."""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.000"


def write_vtt(path: Path, names: tuple[str, str] = ("Dana Lee", "Sam")) -> Path:
    """WebVTT as Zoom writes it, a name before each cue."""
    cues = [
        f"{n}\n{clock(6 * n)} --> {clock(6 * n + 5)}\n{names[role == 'client']}: {text}\n"
        for n, (role, text) in enumerate(exchange(), start=1)
    ]
    path.write_text("WEBVTT\n\n" + "\n".join(cues), encoding="utf-8")
    return path


def write_table(path: Path, sessions: int, columns: tuple[str, str, str]) -> Path:
    """A CSV with a row a turn and a column that people have labelled, `asks`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow([*columns, "asks"])
        for n in range(1, sessions + 1):
            rows.writerows([f"s{n}", r, t, "yes" if "?" in t else "no"] for r, t in exchange())
    return path


def set_stage(folder: Path) -> None:
    """All files that a document's commands may name."""
    write_script(folder / "session.txt")
    write_vtt(folder / "session.vtt")
    write_table(folder / "turns.csv", 3, ("session_id", "role", "text"))
    write_table(folder / "calls.csv", 3, ("call", "who", "said"))
    write_table(folder / "labelled.csv", 8, ("session_id", "role", "text"))
