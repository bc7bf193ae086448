"""Questions, open and closed: by their mark, by how they begin, and by what asks without one."""

from __future__ import annotations

import polars as pl

from evenhand.coders._frame import TAG_END
from evenhand.coders._matching import HITS
from evenhand.coders._quotes import HUSHED, OWN_MARK

_LEAD = (
    r"(?:(?:and|so|but|well|okay|ok|um|uh|er|now|right|yeah|alright|then|like|also|great|good|"
    r"sure|no|yes|mm|hmm|just|maybe|i mean|you know|i guess|in terms of that)[\s,\-–—.]+)*"
)
_WH = r"(?:what|how|why|who|whose|where|when|which|in what|to what|what's|how's|who's|where's)\b"
OPEN = (
    rf"(?:^|[.?!,;:–—]|--)\s*[\"'(]*{_LEAD}{_WH}|"
    r"\b(?:what|how|why) (?:do|did|does|would|could|can|are|is|was|were|might|have|has|else|about|"
    r"kind|kinds|sort|sorts|made|makes|brings|brought|you|your|it|that|happened|happens|things|"
    r"would|some|other|concerns|comes|came|led|matters|if)\b|"
    r"\b(?:anything|something) else\b|"
    r"\btell me\b|\bdescribe\b|\bwalk me through\b|\bfill me in\b|\bshare with me\b"
)
"""A question that leaves the answer's shape to the other."""

RANGE = (
    r"\b(?:0|1|zero|nought|nil|one|nothing)\s*(?:-|–|—|to|through|up to|and)\s*"
    r"(?:5|7|10|100|five|seven|ten|(?:a |one )?hundred)\b"
)
"""From nought to ten."""

CLOSED = (
    r"\bhow (?:many|much|often|long|old|far|soon|likely|tall|big|important is|confident)\b|"
    r"\b(?:what time|what day|what year|which day|how are you(?: doing)?(?: today)?\s*\?)|"
    r"\bwhen (?:was|did|is|do|are|will)\b|"
    r"\bwhere (?:do|did|are|is|was) you (?:live|work|from|born)\b|"
    r"\b(?:on|using) (?:a|that|this|our|your|my) scale\b|\bscale (?:of|from)\b|"
    r"\bout of (?:5|10|100|five|ten|a hundred)\b|\bwhat about tomorrow\b|"
    r"\bwhat(?:'s| is| was) (?:your|the|his|her) (?:name|age|date|number|address|dose)\b|" + RANGE
)
"""A wh-word that asks for a figure or a fact."""

_BIDDEN = (
    r"(?:^|[.?!,;:–—-]\s*|\b(?:and|so|but|well|then|just|please|now|okay|ok|alright|right|maybe|"
    r"perhaps|first|also|again|um|uh|let's|having|have|go ahead and|"
    r"you(?:'d| would| could| can| might| want to| like to| please| just| maybe| to)*) )"
)
"""Stands before what the other is asked to do, and not before what a third person does."""

_TELL_ME = r"\btell me (?:about|a little|a bit|more|what|how|why|some|something|your|where|when)\b"

ASKS_UNMARKED = (
    r"\b(?:i'm|i am|i was|just) (?:just )?(?:wondering|curious|interested)"
    r" (?:if|whether|what|how|why|about|where|when|to know|to hear)\b|"
    r"\bi wonder (?:what|how|why|where|if you'd|if you would|if you could|whether you)\b|"
    r"\bi(?:'d| would) (?:like|love) to (?:hear|know)\b|"
    r"\b(?:can|could|would) you (?:tell|say|describe|explain|talk|give me|walk me|help me|share)\b|"
    r"\bwalk me through\b|\bfill me in\b|\bdo you mind if\b|\bis it (?:okay|ok|all right) if\b|"
    r"\bis there (?:something|anything) else\b|"
    r"\bhow [a-z']+(?: [a-z']+)?(?: is| are| was| were|'s) [^.!;]{0,60}" + RANGE
)
"""Asks without a question mark; so does `_TELL_ME` after `_BIDDEN`."""

_INVERTED = (
    r"(?:(?:(?:what|how|why|where|when|who|which)(?: \w+)? )?(?:do|does|did|are|is|was|were|have|"
    r"has|had|can|could|would|will|should) (?:you|we|i|he|she|they|it|that|this|there|the|your)\b|"
    r"(?:what|how|who|where)'s\b)"
)
"""Word order that asks."""

_TELLING = [" said", " says", " goes", "like ", "like,", " asked", " told "]

_TELLS_OF_ASKING = (
    rf"^\W*{_LEAD}(?:then |when |because )*(?:i|he|she|they|we|mum|mom|dad|"
    r"(?:my|the|his|her|our|their) [\w']+(?: [\w']+)?)"
    r"(?: (?:just|even|always|all|only))*(?: (?:said|says|goes|(?:was|were|is|are) (?:\w+ )?like|"
    r"asked(?: me| him| her| them| us)?|told (?:me|him|her|them|us))|(?:'s|'re|'m) (?:\w+ )?like)"
    rf"[,:]? (?:and |so |well |hey )*{_INVERTED}"
)
"""“She said, what are you doing?” asks nothing of the other."""

