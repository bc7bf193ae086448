"""Whether the words before a colon are a speaker's name, or are said ("I thought: maybe")."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

MOST_WORDS = 6

PREFIX = re.compile(
    r"^\s{0,3}(?P<name>[^\W_](?:[\w .'’&/@#-]|, |\([^()\n]{0,24}\)){0,59}?)"
    r"\s?:(?:\s+|$)(?P<rest>.*)$",
    re.DOTALL,
)
"""A name, a colon, and what is said: no more than 60 characters before the colon."""

BRACKET = re.compile(r"^\s*\[([^\[\]\n]{1,60})\]\s?:?(?:\s+|$)(.*)$", re.DOTALL)

PREAMBLE = frozenset(
    "title participants participant present recording recorded transcript "
    "transcription transcribed transcriber duration length location place project id file page "
    "subject keywords speakers summary notes topic language".split()
)
"""Words of what stands above a transcript (``Duration: 45 min``)."""

ROLE_WORDS = frozenset(
    "t th c cl p pt therapist counsellor counselor psychologist psychotherapist clinician doctor "
    "dr client patient interviewer interviewee supervisor supervisee coach interpreter".split()
)
"""Labels that are a speaker's by themselves."""

PARTICLES = frozenset("da de del der den di dos du el al bin ibn la le van von y zu".split())

ALONE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ") | {"Me", "ME"}
"""Labels that would be words anywhere else (``I:`` for the interviewer)."""

SAID = frozenset(
    "i i'm i'd i've i'll me my we we're we've our us you you're your he he's his she she's her it "
    "it's its they they're their them this that that's these those there here what where when why "
    "who how which and but or so because then now well if as for to of in on at with from by the "
    "a an is was are were be been being do did does don't didn't have had has not no yes yeah ok "
    "okay mm hmm um uh oh ah like just maybe perhaps also still thing things one point question "
    "answer problem truth fact example meaning anyway honestly actually basically first firstly "
    "second secondly third thirdly last lastly finally next look listen remember note sorry please "
    "thanks hello hi said say says think thought thinking know knew feel felt told tell asked ask "
    "mean meant guess means is today tomorrow yesterday important conclusion summary reason "
    "option result results time date re ps nb plus only always never sometimes can can't could "
    "would should will won't some any all every both either let's let right wrong good bad true "
    "same different more less most least big small new old monday tuesday wednesday thursday "
    "friday saturday sunday week session homework step".split()
)
"""Words that begin what is said and stand in no name."""


NOTED = frozenset(
    "laughter laughs laughing laugh chuckle chuckles chuckling silence silent pause pauses paused "
    "long short music applause inaudible unintelligible indistinct unclear crosstalk overlapping "
    "overlap crying cries cry sobs sobbing tearful sighs sigh sighing breath breathes breathing "
    "exhales inhales sniffs sniffles coughs coughing cough clears throat whispers whispering phone "
    "door noise noises background beep ringing rings speaks speaking foreign language redacted "
    "removed anonymised anonymized nods nodding shrugs smiles smiling yawns groans gasps gestures "
    "blank_audio audio static knocking knock end start break minutes seconds".split()
)
"""Words of a note in brackets ([long pause]), which is no name."""


NOBODY = frozenset({"", "unknown", "unknown speaker", "speaker unknown", "unknown user"})
"""What programs write where they do not know who speaks."""


def is_nobody(name: str) -> bool:
    """True for a name that says that the speaker is unknown."""
    return name.strip().lower() in NOBODY


def plain_label(name: str) -> str:
    """A name without doubled spaces; a numbered letter (``T12``) is its letter."""
    name = " ".join(name.split())
    numbered = re.fullmatch(r"(T|Th|C|Cl|P|Pt)\s?\d+", name, re.IGNORECASE)
    return numbered[1] if numbered else name


def split_prefix(text: str) -> tuple[str, str] | None:
    """What stands before a first colon, if it could be a name, and the rest."""
    found = PREFIX.match(text) if ":" in text[:68] else None
    if found is None:
        return None
    name = plain_label(found["name"])
    return (name, found["rest"].strip()) if could_be_name(name) else None


def split_bracket(text: str) -> tuple[str, str] | None:
    """A name in brackets at the start (``[Client] Hi``), and the rest; None for a note."""
    found = BRACKET.match(text)
    if found is None:
        return None
    name = plain_label(found[1])
    noted = any(word in NOTED for word in re.findall(r"\w+", name.lower()))
    return None if noted or not could_be_name(name) else (name, found[2].strip())


def role_lines(text: str) -> int:
    """How many lines begin with a role word and a colon (``T:``, ``Client:``)."""
    pairs = (split_prefix(line) for line in text.splitlines())
    return sum(1 for pair in pairs if pair and pair[0].lower() in ROLE_WORDS)


def could_be_name(name: str) -> bool:
    """False for words that are plainly said, or too many of them."""
    words = re.sub(r"\([^()]*\)", " ", name).replace(",", " ").lower().replace("’", "'").split()
    if not 0 < len(words) <= MOST_WORDS:
        return False
    if name.lower() in ROLE_WORDS or name in ALONE:
        return True
    return not any(word in SAID or word in PREAMBLE for word in words)


def written_as_name(name: str) -> bool:
    """True where each word has a capital or a digit, or is a particle (``van``)."""
    words = re.sub(r"\([^()]*\)", " ", name).split()
    return bool(words) and all(
        word[:1].isupper() or word[:1].isdigit() or word.lower() in PARTICLES for word in words
    )


def settle_names(candidates: Iterable[str], pieces: int) -> frozenset[str]:
    """Which candidates are names, from how they are written and how often they come.

    A name is a role word; or it is written with capitals, and has two words or comes twice. Where
    half of the pieces have a candidate, names are the rule: one capital word that comes once is
    a name too, and so is one without capitals that comes twice.

    Args:
        candidates: what stands before a colon (or in brackets), one for each piece that has one.
        pieces: how many pieces there are.
    """
    counts = Counter(candidates)
    labelled = 2 * sum(counts.values()) >= pieces
    return frozenset(
        name
        for name, n in counts.items()
        if name.lower() in ROLE_WORDS
        or (n > 1 and labelled)
        or (written_as_name(name) and (n > 1 or labelled or len(name.split()) > 1))
    )
