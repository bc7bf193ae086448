"""One partition, from its files to amounts: what a worker does, on this machine or another."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from evenhand.coders._punctuation import punctuation_missing
from evenhand.core.contracts import Coder
from evenhand.core.discovery import discover
from evenhand.core.errors import EvenhandError, Exit
from evenhand.core.features import build_features
from evenhand.core.roles import MOST_LABELS, apply_roles, heard_labels
from evenhand.core.tables import CLIENT, CODES, EVIDENCE, THERAPIST, TURNS, as_table
from evenhand.readers import flags, read_turns
from evenhand.readers.table import drop_repeats, number_turns
from evenhand.study.amounts import (
    amounts_by_turn,
    amounts_of,
    evidence_of,
    session_facts,
    wanted_columns,
)
from evenhand.study.plan import Part, Settings, Source
from evenhand.study.store import write_json, write_table, writing

TABLES = ("turns", "codes", "evidence", "amounts", "facts")


@dataclass(frozen=True)
class Done:
    """What a partition left behind: its folder, its errors and notes."""

    folder: Path
    errors: list[dict[str, Any]] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    """Speakers of its files, where ``--speakers`` was given; of a table only those it names."""
    doubts: list[str] = field(default_factory=list)
    """What readers were in doubt of: a sentence each, with file, count and line."""

    def table(self, name: str) -> Path:
        """The Parquet file of one of `TABLES`."""
        return self.folder / f"{name}.parquet"


def as_record(error: EvenhandError, source: str) -> dict[str, Any]:
    """An error as JSON, with the file that it came from."""
    return {
        "file": source,
        "what": error.what,
        "where": error.where,
        "remedy": error.remedy,
        "code": int(error.code),
    }


def read_source(source: Source, settings: Settings, labels: set[str] | None = None) -> pl.DataFrame:
    """A transcript's turns with roles, and the session's own name.

    Args:
        source: what to read.
        settings: roles, columns, speakers.
        labels: where given, the labels of its speakers are added, whether or not roles are found.

    Raises:
        EvenhandError: it cannot be read, or its roles cannot be known.
    """
    turns = read_turns(source.path, settings.columns)
    if labels is not None:
        labels |= heard_labels(turns)
    speakers = {**settings.speakers, **source.speakers}
    turns = _with_roles(turns, speakers, settings)
    if source.session_id is not None and turns["session_id"].n_unique() == 1:
        turns = turns.with_columns(session_id=pl.lit(source.session_id))
    return turns


def _with_roles(
    turns: pl.DataFrame, speakers: Mapping[str, str], settings: Settings
) -> pl.DataFrame:
    """A role for every turn: who is named by ``--pair`` needs no other."""
    if settings.pair is None:
        return apply_roles(turns, speakers, settings.roles)
    return name_pair(turns, settings.pair)


def name_pair(turns: pl.DataFrame, pair: tuple[str, str]) -> pl.DataFrame:
    """Give the pair's roles to the two speakers of ``--pair``; others stand outside it."""
    first, second = pair
    who = pl.col("speaker")
    asked = turns.group_by("session_id").agg(
        (who == first).any().alias("a"), (who == second).any().alias("b")
    )
    lost = asked.filter(~(pl.col("a") & pl.col("b")))
    if lost.height:
        labels = ", ".join(sorted(turns["speaker"].drop_nulls().unique().to_list())[:12])
        raise EvenhandError(
            "The pair named by --pair is not there.",
            f"session {lost['session_id'][0]}",
            f"Its speakers are: {labels}.",
            Exit.QUESTION,
        )
    role = (
        pl.when(who == first)
        .then(pl.lit(THERAPIST))
        .when(who == second)
        .then(pl.lit(CLIENT))
        .otherwise(pl.format("other: {}", who).fill_null("unknown"))
    )
    return turns.with_columns(role=role)


def crowded(turns: pl.DataFrame) -> pl.DataFrame:
    """Sessions in which one role of the pair is held by more than one speaker."""
    pair = turns.filter(pl.col("role").is_in([THERAPIST, CLIENT]))
    held = pair.group_by("session_id", "role").agg(pl.col("speaker").n_unique().alias("n"))
    return held.filter(pl.col("n") > 1).select("session_id").unique()


