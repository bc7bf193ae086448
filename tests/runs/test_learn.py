"""`train`, `code` and `agree`, end to end over files."""

import gzip
import os
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from evenhand.coders.learned import load_coder
from evenhand.core.errors import EvenhandError, Exit
from evenhand.core.tables import CODES
from evenhand.runs.learn import agree, code, train

ASKED = ("What would help with the {}?", "How was the {} this week?", "Did the {} change?")
TOLD = ("So you are tired of the {}.", "You want the {} to end.", "It sounds as if the {} weighs.")
THINGS = ("work", "garden", "letter", "journey", "quarrel", "kitchen", "music", "silence")
THEIRS = {"session_id": "talk", "turn": "no", "role": "who", "text": "said"}


def labelled(sessions: int = 8, people: int = 1) -> pl.DataFrame:
    """Turns under column names of their own; several people label each where asked."""
    rng = np.random.default_rng(1)
    rows: list[dict[str, Any]] = []
    for session in range(sessions):
        for turn in range(0, 24, 2):
            asks = bool(rng.random() < 0.5)
            said = str(rng.choice(ASKED if asks else TOLD)).format(rng.choice(THINGS))
            base = {"talk": f"{session}", "site": f"site {session % 4}"}
            for _ in range(people):
                kind = "True" if asks else "False"
                rows.append({**base, "no": turn, "who": "therapist", "said": said, "asks": kind})
                there = {"no": turn + 1, "who": "client", "said": "It went on.", "asks": "n/a"}
                rows.append({**base, **there})
    return pl.DataFrame(rows)


def written(path: Path, frame: pl.DataFrame) -> Path:
    data = frame.write_csv().encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def test_train_code_and_agree_make_a_round(tmp_path: Path) -> None:
    table = written(tmp_path / "turns.csv.gz", labelled())
    out = tmp_path / "no suffix"
    trained = train(table, label="asks", role="therapist", out=out, columns=THEIRS)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["no suffix", "turns.csv.gz"]
    assert trained.scores.macro_f1.value == pytest.approx(1.0)
    assert any("macro-F1" in line and "[" in line for line in trained.lines())
    codes = code([table], coder=str(out), out=tmp_path / "codes.parquet", columns=THEIRS)
    assert codes.schema == CODES
    assert pl.read_parquet(tmp_path / "codes.parquet").equals(codes)
    expected = labelled().filter(pl.col("who") == "therapist")
    assert codes["code"].to_list() == [f"asks={x}" for x in expected["asks"]]
    found = agree(tmp_path / "codes.parquet", table, label="asks", columns=THEIRS)
    assert found.scores.kappa.value == pytest.approx(1.0)
    assert found.facts["n_matched"] == 96
    assert found.facts["n_human_unmatched"] == 96  # the client's turns, labelled n/a
    assert found.as_dict()["classes"]["True"]["n"] == (expected["asks"] == "True").sum()


def test_codes_may_be_written_and_compared_as_csv(tmp_path: Path) -> None:
    table = written(tmp_path / "t.csv", labelled())
    train(table, label="asks", out=tmp_path / "m", columns=THEIRS)
    code([table], coder=str(tmp_path / "m"), out=tmp_path / "codes.csv", columns=THEIRS)
    found = agree(tmp_path / "codes.csv", table, label="asks", columns=THEIRS)
    assert found.scores.n == 96


def test_without_a_role_the_one_that_has_labels_is_learned(tmp_path: Path) -> None:
    table = written(tmp_path / "t.csv", labelled())
    trained = train(table, label="asks", out=tmp_path / "m", columns=THEIRS)
    assert trained.facts["role"] == "therapist"
    assert trained.scores.n == 96


