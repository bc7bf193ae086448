"""The plain-Python version of a small part of the work, as a ruler for `tools/bench.py`.

A token trie for the phrases, and plain loops for turns, words, questions and classical
coordination; no conditions on hits, no intervals, no evidence, no tables written. It prints, as
JSON, the CPU-seconds that it took over the first rows of a table.
"""

from __future__ import annotations

import csv
import json
import re
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from evenhand.coders._phrasebook import phrasebook
from evenhand.indicators._markers import CLASSES, MARKERS

WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
Trie = dict[str, Any]
Row = dict[str, str]
END = ""


def trie_of_phrases() -> Trie:
    """All phrases of all codes, by their words."""
    root: Trie = {}
    for entry in phrasebook().values():
        for rule in entry.rules:
            for phrase in rule.phrases:
                node = root
                for word in WORD.findall(phrase):
                    node = node.setdefault(word, {})
                node.setdefault(END, set()).add(rule.code)
    return root


def find_codes(words: list[str], root: Trie, found: Counter[str]) -> None:
    """Count every phrase at every place, overlapping ones too."""
    for start in range(len(words)):
        node = root
        for word in words[start:]:
            if word not in node:
                break
            node = node[word]
            found.update(node.get(END, ()))


def count(rows: list[Row], root: Trie) -> dict[str, Any]:
    """Turns, words, questions and codes by role, and classical coordination."""
    turns: Counter[str] = Counter()
    words_said: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    pairs: dict[tuple[str, str, bool, bool], int] = defaultdict(int)
    last: tuple[str, str, set[str]] | None = None
    for row in rows:
        words = WORD.findall(row["text"].lower())
        role, session = row["role"], row["session_id"]
        turns[role] += 1
        words_said[role] += len(words)
        asked[role] += "?" in row["text"]
        find_codes(words, root, codes)
        said = {name for name in CLASSES if any(w in MARKERS[name] for w in words)}
        if last is not None and last[0] == session and last[1] != role:
            for name in CLASSES:
                pairs[role, name, name in last[2], name in said] += 1
        last = (session, role, said)
    return {
        "turns": dict(turns),
        "words": dict(words_said),
        "questions": dict(asked),
        "codes": dict(codes),
        "coordination": classical(pairs),
    }


def classical(pairs: dict[tuple[str, str, bool, bool], int]) -> dict[str, float]:
    """Mean over classes of P(m | prompt has m) − P(m), by who replies."""
    found: dict[str, list[float]] = defaultdict(list)
    for role in {key[0] for key in pairs}:
        for name in CLASSES:
            both, alone = pairs[role, name, True, True], pairs[role, name, False, True]
            prompted = both + pairs[role, name, True, False]
            every = prompted + alone + pairs[role, name, False, False]
            if prompted:
                found[role].append(both / prompted - (both + alone) / every)
    return {role: sum(values) / len(values) for role, values in found.items()}


def main(path: Path, rows: int) -> None:
    """Work on the first rows, and say what it took."""
    began = time.process_time()
    root = trie_of_phrases()
    with path.open(encoding="utf-8", newline="") as file:
        head = [row for row, _ in zip(csv.DictReader(file), range(rows), strict=False)]
    found = count(head, root)
    spent = time.process_time() - began
    print(json.dumps({"rows": len(head), "cpu_s": spent, "found": found}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
