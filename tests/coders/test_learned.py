"""A learned coder: what it sees, what it says, and which files it refuses."""

import itertools
import pickle
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from skops.io import dumps, get_untrusted_types, loads

from evenhand.coders import learned
from evenhand.coders._learned_file import FORMAT
from evenhand.coders._learned_terms import SHAPE, letter_counts, look_at
from evenhand.coders.learned import load_coder, role_of, train_coder, write_model
from evenhand.core.errors import EvenhandError
from evenhand.core.tables import CODES

ASKED = ("What would help with the {}?", "How was the {} this week?", "Did the {} change?")
TOLD = ("So you are tired of the {}.", "You want the {} to end.", "It sounds as if the {} weighs.")
THINGS = ("work", "garden", "letter", "journey", "quarrel", "kitchen", "music", "silence")


def turns_of(sessions: int = 8, seed: int = 1) -> tuple[pl.DataFrame, list[str | None]]:
    """Therapists who ask or reflect, clients who answer; a label for the therapist's turns."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    labels: list[str | None] = []
    for session in range(sessions):
        for turn in range(0, 24, 2):
            asks = bool(rng.random() < 0.5)
            said = rng.choice(ASKED if asks else TOLD).format(rng.choice(THINGS))
            rows.append({"session_id": f"s{session}", "turn": turn, "role": "therapist"})
            rows[-1]["text"] = said
            labels.append("True" if asks else "0.50")
            rows.append({"session_id": f"s{session}", "turn": turn + 1, "role": "client"})
            rows[-1]["text"] = f"The {rng.choice(THINGS)} went on."
            labels.append(None)
    return pl.DataFrame(rows), labels


def model(path: Path, role: str | None = "therapist") -> Path:
    turns, labels = turns_of()
    fitted = train_coder(turns, labels, turns["session_id"].to_list())
    path.write_bytes(write_model(fitted, {"label": "asks", "role": role, "version": "1"}))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(EvenhandError) as caught:
        load_coder(path)
    assert str(path) in caught.value.where
    return caught.value.what


def test_words_and_pairs_are_those_of_a_plain_loop() -> None:
    turns, _ = turns_of(2)
    wanted = turns["role"] == "therapist"
    seen = look_at(turns, wanted)
    texts, roles = turns["text"].to_list(), turns["role"].to_list()
    rows = [n for n, role in enumerate(roles) if role == "therapist"]
    for block, step in (("own", 0), ("before", -1), ("after", 1)):
        expected = set()
        for row, at in enumerate(rows):
            near = at + step
            same = 0 <= near < len(texts) and near // 24 == at // 24
            words = re.findall(r"[^\W_][\w']*|\?", texts[near].lower()) if same else []
            for term in [*words, *(f"{a} {b}" for a, b in itertools.pairwise(words))]:
                n = [*words].count(term) if " " not in term else 1
                expected.add((row, term, n))
        found = seen.terms.filter(pl.col("block") == block).select("row", "term", "n").rows()
        assert set(found) == expected


def test_letters_are_counted_as_scikit_learn_counts_them() -> None:
    turns, _ = turns_of(2)
    wanted = turns["role"] == "client"
    seen = look_at(turns, wanted)
    counts, grams = letter_counts(seen.pieces, seen.n, None)
    reader = CountVectorizer(analyzer="char_wb", ngram_range=(2, 5))
    expected = reader.fit_transform(turns.filter(wanted)["text"].to_list())
    assert grams == list(reader.get_feature_names_out())
    assert (counts != expected).nnz == 0


def test_a_turns_numbers_are_those_worked_by_hand() -> None:
    texts = ["Tired of the garden.", "So the garden? Tell me.", "Yes.", "Okay", "Mm", "Good?", "A"]
    turns = pl.DataFrame({"session_id": ["s"] * 7, "turn": range(7), "text": texts})
    shape = look_at(turns, pl.Series([False, True] + [False] * 5)).shape
    found = dict(zip(SHAPE, shape[0].tolist(), strict=True))
    assert found == {
        "question_marks": 1,
        "ends_with_question_mark": 0,
        "words_log": pytest.approx(np.log(7) / 3),  # five words and a question mark, plus one
        "sentences": pytest.approx(2 / 5),
        "share_taken_up": 1,  # "garden" is the one word of five letters or more
        "takes_up": 1,
        "place": pytest.approx(1 / 6),
        "opening": 1,
        "closing": 0,
    }


def test_cues_say_how_a_turn_and_its_sentences_begin() -> None:
    turns = pl.DataFrame({"session_id": ["s"], "turn": [1], "text": ["Okay, so you left. Why?"]})
    seen = look_at(turns, pl.Series([True]))
    cues = set(seen.terms.filter(pl.col("block") == "cue")["term"])
    assert cues >= {"first1 okay", "first3 okay so you", "bare1 you", "bare2 you left"}
    assert cues >= {"says 2 okay so", "asks 1 why", "last1 why", "length 4"}


def test_it_learns_what_can_be_learned_and_is_tested_on_other_sessions() -> None:
    turns, labels = turns_of()
    fitted = train_coder(turns, labels, turns["session_id"].to_list())
    assert fitted.held_out.n == fitted.n == 96
    assert fitted.held_out.n_groups == 8
    assert fitted.held_out.macro_f1.value == pytest.approx(1.0)


def test_noise_cannot_be_learned_and_the_test_says_so() -> None:
    turns, labels = turns_of(20)
    rng = np.random.default_rng(7)
    shuffled = [None if x is None else str(rng.integers(2)) for x in labels]
    fitted = train_coder(turns, shuffled, turns["session_id"].to_list())
    assert fitted.held_out.kappa.value is not None
    assert abs(fitted.held_out.kappa.value) < 0.2


def test_each_turn_of_the_role_gets_one_code_over_its_whole_text(tmp_path: Path) -> None:
    turns, _ = turns_of()
    coder = load_coder(model(tmp_path / "asking.v2"))
    codes = coder.code(turns)
    mine = turns.filter(pl.col("role") == "therapist")
    assert codes.schema == CODES
    assert codes.select("session_id", "turn").equals(mine.select("session_id", "turn"))
    assert codes["end_char"].to_list() == mine["text"].str.len_chars().to_list()
    assert set(codes["start_char"]) == {0}
    assert set(codes["coder"]) == {"asking"}
    assert set(codes["coder_version"]) == {coder.version}


def test_values_stay_letter_for_letter(tmp_path: Path) -> None:
    coder = load_coder(model(tmp_path / "m"))
    assert coder.codes == ("asks=0.50", "asks=True")
    assert set(coder.code(turns_of()[0])["code"]) == {"asks=0.50", "asks=True"}


def test_a_repeated_turn_gets_one_code_and_order_does_not_matter(tmp_path: Path) -> None:
    turns, _ = turns_of()
    coder = load_coder(model(tmp_path / "m"))
    once = coder.code(turns)
    assert coder.code(pl.concat([turns, turns])).equals(once)
    backwards = coder.code(turns.reverse())
    assert backwards.sort("session_id", "turn").equals(once.sort("session_id", "turn"))


def test_labels_do_not_depend_on_how_many_turns_are_done_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, _ = turns_of(30, seed=4)
    coder = load_coder(model(tmp_path / "m"))
    whole = coder.code(turns)
    monkeypatch.setattr(learned, "ROWS_AT_ONCE", 50)
    assert len(learned._pieces(turns)) > 5
    assert coder.code(turns).equals(whole)


def test_no_turns_and_none_of_the_role_give_no_codes(tmp_path: Path) -> None:
    turns, _ = turns_of()
    coder = load_coder(model(tmp_path / "m"))
    assert coder.code(turns.clear()).schema == CODES
    assert coder.code(turns.filter(pl.col("role") == "client")).height == 0


def test_empty_and_wordless_turns_are_labelled_too(tmp_path: Path) -> None:
    turns = pl.DataFrame(
        {"session_id": ["a"] * 3, "turn": [1, 2, 3], "role": ["therapist"] * 3}
    ).with_columns(text=pl.Series(["", "…", "🙂🙂 ﷽"]))
    assert load_coder(model(tmp_path / "m")).code(turns).height == 3


def test_a_mapped_pair_labels_our_side(tmp_path: Path) -> None:
    path = model(tmp_path / "m", role="justice")
    assert role_of(path) == "justice"
    assert role_of(path, {"therapist": "justice", "client": "advocate"}) == "therapist"


def test_what_one_session_alone_says_is_not_in_the_file(tmp_path: Path) -> None:
    turns, labels = turns_of()
    said = pl.when(pl.col("session_id") == "s3").then(pl.format("{} zanzibarquartz", "text"))
    turns = turns.with_columns(text=pl.coalesce(said, "text"))
    fitted = train_coder(turns, labels, turns["session_id"].to_list())
    data = write_model(fitted, {"label": "asks", "role": "therapist", "version": "1"})
    held = loads(data, trusted=[])
    words = b"\n".join(block["terms"].tobytes() for block in held["blocks"].values())
    assert b"garden" in words
    assert b"zanz" not in words


def test_the_file_holds_numbers_and_words_and_no_code(tmp_path: Path) -> None:
    path = model(tmp_path / "m")
    assert get_untrusted_types(file=path) == []
    with zipfile.ZipFile(path) as archive:
        kinds = archive.read("schema.json")
    assert b"sklearn." not in kinds
    with pytest.raises(pickle.UnpicklingError):
        pickle.loads(path.read_bytes())  # a test that it is none


def test_the_same_training_has_the_same_version(tmp_path: Path) -> None:
    one, two = load_coder(model(tmp_path / "m")), load_coder(model(tmp_path / "n"))
    assert one.version == two.version


class Stranger:
    """A kind of object that no model needs."""


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "no model"),
        (b"\x00\x01" * 500, "no model"),
        (b"session_id,turn\n1,2\n", "no model"),
        (pickle.dumps({"kind": "evenhand learned coder"}), "no model"),
        (dumps({"kind": "another"}), "no model"),
        (dumps([1, 2, 3]), "no model"),
        (dumps(Stranger()), "no model needs"),
        (dumps({"kind": "evenhand learned coder", "format": FORMAT + 1}), "format"),
        (dumps({"kind": "evenhand learned coder", "format": FORMAT}), "damaged"),
    ],
    ids=["empty", "binary", "csv", "pickle", "other", "list", "stranger", "newer", "hollow"],
)
def test_another_kind_of_file_is_refused(tmp_path: Path, data: bytes, what: str) -> None:
    path = tmp_path / "m"
    path.write_bytes(data)
    assert what in refusal(path)


def test_a_damaged_model_is_refused_wherever_it_is_damaged(tmp_path: Path) -> None:
    whole = model(tmp_path / "m").read_bytes()
    rng = np.random.default_rng(3)
    broken = tmp_path / "broken"
    for cut in (10, len(whole) // 2, len(whole) - 5):
        broken.write_bytes(whole[:cut])
        refusal(broken)
    refused = 0
    for at in rng.integers(len(whole), size=40):
        broken.write_bytes(whole[:at] + bytes([whole[at] ^ 0x5A]) + whole[at + 1 :])
        try:
            load_coder(broken)
        except EvenhandError:
            refused += 1
    assert refused > 20  # the rest fell on a date or a file's attribute


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    held = loads(model(tmp_path / "m").read_bytes(), trusted=[])
    held["weights"] = held["weights"][:, :-1]
    path = tmp_path / "n"
    path.write_bytes(dumps(held))
    assert "damaged" in refusal(path)


def test_an_archive_that_unpacks_without_measure_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", b" " * (6 << 20))
    assert "unpack" in refusal(path)


def test_a_folder_or_nothing_at_the_path_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path)
    assert "cannot be read" in refusal(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda x, n: None, "No turn has a label."),
        (lambda x, n: x and "same", "same label"),
        (lambda x, n: x and f"{n}", "different labels"),
    ],
    ids=["none", "one", "all different"],
)
def test_what_cannot_be_learned_from_is_refused(change: Any, what: str) -> None:
    turns, labels = turns_of(5)
    with pytest.raises(EvenhandError, match=what):
        train_coder(turns, [change(x, n) for n, x in enumerate(labels)], turns["session_id"])


def test_one_group_cannot_be_tested_and_two_can() -> None:
    turns, labels = turns_of(2)
    with pytest.raises(EvenhandError, match="one group"):
        train_coder(turns, labels, ["all"] * turns.height)
    assert train_coder(turns, labels, turns["session_id"].to_list()).folds == 2


def test_a_class_of_one_session_alone_is_counted_as_missed() -> None:
    turns, labels = turns_of(3)
    rare = [x and ("rare" if n < 10 else x) for n, x in enumerate(labels)]
    fitted = train_coder(turns, rare, turns["session_id"].to_list())
    assert fitted.held_out.f1["rare"].value == 0