def test_labels_of_two_roles_are_learned_together(tmp_path: Path) -> None:
    frame = labelled().with_columns(asks=pl.col("asks").replace("n/a", "answers"))
    table = written(tmp_path / "t.csv", frame)
    trained = train(table, label="asks", out=tmp_path / "m", columns=THEIRS)
    assert trained.facts["role"] is None
    assert trained.scores.classes == ("False", "True", "answers")
    codes = code([table], coder=str(tmp_path / "m"), out=tmp_path / "k.parquet", columns=THEIRS)
    assert codes.height == frame.height


def test_a_coder_by_its_name_codes_a_file(tmp_path: Path) -> None:
    table = written(tmp_path / "t.csv", labelled())
    codes = code([table], coder="rules", out=tmp_path / "k.parquet", columns=THEIRS)
    assert "question_open" in codes["code"].to_list()
    found = agree(
        tmp_path / "k.parquet",
        table,
        label="asks",
        code=["question_open", "question_closed"],
        columns=THEIRS,
    )
    assert found.scores.macro_f1.value == pytest.approx(1.0)


def test_a_letter_for_the_role_is_the_role(tmp_path: Path) -> None:
    frame = labelled().with_columns(who=pl.col("who").str.slice(0, 1).str.to_uppercase())
    table = written(tmp_path / "t.csv", frame)
    trained = train(table, label="asks", role="T", out=tmp_path / "m", columns=THEIRS)
    assert trained.facts["role"] == "therapist"


def test_several_people_count_once_by_majority_and_their_agreement_is_shown(
    tmp_path: Path,
) -> None:
    frame = labelled(people=3).with_row_index("row")
    flipped = (pl.col("row") % 6 == 0) & (pl.col("row") < 60)  # one of three, ten turns
    other = pl.when(pl.col("asks") == "True").then(pl.lit("False")).otherwise(pl.lit("True"))
    frame = frame.with_columns(asks=pl.when(flipped).then(other).otherwise("asks")).drop("row")
    table = written(tmp_path / "t.csv", frame)
    trained = train(table, label="asks", out=tmp_path / "m", columns=THEIRS)
    assert trained.scores.n == 96
    assert trained.scores.macro_f1.value == pytest.approx(1.0)
    assert trained.people is not None
    assert (trained.people.people, trained.people.n) == (3, 96)
    assert trained.people.alpha.value is not None
    assert 0.8 < trained.people.alpha.value < 1
    assert any("People among themselves" in line for line in trained.lines())


def test_groups_may_be_another_column(tmp_path: Path) -> None:
    table = written(tmp_path / "t.csv", labelled())
    trained = train(table, label="asks", group="site", out=tmp_path / "m", columns=THEIRS)
    assert trained.scores.n_groups == 4
    assert trained.facts["folds"] == 4
    assert any("too narrow" in note for note in trained.notes)


def test_empty_labels_are_left_out_and_counted(tmp_path: Path) -> None:
    frame = labelled().with_row_index("row")
    frame = frame.with_columns(
        asks=pl.when(pl.col("row") < 10).then(pl.lit(" ")).otherwise("asks")
    ).drop("row")
    table = written(tmp_path / "t.csv", frame)
    trained = train(table, label="asks", role="therapist", out=tmp_path / "m", columns=THEIRS)
    assert trained.scores.n == 91
    assert any(note.startswith("5 turns without a label") for note in trained.notes)


def test_a_parquet_table_is_learned_from_too(tmp_path: Path) -> None:
    labelled().write_parquet(tmp_path / "t.parquet")
    trained = train(tmp_path / "t.parquet", label="asks", out=tmp_path / "m", columns=THEIRS)
    assert trained.scores.n == 96


