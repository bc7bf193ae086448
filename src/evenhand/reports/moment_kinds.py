"""The kinds of moment that a page may show, strengths first, with their wording.

Each describes an act and offers several readings of it. None says what anybody meant.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of moment.

    Args:
        name: its code name, kept in exported files.
        strength: whether it is shown as something that went well.
        title: what was done; ``{a}`` is who did it, ``{b}`` the other.
        note: what was seen, one or two sentences.
        readings: several, of which the two people choose.
        question: one to think about.
        goal: one small thing to practise.
        because: why this goal, from what was seen.
    """

    name: str
    strength: bool
    title: str
    note: str
    readings: tuple[str, ...]
    question: str
    goal: str
    because: str


KINDS: tuple[Kind, ...] = (
    Kind(
        "mending",
        True,
        "{A} named {own} own part",
        "{A} named something {a_did} done, aloud. In the next turns {b} said {after}.",
        ("It landed well", "{B} was being kind", "It came too soon", "It came too late"),
        "What told {a} that it was time to stop and say so? What might make it possible sooner?",
        "When something did not go well, name the one act, without an “if”. Then ask one "
        "question, and wait.",
        "{A} did this once or more in this session. It can be rehearsed aloud.",
    ),
    Kind(
        "invitation_answered",
        True,
        "{A} asked, and {b} spoke up",
        "{A} invited a view or a choice. Within two turns {b} asked for something, preferred or "
        "disagreed.",
        ("A real choice", "A way to please", "Relief", "{B} had been waiting to say it"),
        "What made that a question that could be answered either way?",
        "Ask once more for a view, at a point where the plan is still open.",
        "{A} invited {b}, and {b} answered.",
    ),
    Kind(
        "preference_taken_up",
        True,
        "{A} said what {they} would rather do",
        "{A} asked or preferred something about the therapy. {B_then} next turn asked, "
        "acknowledged or gave it back.",
        ("A real preference", "Trying it out", "A way out of something else", "Relief"),
        "What was it like, for each of you, when that was said?",
        "When a wish about the therapy is said, say it back before doing anything with it.",
        "One was said, and it was taken up.",
    ),
    Kind(
        "position_taken_up",
        True,
        "{A} named a position, and it was taken up",
        "{A} spoke of a place in the world. Within two turns {b} came back to it.",
        ("It mattered to be heard", "It was only background", "It was enough for now"),
        "What made room for that to be said?",
        "When a place in the world is named, stay with it for one more turn.",
        "One was named and taken up.",
    ),
    Kind(
        "disagreement_heard",
        True,
        "{A} disagreed, and {b} asked or gave it back",
        "{A} disagreed aloud. {B_then} next turn asked, acknowledged or gave it back.",
        ("It was safe enough to say", "It had to be said", "It was a small thing"),
        "What was it that made it possible to say so?",
        "When there is a “no”, give it back in its own words before answering it.",
        "A disagreement was said and heard.",
    ),
    Kind(
        "position_passed",
        False,
        "{A} named a position, and the talk went on",
        "{A} spoke of a place in the world. The next two turns of {b} held none of the same "
        "words. This is a possible opening, and perhaps not the time for it.",
        ("Time was short", "{B} was not sure how to ask", "It went by unheard", "It mattered less"),
        "A possible opening. What made moving on feel right?",
        "Once, when a place in the world is named, ask leave to come back to it. Let the other "
        "choose.",
        "A naming was followed by another matter.",
    ),
    Kind(
        "yielding_run",
        False,
        "{A} used yielding words",
        "{A} used words such as “if you say so” or a bare “I suppose”, {times}. "
        "It could be agreement, politeness, tiredness or caution.",
        ("Agreement", "Politeness", "A joke", "Tiredness", "Caution"),
        "Which of these fits? How could each of you tell?",
        "When the other agrees twice in a row, leave one breath. Then ask: “Is that a yes, or a "
        "go on then?”",
        "Yielding words came close together.",
    ),
    Kind(
        "cut_off",
        False,
        "A turn that ended when {a} began",
        "{B_then} turn was left unfinished, and {a} spoke next. This was seen {times}.",
        ("Encouraging", "Moving things on", "A lag on the line", "Finishing each other’s words"),
        "What was about to be said, as far as either of you remembers?",
        "After an unfinished sentence, ask for the end of it.",
        "Some turns were left unfinished.",
    ),
    Kind(
        "disagreement",
        False,
        "{A} disagreed aloud",
        "{A} disagreed aloud. The next turn went another way.",
        ("It was enough to say it", "There was more to say", "It was a small thing"),
        "What happened to the “no”, for each of you?",
        "When there is a “no”, give it back in its own words before answering it.",
        "A disagreement was followed by another matter.",
    ),
    Kind(
        "confrontation",
        False,
        "{A} spoke of something that was not right here",
        "{A} said something about the therapy itself, as a complaint may be said. A marker in "
        "words only, and not validated on text.",
        ("Strain between you", "Trust enough to say it", "Something from outside", "A joke"),
        "If this was a complaint, what would setting it right look like?",
        "Thank the person for saying it. Ask what would be different if it went well.",
        "Something about the therapy was said.",
    ),
    Kind(
        "withdrawal",
        False,
        "{A} gave short replies",
        "{A} replied with a few words, more than once within six turns. A marker in words only, "
        "and not validated on text. It may be plain agreement.",
        ("Agreement", "Tiredness", "Being elsewhere", "Caution"),
        "What was the hour like just then, for each of you?",
        "When replies get short, say what you notice and ask how the hour is going.",
        "Short replies came close together.",
    ),
)

BY_NAME = {kind.name: kind for kind in KINDS}
MOST = 5
MOST_STRENGTHS = 3
