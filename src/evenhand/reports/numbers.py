"""Numbers as a reader meets them: true minus signs, no false precision, times as a clock."""

from __future__ import annotations

_SMALL = (
    *("no", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
THIN = "\u00a0"


def percent(share: float) -> str:
    """A share as whole per cent, with a space that does not break."""
    return f"{share * 100:.0f}{THIN}%"


def signed(tilt: float) -> str:
    """A tilt with its sign and two decimals: ``+.61``, ``−.07``, ``.00``, ``+1.00``."""
    text = f"{abs(tilt):.2f}"
    if text == "0.00":
        return ".00"
    return ("−" if tilt < 0 else "+") + text.removeprefix("0")


def interval(low: float, high: float) -> str:
    """Two signed ends in words: ``−.10 to +.11``."""
    return f"{signed(low)} to {signed(high)}"


def amount(value: float) -> str:
    """A rate with as many digits as it bears: ``0``, ``3.5``, ``27``, ``1,204``, ``−0.04``."""
    size = abs(value)
    text = f"{size:.2f}" if size < 1 else f"{size:.1f}" if size < 10 else f"{size:,.0f}"
    if value == 0:
        return "0"
    return f"−{text}" if value < 0 and text != "0.00" else text


def clock(seconds: float) -> str:
    """A place in the session: ``36:52``, ``1:02:05``."""
    whole = int(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{secs:02}" if hours else f"{minutes}:{secs:02}"


def duration(seconds: float) -> str:
    """A length of time: ``23 min 41 s``."""
    minutes, secs = divmod(round(seconds), 60)
    parts = [f"{minutes:,}{THIN}min"] if minutes else []
    return " ".join([*parts, f"{secs}{THIN}s"])


def in_words(n: int) -> str:
    """A small number in words, a large one in digits."""
    return _SMALL[n] if 0 <= n < len(_SMALL) else f"{n:,}"


def plural(n: int, one: str, many: str | None = None) -> str:
    """``1 turn``, ``3 turns``."""
    return f"{n:,}{THIN}{one if n == 1 else many or one + 's'}"


def day(date: str, brief: bool = False) -> str:
    """``2025-05-13`` as ``13 May 2025``, or briefly ``13 May``; anything else as it is, cut."""
    parts = date[:10].split("-")
    if len(parts) != 3 or not all(p.isdigit() for p in parts) or not 1 <= int(parts[1]) <= 12:
        return date[:24]
    month = _MONTHS[int(parts[1]) - 1]
    return f"{int(parts[2])} {month[:3]}" if brief else f"{int(parts[2])} {month} {int(parts[0])}"


def capital(text: str) -> str:
    """The first letter large, the rest as it is."""
    return text[:1].upper() + text[1:]


def small(text: str) -> str:
    """The first letter small, the rest as it is."""
    return text[:1].lower() + text[1:]
