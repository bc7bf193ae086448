"""`examine`, end to end: whole, resumable, and clear about what it could not read."""

import hashlib
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import evenhand
from evenhand.core.errors import EvenhandError, Exit
from evenhand.core.tables import CODES, EVIDENCE, POOLED, READINGS, TURNS
from evenhand.study import plan, work

SAID = (
    "How was the week since we last met?",
    "Long. I kept going over it, and I don't know what it is that I want from him.",
    "You should write it down tonight, before you see him.",
    "If you think so.",
    "Mm-hmm.",
    "I don't think so. It is more that nobody asked me.",
)


def write_table(path: Path, sessions: int, turns: int = 40, seed: int = 3) -> Path:
    rng = np.random.default_rng(seed)
    frame = pl.DataFrame(
        {
            "session_id": [f"s{n:05d}" for n in range(sessions) for _ in range(turns)],
            "turn": [t for _ in range(sessions) for t in range(1, turns + 1)],
            "role": ["therapist", "client"] * (sessions * turns // 2),
            "text": rng.choice(SAID, sessions * turns),
        }
    )
    frame.write_csv(path)
    return path


def write_script(path: Path, seed: int = 3, turns: int = 30) -> Path:
    rng = np.random.default_rng(seed)
    lines = [f"{'TC'[n % 2]}: {rng.choice(SAID)}" for n in range(turns)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def fingerprint(out: Path) -> dict[str, str]:
    """Hash of every result; what a run keeps for itself is left out."""
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and ".work" not in path.parts
    }


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Partitions of some hundred rows or five files, so that a small study has many."""
    from evenhand.study import spool

    monkeypatch.setattr(plan, "FILES_A_PART", 5)
    monkeypatch.setattr(spool, "ROWS_A_PART", 200)


def test_a_table_gives_all_the_tables_of_the_contract(tmp_path: Path) -> None:
    table = write_table(tmp_path / "turns.csv", 3)
    found = evenhand.examine(table, out=tmp_path / "out", report=False)
    assert found.turns.schema == TURNS
    assert found.codes.schema == CODES
    assert found.readings.schema == READINGS
    assert found.pooled.schema == POOLED
    assert found.evidence.schema == EVIDENCE
    assert found.turns.height == 120
    assert found.readings["session_id"].n_unique() == 3


def test_every_number_has_its_turns(tmp_path: Path) -> None:
    table = write_table(tmp_path / "turns.csv", 2, turns=80)
    found = evenhand.examine(table, out=tmp_path / "out", report=False)
    asked = found.readings.filter(pl.col("indicator") == "questions")
    shown = found.evidence.filter(pl.col("indicator") == "questions")
    turns = shown.group_by("session_id", "role").agg(pl.col("turn").n_unique())
    for row in asked.iter_rows(named=True):
        of_session = dict(turns.filter(session_id=row["session_id"]).select("role", "turn").rows())
        assert of_session.get("therapist", 0) == row["k_therapist"]
        assert of_session.get("client", 0) == row["k_client"]


def test_running_twice_gives_the_same_bytes(tmp_path: Path, small_parts: None) -> None:
    table = write_table(tmp_path / "turns.csv", 40)
    evenhand.examine(table, out=tmp_path / "out")
    first = fingerprint(tmp_path / "out")
    evenhand.examine(table, out=tmp_path / "out")
    assert fingerprint(tmp_path / "out") == first
    assert (tmp_path / "out" / "turns.parquet").is_dir()


def test_a_run_that_was_broken_off_goes_on_and_ends_the_same(
    tmp_path: Path, small_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = write_table(tmp_path / "turns.csv", 60)
    evenhand.examine(table, out=tmp_path / "whole", report=False)
    calls: list[int] = []
    load = work.load_part

    def breaking(part: plan.Part, *given: object) -> object:
        calls.append(part.index)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return load(part, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(work, "load_part", breaking)
    with pytest.raises(KeyboardInterrupt):
        evenhand.examine(table, out=tmp_path / "broken", report=False)
    evenhand.examine(table, out=tmp_path / "broken", report=False)
    assert len(calls) == len(set(calls)) + 1
    assert fingerprint(tmp_path / "broken") == fingerprint(tmp_path / "whole")


def test_sessions_that_are_not_together_in_the_table_are_read_whole(
    tmp_path: Path, small_parts: None
) -> None:
    table = write_table(tmp_path / "turns.csv", 20)
    rows = pl.read_csv(table, infer_schema_length=0)
    order = pl.Series(np.random.default_rng(5).permutation(rows.height))
    rows[order.to_list()].write_csv(tmp_path / "mixed.csv")
    one = evenhand.examine(table, out=tmp_path / "a", report=False)
    two = evenhand.examine(tmp_path / "mixed.csv", out=tmp_path / "b", report=False)
    key = ["session_id", "indicator"]
    columns = ["k_therapist", "k_client", "e_therapist", "e_client", "absent"]
    assert (
        one.readings.sort(key)
        .select(*key, *columns)
        .equals(two.readings.sort(key).select(*key, *columns))
    )


def test_one_bad_file_among_many_gives_one_error_and_the_rest(
    tmp_path: Path, small_parts: None
) -> None:
    root = tmp_path / "study"
    (root / "transcripts").mkdir(parents=True)
    names = [f"x{n:03d}.txt" for n in range(30)]
    for n, name in enumerate(names):
        write_script(root / "transcripts" / name, seed=n)
    (root / "transcripts" / names[17]).write_bytes(b"\x00\x01\x02" * 400)
    rows = "".join(f"{n[:-4]},c{i},t1,1,{n},yes\n" for i, n in enumerate(names))
    (root / "sessions.csv").write_text(
        "session_id,client_id,therapist_id,number,transcript,consent\n" + rows, encoding="utf-8"
    )
    found = evenhand.examine(root, report=False)
    assert [e["file"] for e in found.errors] == [names[17]]
    assert found.exit_code == Exit.PARTIAL
    assert found.readings["session_id"].n_unique() == 29
    manifest = json.loads((found.out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["counts"]["sessions"] == 29
    assert len(manifest["errors"]) == 1


def test_no_consent_no_reading(tmp_path: Path) -> None:
    root = tmp_path / "study"
    (root / "transcripts").mkdir(parents=True)
    for name in ("a.txt", "b.txt"):
        write_script(root / "transcripts" / name)
    (root / "sessions.csv").write_text(
        "session_id,transcript,consent\na,a.txt,yes\nb,b.txt,no\n", encoding="utf-8"
    )
    found = evenhand.examine(root, report=False)
    assert set(found.turns["session_id"]) == {"a"}
    assert any("consent" in note for note in found.notes)


def test_a_study_cannot_reach_outside_its_folder(tmp_path: Path) -> None:
    root = tmp_path / "study"
    (root / "transcripts").mkdir(parents=True)
    write_script(tmp_path / "secret.txt")
    write_script(root / "transcripts" / "a.txt")
    (root / "sessions.csv").write_text(
        "session_id,transcript,consent\na,a.txt,yes\nb,../secret.txt,yes\n", encoding="utf-8"
    )
    found = evenhand.examine(root, report=False)
    assert set(found.turns["session_id"]) == {"a"}
    assert len(found.errors) == 1


@pytest.mark.parametrize("name", ["a#b", "a/b", "a%2Fb", "ünï code", "..", "a?b&c=<d>"])
def test_a_session_may_be_called_anything(tmp_path: Path, name: str) -> None:
    table = write_table(tmp_path / "turns.csv", 1)
    rows = pl.read_csv(table).with_columns(session_id=pl.lit(name))
    rows.write_csv(table)
    found = evenhand.examine(table, out=tmp_path / "out")
    assert set(found.readings["session_id"]) == {name}
    assert found.report is not None


def test_other_pairs_map_on(tmp_path: Path) -> None:
    table = write_table(tmp_path / "turns.csv", 1, turns=80)
    rows = pl.read_csv(table).with_columns(
        pl.col("role").replace({"therapist": "justice", "client": "advocate"})
    )
    rows.write_csv(table)
    pair = {"therapist": "justice", "client": "advocate"}
    found = evenhand.examine(table, out=tmp_path / "out", roles=pair, report=False)
    share = found.readings.filter(pl.col("indicator") == "talk_share")
    assert share["absent"][0] is None


def test_a_name_for_one_file_of_two_is_enough(tmp_path: Path) -> None:
    one, two = write_script(tmp_path / "one.txt"), write_script(tmp_path / "two.txt")
    two.write_text(two.read_text(encoding="utf-8").replace("T: ", "Dana: "), encoding="utf-8")
    named = {"Dana": "therapist"}
    found = evenhand.examine(one, two, out=tmp_path / "out", speakers=named, report=False)
    assert not found.errors
    assert found.readings["session_id"].n_unique() == 2


def test_a_name_that_nobody_has_is_refused_in_tables_too(tmp_path: Path) -> None:
    table = write_table(tmp_path / "turns.csv", 3)
    with pytest.raises(EvenhandError, match="Nobody") as caught:
        evenhand.examine(table, out=tmp_path / "out", speakers={"Nobody": "client"}, report=False)
    assert caught.value.code == Exit.USAGE


def test_roles_belong_to_the_session_not_to_the_person(tmp_path: Path) -> None:
    rows = [
        {"session_id": s, "turn": n, "speaker": who, "role": role, "text": text}
        for s, pair in (
            ("one", (("Lee", "justice"), ("Roe", "advocate"))),
            ("two", (("Roe", "justice"), ("Lee", "advocate"))),
        )
        for n, (who, role), text in (
            (2 * k + i, pair[i], ("What is your authority for that?", "It is in the brief.")[i])
            for k in range(60)
            for i in (0, 1)
        )
    ]
    pl.DataFrame(rows).write_csv(tmp_path / "court.csv")
    found = evenhand.examine(
        tmp_path / "court.csv",
        out=tmp_path / "out",
        roles={"therapist": "justice", "client": "advocate"},
        report=False,
    )
    asked = found.readings.filter(pl.col("indicator") == "questions").sort("session_id")
    assert asked["k_therapist"].to_list() == [60, 60]
    assert asked["k_client"].to_list() == [0, 0]
    roles = found.turns.group_by("session_id", "speaker").agg(pl.col("role").unique())
    held = {(s, who): role[0] for s, who, role in roles.rows()}
    assert held["one", "Lee"] == held["two", "Roe"] == "therapist"
    assert held["one", "Roe"] == held["two", "Lee"] == "client"


def test_a_couple_needs_a_named_pair(tmp_path: Path) -> None:
    said = [("Dr Lee", "therapist"), ("Ann", "client"), ("Bob", "client")]
    rows = [
        {"turn": n, "speaker": said[n % 3][0], "role": said[n % 3][1], "text": SAID[n % 6]}
        for n in range(120)
    ]
    pl.DataFrame(rows).write_csv(tmp_path / "couple.csv")
    with pytest.raises(EvenhandError, match="--pair") as caught:
        evenhand.examine(tmp_path / "couple.csv", out=tmp_path / "a", report=False)
    assert caught.value.code == Exit.QUESTION
    found = evenhand.examine(
        tmp_path / "couple.csv", out=tmp_path / "b", pair=("Dr Lee", "Ann"), report=False
    )
    assert set(found.turns.filter(pl.col("role") == "client")["speaker"]) == {"Ann"}


def test_a_named_pair_needs_no_other_roles(tmp_path: Path) -> None:
    lines = [f"{'Judge Roe' if n % 2 else 'Ms Poe'}: {SAID[n % 6]}" for n in range(60)]
    (tmp_path / "court.txt").write_text("\n".join(lines), encoding="utf-8")
    found = evenhand.examine(
        tmp_path / "court.txt", out=tmp_path / "out", pair=("Judge Roe", "Ms Poe"), report=False
    )
    held = dict(found.turns.select("speaker", "role").unique().rows())
    assert held == {"Judge Roe": "therapist", "Ms Poe": "client"}


def test_what_was_doubted_of_a_table_is_told_again_by_the_next_run(tmp_path: Path) -> None:
    table = write_table(tmp_path / "turns.csv", 60)
    times = pl.int_range(pl.len()).cast(pl.Float64)
    late = pl.when(pl.int_range(pl.len()) == 7).then(times - 5).otherwise(times)
    frame = pl.read_csv(table).with_columns(start_s=late)
    frame.with_columns(end_s=pl.col("start_s") + 0.5).write_csv(table)
    notes = [
        list(evenhand.examine(table, out=tmp_path / "out", report=False).notes) for _ in range(2)
    ]
    assert any("backwards" in note for note in notes[0])
    assert notes[0] == notes[1]


def test_nothing_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(EvenhandError, match="no such file") as caught:
        evenhand.examine(tmp_path / "none.vtt")
    assert caught.value.code == Exit.USAGE


def test_a_notebook_shows_a_table_and_nothing_unescaped(tmp_path: Path) -> None:
    table = write_table(tmp_path / "turns.csv", 1)
    pl.read_csv(table).with_columns(session_id=pl.lit("<script>x</script>")).write_csv(table)
    found = evenhand.examine(table, out=tmp_path / "out", report=False)
    assert "<script>x" not in found._repr_html_()
    assert "Cut in" in found._repr_html_()


def test_what_a_reader_doubted_is_told_and_kept(tmp_path: Path) -> None:
    cues = ["WEBVTT", ""]
    for n, line in enumerate(
        ["Dana Lee: Where shall we start?", "Sam: With the job.", "and the hours of it."] * 8
    ):
        cues += [f"00:00:{2 * n:02d}.000 --> 00:00:{2 * n + 1:02d}.000", line, ""]
    (tmp_path / "s.vtt").write_text("\n".join(cues), encoding="utf-8")
    who = {"Dana Lee": "therapist", "Sam": "client"}
    out = tmp_path / "out"
    found = evenhand.examine(tmp_path / "s.vtt", out=out, speakers=who, report=False)
    assert any(note.startswith("s.vtt, from line") for note in found.notes)
    again = evenhand.examine(tmp_path / "s.vtt", out=out, speakers=who, report=False)
    assert again.notes == found.notes
    assert json.loads((out / "manifest.json").read_text())["notes"] == list(found.notes)
