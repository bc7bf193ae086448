"""Made-up tables for the report: sentences that hold known acts, counted by hand-written rules."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from evenhand.core.discovery import discover
from evenhand.core.tables import (
    CODES,
    EVIDENCE,
    POOLED,
    RATES,
    READINGS,
    TURNS,
    as_table,
)
from evenhand.core.tilt import rate_interval, tilt_of
from evenhand.reports.context import ReportData
from evenhand.reports.session_view import SessionView
from evenhand.reports.study_view import StudyView

THERAPIST_SAYS = (
    ("What was it like on the Sunday, when you sat down with it?", "question_open"),
    ("Did you write it down before bed, as we said?", "question_closed"),
    ("You should try to catch it close to the moment, each evening.", "directive"),
    ("It sounds like the evenings were the hardest part of the week.", "reflection"),
    ("Does that fit, or have I got it wrong?", "invitation"),
    ("I went straight past what you said about your mother. I should have asked.", "mending"),
    ("Most people find that the first week is the hardest.", "information"),
    ("The kettle, the lamp and the chair by the window, then.", ""),
    ("Mm-hmm.", "minimal"),
)
CLIENT_SAYS = (
    ("I had a go at it on the Sunday, only the way the boxes were laid out—", ""),
    ("It was a long week, with the rain and my brother on the telephone most nights.", ""),
    ("If you think so.", "yielding"),
    ("I don't see it that way. It isn't the bedtimes that do it.", "disagreement"),
    ("I'd rather not do the form today, if we could talk instead.", "self_advocacy"),
    ("Being Welsh first, the words come out smaller in English.", "position_named"),
    ("I suppose.", "withdrawal"),
    ("Yeah.", "minimal"),
)
WEIGHTS_T = (0.2, 0.14, 0.12, 0.14, 0.06, 0.02, 0.06, 0.14, 0.12)
WEIGHTS_C = (0.2, 0.36, 0.08, 0.04, 0.04, 0.03, 0.05, 0.2)


def made_turns(
    session: str, rng: np.random.Generator, n: int = 100, timed: bool = True, **names: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Turn and code rows of one session."""
    turns, codes, at = [], [], 2.0
    for turn in range(1, n + 1):
        role = "therapist" if turn % 2 else "client"
        says, weights = (
            (THERAPIST_SAYS, WEIGHTS_T) if role == "therapist" else (CLIENT_SAYS, WEIGHTS_C)
        )
        text, code = says[rng.choice(len(says), p=weights)]
        if role == "client" and turn > n * 0.6 and not code:
            text = f"{text} I left school at fifteen and I read all I want, and it was the rain."
        length = 0.4 * len(text.split()) + rng.exponential(0.5)
        turns.append(
            {
                "session_id": session,
                "turn": turn,
                "role": role,
                "speaker": names.get(role, role),
                "start_s": at if timed else None,
                "end_s": at + length if timed else None,
                "text": text,
                "source_file": f"{session}.csv",
                "source_line": turn + 1,
            }
        )
        if code:
            codes.append(
                {
                    "session_id": session,
                    "turn": turn,
                    "code": code,
                    "start_char": 0,
                    "end_char": max(4, text.find(".") if "." in text else len(text)),
                    "weight": 1.0,
                    "coder": "rules",
                    "coder_version": "1",
                }
            )
        at += length + (6.0 if rng.random() < 0.03 else -0.3 if rng.random() < 0.1 else 0.2)
    return turns, codes


COUNTED = {
    "questions": (("question_open", "question_closed"), "both"),
    "closed_questions": (("question_closed",), "both"),
    "open_questions": (("question_open",), "both"),
    "directives": (("directive",), "both"),
    "yielding": (("yielding",), "both"),
    "minimal_reply": (("minimal",), "both"),
    "position_named": (("position_named",), "both"),
    "disagreement": (("disagreement",), "client"),
    "self_advocacy": (("self_advocacy",), "client"),
    "invitation": (("invitation",), "therapist"),
    "mending": (("mending",), "therapist"),
    "withdrawal": (("withdrawal",), "client"),
    "confrontation": (("confrontation",), "client"),
}


