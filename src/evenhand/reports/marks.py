"""Elastic SVG: x in per cent, y in pixels, text at its real size, colour by class.

One drawing serves every width. Nothing here writes a ``style`` attribute, so that a strict
content policy holds, and every attribute value is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

Percent = float


def pct(x: Percent) -> str:
    """A per cent position, short: ``42.1%``."""
    return f"{x:.2f}".rstrip("0").rstrip(".") + "%"


def px(y: float) -> str:
    """A pixel position, short."""
    return f"{y:.1f}".rstrip("0").rstrip(".")


def drawing(
    height: int, marks: Iterable[str], label: str = "", role: str = "img", extra: str = ""
) -> Markup:
    """An SVG as wide as its column.

    Args:
        height: pixels.
        marks: what is in it, escaped already.
        label: a sentence for those who do not see it; none hides it from them.
        role: ``img``, or ``group`` where it holds links.
        extra: a class.
    """
    said = Markup('role="{}" aria-label="{}"').format(role, label) if label else "aria-hidden=true"
    kind = Markup(' class="{}"').format(extra) if extra else ""
    body = "".join(marks)
    return Markup(f'<svg height="{height}"{kind} {said}>{body}</svg>')


def rect(x: Percent, width: Percent, y: float, height: float, kind: str, rx: float = 0) -> str:
    """A bar, a band."""
    corner = f' rx="{px(rx)}"' if rx else ""
    return (
        f'<rect x="{pct(x)}" y="{px(y)}" width="{pct(width)}" height="{px(height)}"{corner} '
        f'class="{kind}"/>'
    )


def line(x1: Percent, x2: Percent, y1: float, y2: float, kind: str) -> str:
    """A straight line."""
    return f'<line x1="{pct(x1)}" x2="{pct(x2)}" y1="{px(y1)}" y2="{px(y2)}" class="{kind}"/>'


def text(x: Percent, y: float, words: str, kind: str = "", anchor: str = "") -> str:
    """Words at their real size."""
    placed = f' text-anchor="{anchor}"' if anchor else ""
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{pct(x)}" y="{px(y)}"{placed}{named}>{escape(words)}</text>'


def clipped(x: Percent, width: Percent, y: float, words: str, kind: str = "") -> str:
    """Words that may not fit, cut at the end of their room."""
    named = f' class="{kind}"' if kind else ""
    return (
        f'<svg x="{pct(x)}" y="{px(y)}" width="{pct(width)}" height="20" class="clip">'
        f'<text y="14"{named}>{escape(words)}</text></svg>'
    )


def glyph(x: Percent, y: float, inner: str) -> str:
    """A mark of fixed size whose centre is at x, y."""
    return f'<svg x="{pct(x)}" y="{px(y)}" width="1" height="1" overflow="visible">{inner}</svg>'


SQUARE = '<rect x="-5" y="-5" width="10" height="10" class="ft sp w15"/>'
CIRCLE = '<circle r="5.5" class="fc sp w15"/>'
DIAMOND = '<path d="M0-5.5 5.5 0 0 5.5-5.5 0Z" class="fi"/>'
BROKEN = '<path d="M-7 0H-3M3 0H7M-3.5 4.5L-0.5-4.5M0.5 4.5L3.5-4.5" class="fn si w15"/>'
BRIDGE = '<path d="M-8 4H-4.5C-4.5-6 4.5-6 4.5 4H8" class="fn si w15"/>'


def person(role: str) -> str:
    """The mark of a role: square for the therapist's side, circle for the client's."""
    return SQUARE if role == "therapist" else CIRCLE


def ink(role: str) -> str:
    """The letter of a role's colour classes: ``ft``/``st``, ``fc``/``sc``."""
    return {"therapist": "t", "client": "c"}.get(role, "3")


def triangle(role: str) -> str:
    """A cut-off: from who cut in, pointing at whose turn ended."""
    shape = "M-4.5-4.5H4.5L0 4.5Z" if role == "therapist" else "M-4.5 4.5H4.5L0-4.5Z"
    return f'<path d="{shape}" class="f{ink(role)}"/>'


def path_through(points: Sequence[tuple[Percent, float]], height: float, kind: str) -> str:
    """A line through several points, its weight the same at any width."""
    joined = " ".join(f"{x:.2f},{y:.1f}" for x, y in points)
    return (
        f'<svg width="100%" height="{px(height)}" viewBox="0 0 100 {px(height)}" '
        'preserveAspectRatio="none" overflow="visible">'
        f'<polyline points="{joined}" class="fn {kind}" vector-effect="non-scaling-stroke"/></svg>'
    )


def numbered(x: Percent, y: float, number: int, target: str, label: str) -> str:
    """A number in a circle that leads to a place on the page."""
    return Markup(
        '<a href="#{}" aria-label="{}"><svg x="{}" y="{}" width="1" height="1" overflow="visible">'
        '<circle r="9.5" class="fp si w15"/><text y="4.5" text-anchor="middle" class="fi b">{}'
        "</text></svg></a>"
    ).format(target, label, pct(x), px(y), number)


def grid(marks: Iterable[Percent], height: float, zero: Percent | None = None) -> str:
    """Hairlines down a row, the line of "even" darker."""
    return "".join(line(x, x, 0, height, "s3" if x == zero else "sr") for x in marks)


def ghosts(places: Sequence[Percent], y: float, least: Percent = 0.8) -> str:
    """Other sessions of the same two: dots on their range."""
    if not places:
        return ""
    low, high = min(places), max(places)
    pad = max(0.0, (least - (high - low)) / 2) + 0.4
    band = rect(low - pad, high - low + 2 * pad, y - 5, 10, "fb", 5)
    return band + "".join(f'<circle cx="{pct(x)}" cy="{px(y)}" r="2" class="f3"/>' for x in places)