def test_what_stood_at_the_path_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    out = tmp_path / "m"
    out.write_bytes(b"what stood there")
    table = written(tmp_path / "t.csv", labelled(1))
    with pytest.raises(EvenhandError):
        train(table, label="asks", out=out, columns=THEIRS)
    assert out.read_bytes() == b"what stood there"
    train(written(table, labelled()), label="asks", out=out, columns=THEIRS)
    assert load_coder(out).codes == ("asks=False", "asks=True")


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"label": "mood"}, "no column 'mood'"),
        ({"group": "clinic"}, "no column 'clinic'"),
        ({"role": "judge"}, "No turn has the role 'judge'"),
        ({"label": "who", "role": "client"}, "same label"),
        ({"label": "said", "role": "therapist"}, "different labels"),
    ],
)
def test_what_train_cannot_do_is_one_clear_error(
    tmp_path: Path, options: dict[str, str], what: str
) -> None:
    frame = labelled()
    if options.get("label") == "said":
        frame = frame.with_row_index("row").with_columns(said=pl.format("Number {}.", "row"))
    table = written(tmp_path / "t.csv", frame)
    with pytest.raises(EvenhandError, match=what):
        train(table, **{"label": "asks", "out": tmp_path / "m", "columns": THEIRS, **options})  # type: ignore[arg-type]
    assert not (tmp_path / "m").exists()


def test_no_table_and_a_folder_for_the_model_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EvenhandError, match="no such file"):
        train(tmp_path / "none.csv", label="asks", out=tmp_path / "m")
    with pytest.raises(EvenhandError, match="is a folder"):
        train(tmp_path / "none.csv", label="asks", out=tmp_path)


def test_a_model_of_a_role_that_is_not_there_says_so(tmp_path: Path) -> None:
    table = written(tmp_path / "t.csv", labelled())
    train(table, label="asks", out=tmp_path / "m", columns=THEIRS)
    alone = written(tmp_path / "c.csv", labelled().filter(pl.col("who") == "client"))
    with pytest.raises(EvenhandError) as caught:
        code([alone], coder=str(tmp_path / "m"), out=tmp_path / "codes.parquet", columns=THEIRS)
    assert caught.value.code in (Exit.QUESTION, Exit.INPUT)
    assert not (tmp_path / "codes.parquet").exists()


def test_a_table_with_the_models_role_alone_can_be_coded(tmp_path: Path) -> None:
    table = written(tmp_path / "t.csv", labelled())
    train(table, label="asks", out=tmp_path / "m", columns=THEIRS)
    alone = written(tmp_path / "c.csv", labelled().filter(pl.col("who") == "therapist"))
    codes = code([alone], coder=str(tmp_path / "m"), out=tmp_path / "k.parquet", columns=THEIRS)
    assert codes.height == 96


def test_no_coder_of_that_name_is_a_usage_error(tmp_path: Path) -> None:
    table = written(tmp_path / "t.csv", labelled())
    with pytest.raises(EvenhandError) as caught:
        code([table], coder="nobody", out=tmp_path / "codes.parquet", columns=THEIRS)
    assert caught.value.code == Exit.USAGE


def plain_codes(path: Path, names: list[tuple[str, int, str]]) -> Path:
    frame = pl.DataFrame(names, schema=["session_id", "turn", "code"], orient="row")
    frame.with_columns(coder=pl.lit("rules")).write_parquet(path)
    return path


def test_a_code_there_or_not_there_is_compared_with_yes_and_no(tmp_path: Path) -> None:
    human = written(
        tmp_path / "h.csv",
        pl.DataFrame(
            {
                "session_id": ["a"] * 5 + ["b"],
                "turn": [1, 2, 3, 4, 5, 1],
                "role": ["therapist"] * 6,
                "text": ["x"] * 6,
                "question_exists": ["True", "True", "False", "False", "n/a", "True"],
            }
        ),
    )
    codes = plain_codes(
        tmp_path / "codes.parquet",
        [("a", 1, "question_open"), ("a", 3, "question_closed"), ("a", 5, "question_open")],
    )
    found = agree(codes, human, label="question_exists")
    # a1 yes/yes, a2 yes/no, a3 no/yes, a4 no/no; a5 has no label; b was never coded
    assert found.scores.n == 4
    assert found.scores.kappa.value == pytest.approx(0.0)
    assert found.scores.f1["yes"].value == pytest.approx(0.5)
    assert found.facts == {"n_matched": 4, "n_human_unmatched": 1, "n_codes_unmatched": 1}
    only = agree(codes, human, label="question_exists", code=["question_open"])
    assert only.scores.f1["yes"].value == pytest.approx(2 / 3)