def made_session(
    session: str, turns: list[dict[str, Any]], codes: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Readings, rates and evidence of one session, counted from its codes."""
    indicators = discover("indicator")
    role_of = {t["turn"]: t["role"] for t in turns}
    said = {r: [t for t in turns if t["role"] == r] for r in ("therapist", "client")}
    words = {r: sum(len(t["text"].split()) for t in said[r]) for r in said}
    readings, rates, evidence = [], [], []
    for name, i in indicators.items():
        row: dict[str, Any] = {
            "session_id": session,
            "indicator": name,
            "version": i.version,
            "facet": i.facet,
        }
        k: dict[str, float | None] = {"therapist": None, "client": None}
        e: dict[str, float | None] = {"therapist": None, "client": None}
        if name in COUNTED:
            wanted, side = COUNTED[name]
            for role in k:
                if side in ("both", role):
                    hits = [c for c in codes if c["code"] in wanted and role_of[c["turn"]] == role]
                    k[role] = float(len(hits))
                    e[role] = float(words[role] if i.unit == "per word" else len(said[role]))
                    evidence += [
                        {
                            "session_id": session,
                            "indicator": name,
                            "role": role,
                            **{c: h[c] for c in ("turn", "start_char", "end_char")},
                        }
                        for h in hits
                    ]
        elif name == "cut_off":
            for role, other in (("therapist", "client"), ("client", "therapist")):
                cut = [t for t in said[other] if t["text"].endswith("—")]
                k[role], e[role] = float(len(cut)), float(len(said[other]))
                evidence += [
                    {"session_id": session, "indicator": name, "role": role, "turn": t["turn"]}
                    for t in cut
                ]
        elif name == "talk_share":
            both = float(words["therapist"] + words["client"])
            k = {r: float(words[r]) for r in words}
            e = {"therapist": both, "client": both}
        elif name == "turn_length":
            k = {r: float(words[r]) for r in words}
            e = {r: float(len(said[r])) for r in said}
        for role in k:
            row[f"k_{role}"], row[f"e_{role}"] = k[role], e[role]
            rate = k[role] / e[role] if k[role] is not None and e[role] else None  # type: ignore[operator]
            row[role] = rate
            if rate is not None:
                share = np.asarray(i.binary)
                low, high = rate_interval(k[role], e[role], 1.0, share)  # type: ignore[arg-type]
                rates.append(
                    {
                        "session_id": session,
                        "indicator": name,
                        "role": role,
                        "k": k[role],
                        "e": e[role],
                        "dispersion": 1.0,
                        "rate": rate,
                        "rate_low": float(low),
                        "rate_high": float(high),
                    }
                )
        row["absent"] = None
        if k["therapist"] is None and k["client"] is None:
            row["absent"] = "not measurable: this transcript has no times"
        elif (k["therapist"] or 0) + (k["client"] or 0) == 0:
            row["absent"] = "our phrases matched nothing"
        elif i.kind == "tilted":
            found = tilt_of(
                *(row[c] for c in ("k_therapist", "e_therapist", "k_client", "e_client")),
                direction=i.direction,
            )
            row |= {
                "tilt": float(found.tilt),
                "tilt_low": float(found.low),
                "tilt_high": float(found.high),
            }
        if name == "room_tilt":
            row |= {"absent": None, "tilt": 0.41, "tilt_low": 0.2, "tilt_high": 0.6}
        readings.append(row)
    return readings, rates, evidence


def made_data(
    meetings: list[tuple[str, str, str, int]] | None = None,
    seed: int = 7,
    n: int = 100,
    timed: bool = True,
    names: dict[str, str] | None = None,
    **given: Any,
) -> ReportData:
    """A study of made-up sessions.

    Args:
        meetings: session_id, client_id, therapist_id, number.
        seed: of the rng.
        n: turns a session.
        timed: whether turns have times.
        names: person_id to name.
        given: other fields of `ReportData`.
    """
    rng = np.random.default_rng(seed)
    names = {"gwyn": "Gwyn", "anjali": "Anjali", "ruth": "Ruth", "marek": "Dr Marek Zielinski"} | (
        names or {}
    )
    listed = meetings or [(f"anjali-gwyn-{i}", "gwyn", "anjali", i) for i in range(1, 5)]
    every: dict[str, list[dict[str, Any]]] = {
        t: [] for t in ("turns", "codes", "readings", "rates", "evidence")
    }
    for one, client, therapist, _ in listed:
        said = {"client": names.get(client, client), "therapist": names.get(therapist, therapist)}
        turns, codes = made_turns(one, rng, n, timed, **said)
        readings, rates, evidence = made_session(one, turns, codes)
        for key, rows in zip(every, (turns, codes, readings, rates, evidence), strict=True):
            every[key] += rows
    kinds = {
        "turns": TURNS,
        "codes": CODES,
        "readings": READINGS,
        "rates": RATES,
        "evidence": EVIDENCE,
    }
    frames = {
        k: as_table(
            pl.DataFrame(rows, infer_schema_length=None) if rows else pl.DataFrame(schema=kinds[k]),
            kinds[k],
        )
        for k, rows in every.items()
    }
    sessions_frame = pl.DataFrame(
        [
            {
                "session_id": s,
                "client_id": c,
                "therapist_id": t,
                "number": str(i),
                "date": f"2025-05-{i:02}",
            }
            for s, c, t, i in listed
        ]
    )
    people = pl.DataFrame(
        [
            {
                "person_id": k,
                "role": "client" if k in {c for _, c, _, _ in listed} else "therapist",
                "name": v,
            }
            for k, v in names.items()
        ]
    )
    return ReportData(
        **(
            {
                "title": "A made-up study",
                "pooled": pl.DataFrame(schema=POOLED),
                "indicators": discover("indicator"),
                "sessions": sessions_frame,
                "people": people,
                **frames,
                **given,
            }
        )
    )


def spoken(
    said: list[tuple[str, float, float | None]],
    codes: list[tuple[int, str]] | None = None,
    readings: tuple[str, ...] = (),
    evidence: list[tuple[str, str, int]] | None = None,
) -> SessionView:
    """A session of bare turns: T or C with start and end, and codes by turn number."""
    roles = {"T": "therapist", "C": "client"}
    turns = [
        {
            "session_id": "s",
            "turn": n,
            "role": roles[who],
            "speaker": None,
            "start_s": float(start),
            "end_s": None if end is None else float(end),
            "text": "one two three",
        }
        for n, (who, start, end) in enumerate(said, start=1)
    ]
    coded = [{"session_id": "s", "turn": n, "code": code} for n, code in codes or []]
    read = [{"session_id": "s", "indicator": name, "facet": "x"} for name in readings]
    shown = [
        {"session_id": "s", "indicator": name, "role": role, "turn": n}
        for name, role, n in evidence or []
    ]
    frames = {
        key: as_table(
            pl.DataFrame(rows, infer_schema_length=None) if rows else pl.DataFrame(schema=kind),
            kind,
        )
        for key, rows, kind in (
            ("turns", turns, TURNS),
            ("codes", coded, CODES),
            ("readings", read, READINGS),
            ("evidence", shown, EVIDENCE),
            ("rates", [], RATES),
        )
    }
    data = ReportData(
        title="x", pooled=pl.DataFrame(schema=POOLED), indicators=discover("indicator"), **frames
    )
    return StudyView(data).session("s")
