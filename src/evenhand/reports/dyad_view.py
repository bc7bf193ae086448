"""One dyad: its sessions in order, and what is known of them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evenhand.reports.course_chart import Columns
from evenhand.reports.people import Pair
from evenhand.reports.session_view import Row, SessionView
from evenhand.reports.study_view import StudyView


@dataclass(frozen=True)
class DyadView:
    """What the sections of a dyad's page are built from."""

    id: str
    study: StudyView
    sessions: Sequence[SessionView]
    pooled: Mapping[str, Row]

    @property
    def pair(self) -> Pair:
        """The two people, named as in their last session."""
        return self.sessions[-1].pair

    @property
    def columns(self) -> Columns:
        """Where the sessions stand."""
        return Columns(self.sessions)

    @property
    def labels(self) -> list[str]:
        """A short label a session: its number, or its place in the order."""
        return [
            str(v.number if v.number is not None else i)
            for i, v in enumerate(self.sessions, start=1)
        ]

    @property
    def links(self) -> list[str]:
        """Each session's page, "" where there is no transcript and so no page."""
        return [self.study.session_files.get(v.id, "") for v in self.sessions]

    @property
    def read(self) -> list[SessionView]:
        """Sessions of which there is a transcript or a reading."""
        return [v for v in self.sessions if v.id in self.study.session_files]


def dyad_view(study: StudyView, dyad: str) -> DyadView:
    """A dyad with its pooled readings."""
    import polars as pl

    pooled = study.data.pooled.filter((pl.col("level") == "dyad") & (pl.col("id") == dyad))
    return DyadView(
        dyad, study, study.sessions_of(dyad), {r["indicator"]: r for r in pooled.to_dicts()}
    )
