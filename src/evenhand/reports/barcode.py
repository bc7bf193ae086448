"""The turn barcode: who spoke when, in two lanes, and what happened between them."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from evenhand.reports import marks as m
from evenhand.reports.moments import Moment
from evenhand.reports.numbers import clock, duration
from evenhand.reports.session_view import PAIR, SessionView, Turn

SILENCE_S = 4.0
LEAST = 0.07
"""The narrowest bar, in per cent, so that a short turn does not vanish."""

TOP, LANE, CHANNEL = 26, 42, 18
T_TOP, CHANNEL_TOP, C_TOP = TOP, TOP + LANE, TOP + LANE + CHANNEL
BOTTOM = C_TOP + LANE
APART = 6.2
"""Room that a moment's number takes at 390 px, in per cent."""


def silences(view: SessionView) -> list[tuple[Turn, Turn, float]]:
    """Gaps of four seconds or more between neighbouring turns; none where ends are unknown."""
    if not view.ends_known:
        return []
    found: list[tuple[Turn, Turn, float]] = []
    last, end = None, 0.0
    for turn in view.turns:
        if turn.start_s is None or turn.end_s is None:
            continue
        if last is not None and turn.start_s - end >= SILENCE_S:
            found.append((last, turn, turn.start_s - end))
        if last is None or turn.end_s > end:
            last, end = turn, turn.end_s
    return found


def overlaps(view: SessionView) -> list[tuple[float, float]]:
    """Where both people spoke at once, as places in per cent."""
    if not view.ends_known:
        return []
    ends = dict.fromkeys(PAIR, 0.0)
    found = []
    for turn in view.of_pair:
        other = ends["client" if turn.role == "therapist" else "therapist"]
        if other > turn.x0 + 1e-9:
            found.append((turn.x0, min(other, turn.x1)))
        ends[turn.role] = max(ends[turn.role], turn.x1)
    return found


def cut_offs(view: SessionView) -> list[tuple[str, Turn]]:
    """Who cut in, and the turn that ended."""
    return [
        (role, view.by_number[h.turn])
        for role in PAIR
        for h in view.evidence.get(("cut_off", role), ())
        if h.turn in view.by_number
    ]


def spread(places: Sequence[float], apart: float = APART) -> list[float]:
    """Places moved apart as little as it takes, kept within 2…98 per cent.

    Args:
        places: sorted places in per cent.
        apart: least distance.
    """
    out: list[float] = []
    for i, place in enumerate(places):
        least = out[-1] + apart if i else 2.0
        out.append(max(place, least))
    most = 98.0
    for i in range(len(out) - 1, -1, -1):
        out[i] = min(out[i], most)
        most = out[i] - apart
    return out


def _bars(view: SessionView) -> str:
    """All turns: the therapist's above, the client's below, others in the channel."""
    parts: dict[str, list[str]] = {"therapist": [], "client": [], "other": []}
    for t in view.turns:
        wide = max(LEAST, t.x1 - t.x0)
        parts[t.role if t.role in PAIR else "other"].append(f"{m.pct(t.x0)},{m.pct(wide)}")
    drawn = []
    for role, top, tall, kind in (
        ("therapist", T_TOP, LANE, "ft"),
        ("client", C_TOP, LANE, "fc"),
        ("other", CHANNEL_TOP + 6, 6, "f3"),
    ):
        bars = "".join(
            '<rect x="{}" width="{}" y="{}" height="{}"/>'.format(*p.split(","), top, tall)
            for p in parts[role]
        )
        drawn.append(f'<g class="{kind} crisp">{bars}</g>' if bars else "")
    return "".join(drawn)


def _moment_marks(moments: Sequence[Moment]) -> str:
    """Numbers above, each with a line down to its turn."""
    placed = sorted(moments, key=lambda one: one.turn.x0)
    at = spread([one.turn.x0 for one in placed])
    lines = "".join(
        m.line(x, one.turn.x0, 12, T_TOP - 1, "s3")
        + m.line(one.turn.x0, one.turn.x0, T_TOP, BOTTOM, "s3")
        for one, x in zip(placed, at, strict=True)
    )
    links = "".join(
        m.numbered(x, 11, one.number, one.anchor, f"Moment {one.number}: {one.title}")
        for one, x in zip(placed, at, strict=True)
    )
    return lines + links


def below_rows(view: SessionView) -> list[tuple[str, str]]:
    """What stands below the lanes: markers of strain and mending, positions named."""
    found = []
    for code, shape, role in (
        ("withdrawal", m.BROKEN, "client"),
        ("confrontation", m.BROKEN, "client"),
        ("mending", m.BRIDGE, "therapist"),
    ):
        found += [("markers", m.glyph(t.x0, 0, shape)) for t in view.turns_with(code, role)]
    found += [("named", m.glyph(t.x0, 0, m.DIAMOND)) for t in view.turns_with("position_named")]
    return found


def arcs(view: SessionView) -> list[tuple[float, float]]:
    """From each mending to the strain marker before it, as places; a strain has one at most."""
    strain = [t for c in ("withdrawal", "confrontation") for t in view.turns_with(c, "client")]
    found, used = [], -1
    for mended in view.turns_with("mending", "therapist"):
        before = max((t.n for t in strain if used < t.n < mended.n), default=None)
        if before is not None:
            found.append((view.by_number[before].x0, mended.x0))
            used = mended.n
    return found


