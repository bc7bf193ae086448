"""The whole study, sorted into dyads and sessions, and each session's rows found quickly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from evenhand.reports.context import ReportData
from evenhand.reports.paths import file_stems
from evenhand.reports.people import Pair, pair_of, voices_of
from evenhand.reports.ratings import visible_ratings
from evenhand.reports.session_view import PAIR, Hit, Row, SessionView, lay_out
from evenhand.reports.tilt_core import with_core

DYAD_MARK = "|"
"""Joins client_id and therapist_id in the id of a dyad, as in the table of pooled readings."""


@dataclass(frozen=True)
class Meeting:
    """What sessions.csv says of one session."""

    id: str
    dyad: str | None
    number: int | None
    date: str
    client_id: str | None
    therapist_id: str | None
    row: Row
    read: bool = True
    """Whether there is a transcript, or readings, of it."""


class StudyView:
    """The study as its pages need it. Tables are cut to the sessions that get a page."""

    def __init__(self, data: ReportData) -> None:
        """Sort sessions and cut the tables; nothing is drawn yet."""
        self.data = data
        self.meetings = _meetings(data)
        read = {m.id for m in self.meetings.values() if m.read}
        self.total = len(read) or len(self.meetings)
        self.shown: list[str] = [one for one in self.meetings if one in read][: data.most_pages]
        paged = set(self.shown)
        self.listed: list[str] = [
            m.id for m in self.meetings.values() if m.id in paged or not m.read
        ]
        keep = pl.Series(self.shown, dtype=pl.String).implode()
        here = pl.col("session_id").is_in(keep)
        self._turns = _split(data.turns.filter(here))
        self._codes = _split(data.codes.filter(here))
        self._evidence = _split(data.evidence.filter(here))
        self._rates = _split(data.rates.filter(here))
        readings = with_core(data.readings.filter(here), data.rates.filter(here), data.indicators)
        self._readings = _split(readings)
        self._ratings = visible_ratings(data)

    @cached_property
    def dyads(self) -> Mapping[str, Sequence[str]]:
        """Dyad id to its sessions, in order of their number and date.

        Sessions without a transcript keep their place in the course.
        """
        found: dict[str, list[str]] = defaultdict(list)
        for one in self.listed:
            dyad = self.meetings[one].dyad
            if dyad is not None:
                found[dyad].append(one)
        return dict(found)

    @cached_property
    def session_files(self) -> Mapping[str, str]:
        """Session id to its page."""
        return {k: f"session-{v}.html" for k, v in file_stems(self.shown).items()}

    @cached_property
    def dyad_files(self) -> Mapping[str, str]:
        """Dyad id to its page."""
        return {k: f"dyad-{v}.html" for k, v in file_stems(self.dyads).items()}

    @cached_property
    def _names(self) -> Mapping[str, str]:
        """person_id to the name in people.csv."""
        people = self.data.people
        if people is None or not {"person_id", "name"} <= set(people.columns):
            return {}
        rows = people.select("person_id", "name").drop_nulls()
        return dict(rows.iter_rows())

    @cached_property
    def _courses(self) -> dict[str, dict[str, pl.DataFrame]]:
        """Tables of treatments that have a row or more a dyad, split by it."""
        found = {}
        shown = pl.Series(list(self.dyads), dtype=pl.String).implode()
        for name, frame in self.data.course.items():
            if "dyad" in frame.columns:
                here = frame.filter(pl.col("dyad").is_in(shown))
                parts = here.partition_by("dyad", as_dict=True, maintain_order=True)
                found[name] = {str(key[0]): part for key, part in parts.items()}
        return found

    def course_of(self, dyad: str, name: str) -> pl.DataFrame:
        """One dyad's rows of a table of treatments; empty where there are none."""
        return self._courses.get(name, {}).get(dyad, pl.DataFrame())

    def rows(self, table: str, session: str) -> list[dict[str, Any]]:
        """Rows of one session in a table of this view, as dicts."""
        frame = getattr(self, f"_{table}").get(session)
        return [] if frame is None else frame.to_dicts()

    def pair(self, session: str) -> Pair:
        """The two people of a session."""
        meeting = self.meetings[session]
        frame = self._turns.get(session)
        spoke: dict[str, list[str | None]] = {role: [] for role in PAIR}
        if frame is not None:
            for role, speaker in zip(frame["role"], frame["speaker"], strict=True):
                if role in spoke:
                    spoke[role].append(speaker)
        told = self.data.roles
        voices = {r: voices_of(labels, {r, told.get(r, r)}) for r, labels in spoke.items()}
        stated = {
            "therapist": self._names.get(meeting.therapist_id or ""),
            "client": self._names.get(meeting.client_id or ""),
        }
        yours = self.data.for_person is not None and self.data.for_person == meeting.therapist_id
        return pair_of(stated, voices, self.data.roles, "therapist" if yours else None)

    def session(self, one: str) -> SessionView:
        """A session, laid out."""
        return self._view(one)

    def sessions_of(self, dyad: str) -> list[SessionView]:
        """A dyad's sessions, in order."""
        return [self._view(one) for one in self.dyads[dyad]]

    def _view(self, one: str) -> SessionView:
        cached = self._views.get(one)
        if cached is None:
            cached = self._views[one] = self._build(one)
        return cached

    @cached_property
    def _views(self) -> dict[str, SessionView]:
        return {}

    def turns_n(self, one: str) -> int:
        """How many turns a session has."""
        frame = self._turns.get(one)
        return 0 if frame is None else frame.height

    def forget(self) -> None:
        """Let go of sessions that were laid out, so that a long study stays small."""
        self._views.clear()

    def readings_of(self, one: str) -> dict[str, Row]:
        """Indicator to reading, absent ones too."""
        held = self._read.get(one)
        if held is None:
            held = self._read[one] = {r["indicator"]: r for r in self.rows("readings", one)}
        return held

    @cached_property
    def _read(self) -> dict[str, dict[str, Row]]:
        return {}

    def _build(self, one: str) -> SessionView:
        meeting, pair = self.meetings[one], self.pair(one)
        codes = _hits(self.rows("codes", one), ("code",))
        minimal = {h.turn for h in codes.get(("minimal",), ())}
        names = {role: pair[role].name for role in PAIR if pair[role].voices == 1}
        rows = self.rows("turns", one)
        turns, timed, ends_known, length = lay_out(rows, minimal, names)
        history: dict[str, list[Row]] = defaultdict(list)
        for other in self.dyads.get(meeting.dyad or "", ()):
            if other != one:
                for name, reading in self.readings_of(other).items():
                    history[name].append(reading)
        return SessionView(
            id=one,
            study=self,
            pair=pair,
            turns=turns,
            timed=timed,
            ends_known=ends_known,
            length_s=length,
            readings=self.readings_of(one),
            rates={(r["indicator"], r["role"]): r for r in self.rows("rates", one)},
            evidence=_hits(self.rows("evidence", one), ("indicator", "role")),
            codes={k[0]: v for k, v in codes.items()},
            number=meeting.number,
            date=meeting.date,
            dyad=meeting.dyad,
            ratings=self._ratings.get(one, ()),
            source=(rows[0]["source_file"] or "") if rows else "",
            history=history,
        )


