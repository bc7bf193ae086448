"""The sentences of our own after-session check-ins, so that a released answer says to what."""

from __future__ import annotations

OPEN = "open"
UNSAID = "9"
"""The item on what was kept back, of which nobody may be asked."""

ITEMS: dict[str, dict[str, str]] = {
    "client": {
        "1": "I could say what mattered to me.",
        "2": "I could have said “no” or “I see it another way”.",
        "3": "Who chose what we talked about?",
        "4": "How much did my therapist lead?",
        "5": "The words my therapist used made sense to me.",
        "6": "How we spoke about my problem fitted how I see it.",
        "7": "I felt respected for who I am and where I come from.",
        "8": "Something that matters in my life was missed.",
        "9": "I kept something back.",
        "10": "If something felt wrong, we sorted it out.",
        OPEN: "What should be different next time, if anything?",
    },
    "therapist": {
        "1": "We both chose the topics.",
        "2": "I took a “yes” without checking it.",
        "3": "I used my words for the problem, not theirs.",
        "4": "I made room for who we each are, or had a reason not to.",
        "5": "I noticed strain between us.",
        "6": "There is something I want to put right.",
        OPEN: "What will I ask first next time?",
    },
}
"""Rater to item to its sentence."""


def item_key(item: str) -> str:
    """An item's number or name as it is looked up: ``item_9`` is ``9``."""
    return item.strip().lower().removeprefix("item").strip(" _")


def sentence_of(rater: str, item: str) -> str:
    """The sentence that an answer is to; the item's own name where it is none of ours."""
    known = ITEMS.get(rater, {}).get(item_key(item))
    return known or item.replace("_", " ").strip().capitalize() or "In their own words"