def _hanging(pairs: Sequence[tuple[float, float]], y: float) -> str:
    """Arcs that hang below the markers and join each two, their weight the same at any width."""
    if not pairs:
        return ""
    low, end = y + 9, y + 20
    paths = "".join(
        f'<path d="M{a:.2f} {low:g}Q{(a + b) / 2:.2f} {end:g} {b:.2f} {low:g}" '
        'class="fn s3 w15" vector-effect="non-scaling-stroke"/>'
        for a, b in pairs
    )
    return (
        f'<svg width="100%" height="{end:g}" viewBox="0 0 100 {end:g}" '
        f'preserveAspectRatio="none" overflow="visible">{paths}</svg>'
    )


def _axis(view: SessionView, y: float) -> str:
    """Minutes, or words where there are no times."""
    line = m.line(0, 100, y, y, "s3")
    if not view.timed:
        words = sum(t.words for t in view.turns)
        return (
            line
            + m.text(0, y + 18, "first word")
            + m.text(100, y + 18, f"{words:,} words", anchor="end")
        )
    minutes = view.length_s / 60
    step = next((s for s in (1, 2, 5, 10, 15, 20, 30, 60) if minutes / s <= 6), 120)
    marks = ""
    at = 0
    while at <= minutes:
        x = 100 * at / minutes if minutes else 0.0
        last = at + step > minutes
        anchor = "" if at == 0 else "end" if x > 97 else "middle"
        marks += m.line(x, x, y, y + 4, "s3")
        marks += m.text(x, y + 18, f"{at} min" if last else str(at), anchor=anchor)
        at += step
    return line + marks


def lanes(view: SessionView, moments: Sequence[Moment]) -> Markup:
    """The two lanes with the channel between them, as wide as the column.

    Args:
        view: the session.
        moments: numbered above the lanes and linked.
    """
    bands = "".join(
        m.rect(a.x1, max(0.1, b.x0 - a.x1), T_TOP - 4, BOTTOM - T_TOP + 8, "fb")
        for a, b, _ in silences(view)
    )
    both = "".join(m.rect(a, max(0.12, b - a), CHANNEL_TOP + 7, 4, "f2") for a, b in overlaps(view))
    cuts = "".join(
        m.glyph(turn.x1, CHANNEL_TOP + CHANNEL / 2, m.triangle(role))
        for role, turn in cut_offs(view)
    )
    brush = m.rect(0, 0, T_TOP - 5, BOTTOM - T_TOP + 10, "brush")
    marks = [brush, bands, _bars(view), both, cuts, _moment_marks(moments)]
    label = f"Turns of {view.pair.title}. All figures are in the table below."
    return m.drawing(BOTTOM + 6, marks, label, role="group", extra="bars")


def below(view: SessionView) -> Markup:
    """Under the lanes: markers of strain and mending, positions named, and the axis."""
    found, y, rows = below_rows(view), 12.0, []
    for name in ("markers", "named"):
        here = [mark for row, mark in found if row == name]
        if here:
            rows += [mark.replace('y="0"', f'y="{m.px(y)}"', 1) for mark in here]
            joined = arcs(view) if name == "markers" else []
            rows.append(_hanging(joined, y))
            y += 28 if joined else 22
    return m.drawing(int(y + 22), [*rows, _axis(view, y)])


def held(view: SessionView, role: str) -> str:
    """Turns and time, or words, of one person."""
    mine = [t for t in view.turns if t.role == role]
    words = sum(t.words for t in mine)
    n = f"{len(mine):,} turn{'' if len(mine) == 1 else 's'}"
    if not view.ends_known:
        return f"{n}, {words:,} words"
    seconds = sum((t.end_s or 0) - (t.start_s or 0) for t in mine)
    return f"{n}, {duration(seconds)}"


def _inside(turn: Turn, a: float, b: float) -> float:
    """How much of a turn lies between two places, from 0 to 1."""
    wide = turn.x1 - turn.x0
    if wide <= 0:
        return float(a <= turn.x0 < b or (b >= 100 and turn.x0 >= 100))
    return max(0.0, min(turn.x1, b) - max(turn.x0, a)) / wide


def thirds(view: SessionView) -> list[tuple[str, float, float]]:
    """The two people's shares in each third: name, client's, therapist's."""
    if "thirds" not in view.kept:
        view.kept["thirds"] = _thirds(view)
    kept: list[tuple[str, float, float]] = view.kept["thirds"]
    return kept


def _thirds(view: SessionView) -> list[tuple[str, float, float]]:
    found = []
    for i, name in enumerate(("First third", "Middle third", "Last third")):
        a, b = 100 * i / 3, 100 * (i + 1) / 3
        part = {
            role: sum(_inside(t, a, b) * view.held(t) for t in view.turns if t.role == role)
            for role in PAIR
        }
        whole = sum(part.values())
        if whole:
            found.append((name, part["client"] / whole, part["therapist"] / whole))
    return found


def span_label(view: SessionView, third: int) -> str:
    """Where a third lies: ``0:00 to 17:00``, or its words."""
    if not view.timed:
        return "by words"
    a, b = (view.length_s * i / 3 for i in (third, third + 1))
    return f"{clock(a)} to {clock(b)}"
