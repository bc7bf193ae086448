"""Talk, counts and tilts over the course, a column a session; room tilt last."""

from __future__ import annotations

from evenhand.core.contracts import Indicator
from evenhand.core.wording import listed
from evenhand.reports import course_chart as draw
from evenhand.reports.blocks import Figure, Section
from evenhand.reports.count_chart import family, rate_row, rate_words
from evenhand.reports.dyad_view import DyadView
from evenhand.reports.numbers import capital, in_words, percent, signed, small
from evenhand.reports.profile_rows import ROOM, in_order
from evenhand.reports.sections.dyad_opening import talk_range
from evenhand.reports.sections.session_profile import room_parts
from evenhand.reports.session_view import PAIR
from evenhand.reports.summary import act
from evenhand.reports.tables import by_session

NOT_FAIR = "Usual is not the same as fair."


def _talk(view: DyadView) -> Figure:
    cells = []
    for v in view.sessions:
        r = v.readings.get("talk_share")
        known = r is not None and r["client"] is not None
        cells.append(
            [percent(r["client"]), percent(r["therapist"])] if r and known else ["not readable"] * 2
        )
    c, t = view.pair.client.name, view.pair.therapist.name
    table = by_session(view, "Shares of the talk; exact for each session.", [c, t], cells)
    how = f"{t} above, {c} below. {NOT_FAIR}"
    return Figure(
        "shares",
        "Talking time",
        talk_range(view),
        how,
        draw.share_panel(view.columns),
        table,
    )


def _tilt_cells(view: DyadView, name: str) -> list[list[str]]:
    cells = []
    for v in view.sessions:
        r = v.readings.get(name)
        if r is None or r["tilt"] is None:
            cells.append(["not readable: " + ((r or {}).get("absent") or "no figures")])
        elif r["tilt_low"] is None or r["tilt_high"] is None:
            cells.append([signed(r["tilt"])])
        else:
            cells.append(
                [f"{signed(r['tilt'])} [{signed(r['tilt_low'])}, {signed(r['tilt_high'])}]"]
            )
    return cells


def _tilt_say(view: DyadView, name: str) -> str:
    """How many sessions lean, and the dyad's own pooled reading."""
    sides = {"therapist": 0, "client": 0}
    chance = absent = 0
    for v in view.sessions:
        r = v.readings.get(name)
        if r is None or r["tilt"] is None:
            absent += 1
        elif r["tilt_low"] is not None and r["tilt_low"] > 0:
            sides["therapist"] += 1
        elif r["tilt_high"] is not None and r["tilt_high"] < 0:
            sides["client"] += 1
        else:
            chance += 1
    every = in_words(len(view.sessions))
    parts = [
        f"{capital(view.pair[role].called)} held more in {in_words(n)} of {every}"
        for role, n in sides.items()
        if n
    ]
    if chance:
        parts.append(f"{in_words(chance)} could be chance")
    if absent:
        parts.append(f"{in_words(absent)} could not be read")
    say = capital("; ".join(parts)) + "."
    pooled = view.pooled.get(name)
    if pooled and pooled["tilt"] is not None and pooled["tilt_low"] is not None:
        clear = pooled["tilt_low"] > 0 or pooled["tilt_high"] < 0
        say += (
            f" All sessions together: {signed(pooled['tilt'])} "
            f"[{signed(pooled['tilt_low'])}, {signed(pooled['tilt_high'])}], "
            f"{'clear of chance' if clear else 'which could be chance'}."
        )
    return say


def _tilt(view: DyadView, i: Indicator, first: bool) -> Figure:
    room = i.facet == ROOM
    parts: list[str] = []
    if room:
        parts = sorted({p for v in view.sessions for p in room_parts(dict(v.readings))})
    title = view.sessions[-1].told(i.title)
    titles = [act(small(view.study.data.indicators[p].title)) for p in parts]
    c, t = view.pair.client.name, view.pair.therapist.name
    how = f"{t} holds more above the line, {c} below. n/r: not readable." if first else ""
    if room:
        how = (
            f"Large: the mean of {listed(titles)}. Small: these, one by one. "
            "Never read it without them; it is no measure of quality."
        )
    svg = draw.tilt_panel(view.columns, i, parts)
    table = by_session(
        view, f"{title}: tilt with 95 % interval.", ["tilt"], _tilt_cells(view, i.name)
    )
    return Figure(f"tilt-{i.name}", title, _tilt_say(view, i.name), how, svg, table)


def _rate(view: DyadView, i: Indicator) -> Figure:
    cells = []
    for v in view.sessions:
        found = [
            f"{v.pair[role].name} {rate_words(family(i), row)}"
            for role in PAIR
            if (row := rate_row(v, i.name, role)) is not None
        ]
        reason = (v.readings.get(i.name) or {}).get("absent")
        cells.append(["; ".join(found) or f"not readable: {reason or 'no figures'}"])
    total = sum(
        r["k"]
        for v in view.sessions
        for role in PAIR
        if (r := rate_row(v, i.name, role)) is not None
    )
    times = "once" if total == 1 else f"{total:,.0f} times"
    say = f"Seen {times} in {in_words(len(view.sessions))} sessions."
    told = view.sessions[-1].told
    title, unit = told(i.title), told(family(i).unit)
    how = f"{capital(unit)}, with 95 % intervals. {told(i.caution)}".strip()
    svg = draw.rate_panel(view.columns, i)
    table = by_session(view, f"{title}: rates with 95 % intervals.", ["rate"], cells)
    return Figure(f"rate-{i.name}", title, say, how, svg, table)


def _indicators(view: DyadView) -> list[Figure]:
    """Panels of tilts by facet, then of voice and recognition; room tilt last."""
    latest = view.read[-1]
    tilted: list[Figure] = []
    counted: list[Figure] = []
    room: list[Figure] = []
    for i, _ in in_order(latest):
        any_tilt = any(
            (r := v.readings.get(i.name)) is not None and r["tilt"] is not None
            for v in view.sessions
        )
        if i.name == "talk_share":
            continue
        if i.kind == "tilted" and any_tilt:
            (room if i.facet == ROOM else tilted).append(_tilt(view, i, not tilted))
        elif i.facet in {"voice", "recognition"} and any(
            rate_row(v, i.name, role) for v in view.sessions for role in PAIR
        ):
            counted.append(_rate(view, i))
    return [*counted, *tilted, *room]


def build(view: DyadView) -> list[Figure]:
    """The talk, then what was counted."""
    return [_talk(view), *_indicators(view)] if view.read else []


SECTION = Section("indicators", "dyad", 40, build)