def test_codes_that_do_not_fit_the_column_are_named(tmp_path: Path) -> None:
    human = written(tmp_path / "h.csv", labelled().rename({v: k for k, v in THEIRS.items()}))
    codes = plain_codes(tmp_path / "codes.parquet", [("1", 0, "hedge")])
    with pytest.raises(EvenhandError) as caught:
        agree(codes, human, label="asks")
    assert "hedge" in caught.value.remedy
    assert caught.value.code == Exit.USAGE


def test_two_coders_of_one_column_are_not_mixed(tmp_path: Path) -> None:
    human = written(tmp_path / "h.csv", labelled())
    frame = pl.DataFrame({"session_id": ["1", "1"], "turn": [0, 0], "code": ["asks=True"] * 2})
    frame.with_columns(coder=pl.Series(["one", "two"])).write_csv(tmp_path / "codes.csv")
    with pytest.raises(EvenhandError, match="2 coders"):
        agree(tmp_path / "codes.csv", human, label="asks", columns=THEIRS)


def test_tables_that_share_no_turn_are_refused(tmp_path: Path) -> None:
    human = written(tmp_path / "h.csv", labelled())
    codes = plain_codes(tmp_path / "codes.parquet", [("elsewhere", 0, "asks=True")])
    with pytest.raises(EvenhandError, match="No turn is in both"):
        agree(codes, human, label="asks", columns=THEIRS)


def test_a_column_that_is_no_yes_or_no_is_refused_without_its_words(tmp_path: Path) -> None:
    human = written(tmp_path / "h.csv", labelled())
    codes = plain_codes(tmp_path / "codes.parquet", [("1", 0, "hedge")])
    with pytest.raises(EvenhandError, match="neither a yes nor a no") as caught:
        agree(codes, human, label="said", code=["hedge"], columns=THEIRS)
    assert "garden" not in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"\x00\x01", b"a,b\n1,2\n", b"PAR1broken"])
def test_a_file_that_is_no_codes_table_is_refused(tmp_path: Path, data: bytes) -> None:
    human = written(tmp_path / "h.csv", labelled())
    (tmp_path / "codes").write_bytes(data)
    with pytest.raises(EvenhandError, match="no codes table"):
        agree(tmp_path / "codes", human, label="asks", columns=THEIRS)


def annomi() -> Path:
    root = Path(__file__).parents[2]
    beside = Path(os.environ.get("EVENHAND_SHARED", root.parent / "shared" / "data"))
    path = beside / "annomi_dev.csv.gz"
    if not path.exists():
        pytest.skip("annomi_dev.csv.gz is not beside the project (EVENHAND_SHARED names it)")
    return path


@pytest.mark.shared
@pytest.mark.parametrize(
    ("label", "role", "bar"),
    [
        ("main_therapist_behaviour", "therapist", 0.74),
        ("reflection_exists", "therapist", 0.755),
        ("therapist_input_exists", "therapist", 0.73),
        ("client_talk_type", "client", 0.51),
    ],
)
def test_annomis_labels_are_learned_beyond_their_bars(
    tmp_path: Path, label: str, role: str, bar: float
) -> None:
    # INDICATORS.md asks .72, .74, .72 and .49
    columns = {
        "session_id": "transcript_id",
        "turn": "utterance_id",
        "role": "interlocutor",
        "text": "utterance_text",
    }
    trained = train(annomi(), label=label, role=role, out=tmp_path / "m", columns=columns)
    figure = trained.scores.macro_f1
    assert figure.value is not None
    assert figure.value >= bar
    assert figure.low is not None
    assert figure.high is not None
    assert figure.low < figure.value < figure.high
    assert (tmp_path / "m").stat().st_size < 8 << 20