def _set_aside(
    turns: pl.DataFrame, settings: Settings
) -> tuple[pl.DataFrame, list[dict[str, Any]]]:
    """Put couples and groups without a named pair outside every tilt, with an error each."""
    if settings.pair_mapped or settings.pair is not None:
        return turns, []
    many = crowded(turns)
    if many.is_empty():
        return turns, []
    named = sorted(many["session_id"].to_list())
    errors = [
        as_record(
            EvenhandError(
                "More than two people hold the pair's roles.",
                f"session {session}",
                "Name the two to look at: --pair A,B.",
                Exit.QUESTION,
            ),
            session,
        )
        for session in named
    ]
    return turns.filter(~pl.col("session_id").is_in(named)), errors


def load_part(
    part: Part, settings: Settings, labels: set[str], doubts: list[str]
) -> tuple[pl.DataFrame, list[dict[str, Any]]]:
    """A partition's turns with roles, and an error for each file that could not be read.

    The labels of all speakers are added to `labels`, what a reader was in doubt of to `doubts`.
    """
    errors: list[dict[str, Any]] = []
    if part.table is not None:
        rows = pl.scan_parquet(part.table).slice(part.offset, part.length).collect()
        rows = number_turns(rows)
        labels |= heard_labels(rows) & set(settings.speakers)
        frames = [_with_roles(rows, settings.speakers, settings)]
    else:
        frames = []
        for source in part.sources:
            with flags() as found:
                try:
                    frames.append(read_source(source, settings, labels))
                    doubts += found
                except EvenhandError as error:
                    errors.append(as_record(error, source.path.name))
    turns = as_table(pl.concat(frames) if frames else pl.DataFrame(schema=TURNS), TURNS)
    turns, more = _set_aside(turns, settings)
    return turns, errors + more


def find_coder(name: str, roles: Mapping[str, str] | None = None) -> Coder:
    """A coder by its name, or a learned one by its path.

    Args:
        name: of a coder, or the path of a model.
        roles: the pair that ``--roles`` maps, for a model that learned from the file's own words.

    Raises:
        EvenhandError: there is none of that name, and no such file.
    """
    known = discover("coder")
    if name in known:
        coder: Coder = known[name]
        return coder
    path = Path(name)
    if not path.exists():
        raise EvenhandError(
            f"There is no coder {name!r}.",
            "--coder",
            f"Known: {', '.join(known)}; or give the path of a model made by `evenhand train`.",
            Exit.USAGE,
        )
    from evenhand.coders.learned import load_coder

    return load_coder(path, roles)


def code_turns(turns: pl.DataFrame, coders: Sequence[Coder]) -> pl.DataFrame:
    """All coders' codes of these turns, in the turns' order."""
    frames = [as_table(coder.code(turns), CODES) for coder in coders]
    return pl.concat(frames) if frames else pl.DataFrame(schema=CODES)


def heard(codes: pl.DataFrame) -> pl.DataFrame:
    """Codes as indicators use them: a learned ``reflection_exists=True`` stands for the rules'.

    A learned coder knows a code better than phrases do; where it was asked for, its positive
    labels take the place of the phrases' hits of the same name.
    """
    yes = pl.col("code").str.extract(r"^([a-z_]+?)(?:_exists)?=(?i:true|yes|1)$")
    learned = codes.with_columns(plain=yes).filter(pl.col("plain").is_not_null())
    names = learned["plain"].unique().to_list()
    if not names:
        return codes
    kept = codes.filter(~pl.col("code").is_in(names))
    return pl.concat([kept, learned.with_columns(code=pl.col("plain")).drop("plain")])


