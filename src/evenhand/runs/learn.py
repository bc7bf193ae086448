"""`evenhand train`, `code` and `agree`: learn a coder, label turns, compare with people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from evenhand import __version__
from evenhand.core.agreement import Agreement
from evenhand.core.contracts import Coder
from evenhand.core.errors import EvenhandError, Exit
from evenhand.core.roles import check_names, stated_role
from evenhand.core.tables import CODES
from evenhand.readers import read_turns
from evenhand.readers.table import drop_repeats
from evenhand.runs._agree import agree
from evenhand.runs._annotated import one_a_turn, read_annotated, role_learned
from evenhand.runs._comparison import Comparison, few_groups, people_among_themselves
from evenhand.study.plan import Settings, Source, session_names
from evenhand.study.store import write_bytes, write_table
from evenhand.study.work import find_coder, read_source

__all__ = ["Comparison", "agree", "code", "train"]


def train(
    turns: str | Path,
    *,
    label: str,
    out: str | Path,
    role: str | None = None,
    group: str = "session_id",
    columns: Mapping[str, str] | None = None,
) -> Comparison:
    """Learn a coder from labelled turns and write it at exactly `out`.

    Args:
        turns: a table with a row a turn (several rows where several people labelled it).
        label: the column to learn, named as in the file; its values are kept letter for letter.
        out: where the model goes.
        role: learn from this role's turns; by default the only role that has labels.
        group: turns of one group are never on both sides of the test.
        columns: our column name to the table's own.

    Returns:
        How the coder did on groups that it had not seen.

    Raises:
        EvenhandError: the table, column or role is not there, nothing can be learned or tested,
            or the file cannot be written.
    """
    from evenhand.coders.learned import train_coder, write_model

    target = Path(out)
    if target.is_dir():
        raise EvenhandError("--out is a folder.", str(target), "Name a file.", Exit.USAGE)
    table = read_annotated(Path(turns), label, columns, group)
    learned_role = role_learned(table, role)
    rows = table.rows
    if learned_role is not None:
        other = pl.col("role").ne_missing(learned_role)
        rows = rows.with_columns(label=pl.when(~other).then(pl.col("label")))
    known = one_a_turn(rows)
    learned = train_coder(known, known["label"].to_list(), _groups(known, group, table.name))
    about = {
        "label": table.label,
        "role": learned_role,
        "group": group,
        "version": __version__,
        "sklearn": _sklearn_version(),
    }
    write_bytes(target, write_model(learned, about))
    return Comparison(
        title=f"{table.label}, learned from {learned.n:,} turns of {learned_role or 'all roles'}; "
        "tested on groups that it had not seen",
        scores=learned.held_out,
        group=group,
        facts={**about, "model": str(target), "folds": learned.folds},
        notes=_training_notes(rows, known, learned_role, learned.held_out),
        people=people_among_themselves(rows.filter(pl.col("label").is_not_null())),
    )


def _groups(known: pl.DataFrame, group: str, name: str) -> list[str]:
    """The group of each turn; a labelled turn must have one."""
    lacking = known.filter(pl.col("label").is_not_null() & pl.col("group").is_null()).height
    if lacking:
        raise EvenhandError(
            f"{lacking} labelled turns have no {group}.",
            f"{name}, --group",
            "Fill the column in, or name another.",
        )
    return known["group"].fill_null("").to_list()


def _sklearn_version() -> str:
    from importlib.metadata import version

    return version("scikit-learn")


def _training_notes(
    rows: pl.DataFrame, known: pl.DataFrame, role: str | None, scores: Agreement
) -> list[str]:
    """What was left out, and how far to trust the intervals."""
    in_role = known if role is None else known.filter(pl.col("role") == role)
    empty = int(in_role["label"].null_count())
    notes = []
    if known.height > in_role.height:
        n = known.height - in_role.height
        notes.append(f"{n:,} turns of other roles serve as neighbours only.")
    if empty:
        notes.append(f"{empty:,} turns without a label serve as neighbours only.")
    labelled = rows.filter(pl.col("label").is_not_null()).height
    if labelled > scores.n:
        notes.append(
            f"{labelled:,} labels for {scores.n:,} turns: each counts once, with the label that "
            "most people gave it."
        )
    notes.append("The intervals show how sessions differ, not how another training would.")
    return notes + few_groups(scores)


def code(
    files: Sequence[str | Path],
    *,
    coder: str,
    out: str | Path,
    speakers: Mapping[str, str] | None = None,
    roles: Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
) -> pl.DataFrame:
    """Label the turns of some files with one coder.

    Args:
        files: transcripts and tables of turns.
        coder: a coder's name, or the path of a model made by `train`.
        out: a Parquet file, or CSV where it is named so.
        speakers: label in the file to role.
        roles: another pair of roles, ours to theirs.
        columns: our column name to the table's own.

    Returns:
        What was written: `tables.CODES`.

    Raises:
        EvenhandError: a file cannot be read, its roles cannot be known, there is no such coder,
            or no turn has the role that the model was trained on.
    """
    part, role = _coder(coder, roles)
    settings = Settings(roles=roles, columns=columns, speakers=dict(speakers or {}))
    paths = [Path(f) for f in files]
    labels: set[str] = set()
    found = [
        _coded(Source(path, name), settings, part, role, labels)
        for path, name in zip(paths, session_names(paths), strict=True)
    ]
    check_names(settings.speakers, labels)
    turns = sum(n for n, _ in found)
    if role is not None and turns == 0:
        raise EvenhandError(
            f"The model labels turns of {role!r}, and no turn has that role.",
            ", ".join(p.name for p in paths[:3]),
            'Say who is who: --speakers "NAME=role", or --roles.',
        )
    codes = pl.concat([frame for _, frame in found]) if found else pl.DataFrame(schema=CODES)
    _write_codes(Path(out), codes)
    return codes


def _coder(name: str, roles: Mapping[str, str] | None) -> tuple[Coder, str | None]:
    """The coder, and the role that it needs (None where it labels all)."""
    from evenhand.coders.learned import load_coder, role_of
    from evenhand.core.discovery import discover

    if name in discover("coder") or not Path(name).exists():
        return find_coder(name), None
    return load_coder(Path(name), roles), role_of(Path(name), roles)


def _coded(
    source: Source, settings: Settings, coder: Coder, role: str | None, labels: set[str]
) -> tuple[int, pl.DataFrame]:
    """How many turns of the needed role a file has, and its codes."""
    turns, _ = drop_repeats(_turns(source, settings, role, labels))
    turns = turns.sort("session_id", "turn", maintain_order=True)
    theirs = turns if role is None else turns.filter(pl.col("role") == role)
    return theirs.height, coder.code(turns)


def _turns(source: Source, settings: Settings, role: str | None, labels: set[str]) -> pl.DataFrame:
    """A file's turns; one that states the needed role is enough, whoever else is in the room."""
    if not source.path.exists():
        raise EvenhandError(
            "There is no such file.", str(source.path), "Look at its spelling.", Exit.USAGE
        )
    try:
        return read_source(source, settings, labels)
    except EvenhandError as error:
        if error.code != Exit.QUESTION or role is None:
            raise
        turns = read_turns(source.path, settings.columns)
        stated = pl.coalesce(stated_role("role"), stated_role("speaker"), pl.col("role"))
        turns = turns.with_columns(role=stated)
        if not (turns["role"] == role).any():
            raise
        return turns


def _write_codes(out: Path, codes: pl.DataFrame) -> None:
    if out.suffix == ".csv":
        write_bytes(out, codes.write_csv().encode())
    else:
        write_table(out, codes)
