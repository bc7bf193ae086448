"""`evenhand new`: a study folder to fill in."""

from __future__ import annotations

from pathlib import Path

from evenhand.core.errors import EvenhandError, Exit
from evenhand.study.store import write_bytes

_STUDY = """\
# What this study is called, and how it is read. Lines that start with # are notes.
title = "My study"
language = "en"

# Coders besides the phrase lists ("rules"): names, or paths of models made by `evenhand train`.
coders = []

# Only sessions whose consent is "yes" in sessions.csv are read.
consent = "session"

# Who is who, where the transcripts name people. A label of one session only goes below.
[speakers]
# "Dana Lee" = "therapist"
# "Sam" = "client"

# [speakers."session-3"]
# "SPEAKER_00" = "therapist"
"""

_FILES = {
    "study.toml": _STUDY,
    "people.csv": (
        "person_id,name,role,birth_year,gender,ethnicity,education,occupation,income,deprivation,"
        "ladder,orientation,disability,faith,language,migration\n"
    ),
    "sessions.csv": (
        "session_id,client_id,therapist_id,number,date,transcript,consent,attended,planned,ended\n"
    ),
    "ratings.csv": "session_id,rater,instrument,item,scale,value,date,status,released\n",
    "transcripts/README.txt": (
        "Put transcripts here, in any format that Evenhand reads, and name each in the column\n"
        "transcript of sessions.csv. A study of ratings only needs none.\n"
    ),
}


def write_new_study(folder: Path) -> list[Path]:
    """Write the empty tables of a study; nothing that is there is touched.

    Raises:
        EvenhandError: the folder holds a study already.
    """
    for name in ("study.toml", "sessions.csv", "people.csv"):
        if (folder / name).exists():
            raise EvenhandError(
                "There is a study here already.",
                str(folder / name),
                "Choose another folder; nothing was changed.",
                Exit.USAGE,
            )
    written = []
    for name, text in _FILES.items():
        write_bytes(folder / name, text.encode())
        written.append(folder / name)
    return written
