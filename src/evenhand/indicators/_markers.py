"""English function words by grammatical class, written down from a grammar of English.

Closed classes only: what a speaker chooses without thinking of the subject. A word may stand in
several classes ("that" is a conjunction and a pronoun). Contractions are one word here, and
carry the classes of both their parts ("she's": personal pronoun and auxiliary verb).
"""

from __future__ import annotations

_BE = "am is are was were be been being"
_HAVE = "have has had having"
_DO = "do does did doing done"
_MODAL = "can could may might must shall should will would ought cannot gonna gotta wanna"
_NEGATED = (
    "aren't isn't wasn't weren't ain't haven't hasn't hadn't don't doesn't didn't can't couldn't "
    "mayn't mightn't mustn't shan't shouldn't won't wouldn't oughtn't needn't daren't dunno"
)
_SUBJECTS = "i you he she it we they"
_PRONOUNS_THAT_CONTRACT = "that this there here who what which where how somebody someone it"
_CONTRACTED = ("'s", "'re", "'ve", "'ll", "'d")


def _with_verb(subjects: str) -> list[str]:
    """Each subject with each contracted verb, and "i'm"."""
    joined = [s + verb for s in subjects.split() for verb in _CONTRACTED]
    return [*joined, "i'm"] if "i" in subjects.split() else joined


_ARTICLES = "a an the"

_CONJUNCTIONS = """
    and but or nor so yet for plus either neither both
    because cause 'cause cos since as if unless until till while whilst although though even
    whereas whether than that when whenever where wherever once before after lest provided
    however therefore otherwise besides
"""

_ADVERBS = """
    very really quite rather pretty fairly too so such just only even almost nearly hardly barely
    scarcely merely simply totally completely absolutely entirely exactly precisely particularly
    especially extremely highly
    not never ever always often usually sometimes seldom rarely again still already yet soon now
    then ago before after afterwards later early lately recently today tonight tomorrow yesterday
    once twice since meanwhile immediately suddenly finally eventually
    here there everywhere anywhere somewhere nowhere away back home out up down off around along
    also either neither instead else otherwise anyway anyhow somehow however therefore thus hence
    though besides
    maybe perhaps probably possibly certainly definitely surely obviously clearly actually
    basically apparently generally specifically hopefully honestly well
    how why when where
"""

_PERSONAL = """
    i me my mine myself you your yours yourself yourselves he him his himself she her hers herself
    we us our ours ourselves they them their theirs themselves themself y'all 'em let's
"""

_IMPERSONAL = """
    it its itself this that these those what which who whom whose whatever whichever whoever
    something anything nothing everything somebody anybody nobody everybody someone anyone
    everyone one ones oneself another other others such none
"""

_PREPOSITIONS = """
    about above across after against along alongside among amongst around as at before behind
    below beneath beside besides between beyond by despite down during except for from in inside
    into like near of off on onto opposite out outside over past per regarding round since than
    through throughout till to toward towards under underneath unlike until up upon versus via
    with within without
"""

_QUANTIFIERS = """
    all any anybody anyone anything another bit both couple each either enough every everybody
    everyone everything few fewer fewest half least less little loads lot lots many more most much
    neither no nobody none nothing numerous part plenty several some somebody someone something
    somewhat various whole
"""

MARKERS: dict[str, frozenset[str]] = {
    "articles": frozenset(_ARTICLES.split()),
    "auxiliary_verbs": frozenset(
        [
            *" ".join((_BE, _HAVE, _DO, _MODAL, _NEGATED)).split(),
            *_with_verb(_SUBJECTS),
            *_with_verb(_PRONOUNS_THAT_CONTRACT),
        ]
    ),
    "conjunctions": frozenset(_CONJUNCTIONS.split()),
    "adverbs": frozenset([*_ADVERBS.split(), *_with_verb("here there how where")]),
    "personal_pronouns": frozenset([*_PERSONAL.split(), *_with_verb("i you he she we they")]),
    "impersonal_pronouns": frozenset(
        [*_IMPERSONAL.split(), *_with_verb("it that this who what which somebody someone")]
    ),
    "prepositions": frozenset(_PREPOSITIONS.split()),
    "quantifiers": frozenset(_QUANTIFIERS.split()),
}
"""Class to its words, lower case, with plain apostrophes."""

CLASSES = tuple(MARKERS)
"""The eight classes, in the order of the bits of a mask."""

FUNCTION_WORDS = frozenset().union(*MARKERS.values())
"""Every word of every class."""