def _results(
    turns: pl.DataFrame, codes: pl.DataFrame, settings: Settings
) -> dict[str, pl.DataFrame]:
    """Amounts, facts and evidence of a partition, by session_id."""
    indicators = discover("indicator")
    features = build_features(
        turns,
        heard(codes),
        wanted_columns(indicators.values()),
        {"pair_mapped": settings.pair_mapped},
    )
    by_turn = amounts_by_turn(features, indicators.values())
    names = features.sessions
    found = {
        "amounts": amounts_of(features, indicators, by_turn),
        "facts": session_facts(features),
        "evidence": evidence_of(features, indicators, by_turn),
    }
    named = {
        name: frame.join(names, on="session", how="left", maintain_order="left")
        for name, frame in found.items()
    }
    role = pl.when(pl.col("side") == 1).then(pl.lit(THERAPIST)).otherwise(pl.lit(CLIENT))
    order = ["session", "indicator"]
    named["amounts"] = named["amounts"].sort(order, maintain_order=True).drop("session")
    named["facts"] = named["facts"].drop("session")
    evidence = named["evidence"].with_columns(role=role)
    evidence = evidence.sort("session", "indicator", "row", "start_char", maintain_order=True)
    named["evidence"] = as_table(evidence, EVIDENCE)
    return named


def untimed(turns: pl.DataFrame) -> int:
    """Turns without a usable end in sessions that have ends: missing, or before the start."""
    ends = pl.col("end_s").is_not_null()
    return int(turns.select((~ends & ends.any().over("session_id")).sum()).item())


def unpunctuated(turns: pl.DataFrame) -> pl.Series:
    """The session_id of every transcript without punctuation, as raw speech recognition has it."""
    frame = turns.filter(pl.col("text").is_not_null()).select(
        "session_id",
        session=pl.col("session_id").rle_id(),
        plain=pl.col("text"),
        words=pl.col("text").str.count_matches(" ", literal=True) + 1,
    )
    return punctuation_missing(frame).filter("bare")["session_id"]


def in_order(turns: pl.DataFrame) -> pl.DataFrame:
    """Each session's turns in the order of their numbers, sessions as they come."""
    same = pl.col("session_id") == pl.col("session_id").shift(1)
    back = same & (pl.col("turn") < pl.col("turn").shift(1))
    if not turns.select(back.any()).item():
        return turns
    run = pl.col("session_id").rle_id()
    return turns.sort(run, "turn", maintain_order=True)


def without_repeats(turns: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Drop rows that stand there again; most tables have no two rows of one turn at all."""
    same = (pl.col("session_id") == pl.col("session_id").shift(1)) & (
        pl.col("turn") == pl.col("turn").shift(1)
    )
    return drop_repeats(turns) if turns.select(same.any()).item() else (turns, 0)


def run_part(part: Part, settings: Settings, folder: Path) -> Done:
    """Do one partition and leave its tables in `folder`, whole or not at all.

    Args:
        part: what to read.
        settings: roles, columns, coders.
        folder: the partition's own folder; one with the same key is used as it is.
    """
    done = folder / "done.json"
    if done.exists():
        record = json.loads(done.read_text(encoding="utf-8"))
        if record["key"] == part.key:
            given = (record[n] for n in ("errors", "notes", "labels", "doubts"))
            return Done(folder, *given)
    labels: set[str] = set()
    doubts: list[str] = []
    turns, errors = load_part(part, settings, labels, doubts)
    turns, repeats = without_repeats(in_order(turns))
    codes = code_turns(turns, [find_coder(name, settings.roles) for name in settings.coders])
    tables = {"turns": turns, "codes": codes, **_results(turns, codes, settings)}
    fresh = folder.with_name(f".{folder.name}.part")
    with writing(fresh):
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
    for name in TABLES:
        write_table(fresh / f"{name}.parquet", tables[name])
    notes = {
        "turns": turns.height,
        "repeats": repeats,
        "sessions": tables["facts"].height,
        "untimed": untimed(turns),
        "unpunctuated": len(unpunctuated(turns)),
    }
    named = sorted(labels)[:MOST_LABELS] if settings.speakers else []
    named = sorted({*named, *(labels & set(settings.speakers))})
    found = {"errors": errors, "notes": notes, "labels": named, "doubts": doubts}
    write_json(fresh / "done.json", {"key": part.key, **found})
    with writing(folder):
        shutil.rmtree(folder, ignore_errors=True)
        fresh.replace(folder)
    return Done(folder, errors, notes, named, doubts)