def _split(frame: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """A frame for each session, rows in their order."""
    parts = frame.partition_by("session_id", as_dict=True, maintain_order=True)
    return {str(key[0]): part for key, part in parts.items()}


def _hits(rows: Sequence[Row], key: tuple[str, ...]) -> dict[Any, list[Hit]]:
    """Spans by code, or by indicator and role."""
    found: dict[Any, list[Hit]] = defaultdict(list)
    for r in rows:
        hit = Hit(r["turn"], r["start_char"], r["end_char"], r.get("subtype"))
        found[tuple(r[k] for k in key)].append(hit)
    return found


def _whole(value: object) -> int | None:
    try:
        return int(float(str(value)))
    except ValueError:
        return None


def _stated(data: ReportData, read: Sequence[str]) -> dict[str, Row]:
    """Rows of sessions.csv: those that were read, and those of the same two people.

    Where there is room for more pages, the courses of others follow: a study may have ratings
    and no transcript. What was rated decides nothing here, as that may be private.
    """
    if data.sessions is None or "session_id" not in data.sessions.columns:
        return {}
    rows = data.sessions.filter(pl.col("session_id").is_not_null())
    known = pl.col("session_id").is_in(pl.Series(read, dtype=pl.String).implode())
    if not {"client_id", "therapist_id"} <= set(rows.columns):
        return {r["session_id"]: r for r in rows.filter(known).to_dicts()}
    came = pl.lit(True)
    if "attended" in rows.columns:
        came = pl.col("attended").cast(pl.String).str.to_lowercase().fill_null("") != "no"
    both = ["client_id", "therapist_id"]
    whole = rows.filter(pl.all_horizontal(pl.col(both).is_not_null()) & came)
    theirs = whole.join(rows.filter(known).select(both).unique(), on=both, how="semi")
    others = whole.join(theirs.select(both).unique(), on=both, how="anti")
    if data.for_person is not None:
        own = pl.any_horizontal(pl.col(both) == data.for_person)
        others = others.sort(~own, maintain_order=True)
    room = max(0, data.most_pages - theirs.height)
    counts = others.group_by(both, maintain_order=True).agg(n=pl.len())
    fitting = counts.filter(pl.col("n").cum_sum() <= room)  # courses are shown whole
    used = pl.concat([rows.filter(known), theirs, others.join(fitting, on=both, how="semi")])
    return {r["session_id"]: r for r in used.to_dicts()}


def _meetings(data: ReportData) -> dict[str, Meeting]:
    """Every session that was read or belongs to a course: dyad by dyad, then by number."""
    ids = pl.concat([data.readings["session_id"], data.turns["session_id"]])
    read = list(dict.fromkeys(ids.unique(maintain_order=True)))
    stated = _stated(data, read)
    have = set(read)
    every = [*read, *(one for one in stated if one not in have)]
    found = [_meeting(one, stated.get(one, {}), one in have) for one in every]
    place = {d: i for i, d in enumerate(dict.fromkeys(m.dyad for m in found))}
    order = {one: i for i, one in enumerate(every)}

    def key(m: Meeting) -> tuple[Any, ...]:
        number = m.number if m.number is not None else 10**9
        if m.dyad is None:
            return (1, 0, 0, "", order[m.id])
        return (0, place[m.dyad], number, m.date, order[m.id])

    return {m.id: m for m in sorted(found, key=key)}


def _meeting(one: str, row: Row, read: bool) -> Meeting:
    client, therapist = row.get("client_id") or None, row.get("therapist_id") or None
    dyad = f"{client}{DYAD_MARK}{therapist}" if client and therapist else None
    date = row.get("date")
    return Meeting(
        id=one,
        dyad=dyad,
        number=_whole(row.get("number")),
        date=str(date) if date is not None else "",
        client_id=client,
        therapist_id=therapist,
        row=row,
        read=read,
    )