_OPENLY = (
    r"\btell me\b|\b(?:what|how|why)\b|\bcurious about\b|\bwondering about\b|\bwalk me\b|\bfill\b"
)
_TAG = (
    r"^\W*(?:(?:you know|okay|ok|right|yeah|yep|all right|alright|huh|hm+|mm+|sorry|pardon|no|so|"
    r"really|hello|is that right|right so|does that make sense|makes sense|make sense|"
    r"oh yeah|oh really|you know what i mean|know what i mean|isn't it|is it|"
    r"don't you think)\W*)+$|" + TAG_END
)
"""A tag that holds the floor open rather than asks, or that asks for a nod to what was said."""


def _marked(frame: pl.DataFrame) -> pl.DataFrame:
    """Sentences of one's own with a question mark: row, sentence, start_char, end_char.

    A mark at the end of quoted speech is one's own where the sentence around it asks.
    """
    asked = frame.filter(pl.col("unquoted").str.contains("?", literal=True))
    sentence, row, end = pl.col("sentence"), pl.col("row"), pl.col("n").cum_sum()
    above = pl.when((row != row.shift(1)).fill_null(True)).then(end - pl.col("n")).forward_fill()
    pieces = (
        asked.select("row", sentence=pl.col("unquoted").str.extract_all(r"[^.?!]*[.?!]*"))
        .explode("sentence")
        .with_columns(n=sentence.str.len_chars().cast(pl.Int64))
        .with_columns(end_char=end - above)
        .filter(sentence.str.contains("?", literal=True))
        .select("row", "sentence", "end_char", start_char=pl.col("end_char") - pl.col("n"))
        .with_columns(
            quoting=sentence.str.contains(HUSHED, literal=True),
            telling=sentence.str.contains_any(_TELLING),
        )
    )
    # Most sentences hold no quote and tell of nothing: patterns are for the others alone.
    asks = sentence.str.contains(OWN_MARK) | sentence.str.contains(rf"^\W*{_LEAD}{_INVERTED}")
    own = pl.concat([pieces.filter(~pl.col("quoting")), pieces.filter("quoting").filter(asks)])
    told = own.filter("telling").filter(~sentence.str.contains(_TELLS_OF_ASKING))
    return pl.concat([own.filter(~pl.col("telling")), told])


def _kind(text: str) -> pl.Expr:
    is_open = pl.col(text).str.contains(OPEN) & ~pl.col(text).str.contains(CLOSED)
    return pl.when(is_open).then(pl.lit("question_open")).otherwise(pl.lit("question_closed"))


def _unmarked(frame: pl.DataFrame, bare: pl.Series) -> pl.DataFrame:
    """Turns without any mark that ask all the same: row, unquoted."""
    said = pl.col("unquoted")
    asks = pl.col("session").is_in(bare.implode()) & pl.col("asks")
    rest = frame.filter(~pl.col("has_mark")).select(
        "row",
        "unquoted",
        asks=asks | said.str.contains(ASKS_UNMARKED),
        bids=said.str.contains(_TELL_ME),
    )
    bids = rest.filter(~pl.col("asks") & pl.col("bids"))
    return pl.concat([rest.filter("asks"), bids.filter(said.str.contains(_BIDDEN + _TELL_ME))])


def find_questions(frame: pl.DataFrame, bare: pl.Series) -> pl.DataFrame:
    """Questions of all turns (`_matching.HITS`).

    Args:
        frame: `_frame.coding_frame`.
        bare: sessions (indices) whose transcript has no punctuation; there a turn that is put
            as questions are counts as one.
    """
    found = _marked(frame)
    marked = found.filter(~pl.col("sentence").str.contains(_TAG))
    blank = pl.col("sentence").str.extract(r'^("?\s+)').str.len_chars().fill_null(0)
    one = marked.select(
        "row",
        code=_kind("sentence"),
        subtype=pl.lit(None, pl.String),
        start_char=pl.col("start_char") + blank,  # after the end of a quote, too
        end_char="end_char",
    )
    unmarked = _unmarked(frame, bare).join(found, on="row", how="anti")
    said = pl.col("unquoted")
    openly = said.str.contains(_OPENLY) & ~said.str.contains(CLOSED)
    two = unmarked.select(
        "row",
        code=pl.when(openly).then(pl.lit("question_open")).otherwise(pl.lit("question_closed")),
        subtype=pl.lit(None, pl.String),
        start_char=pl.lit(0, pl.Int64),
        end_char=said.str.len_chars(),
    )
    return pl.concat([one.cast(HITS), two.cast(HITS)])
