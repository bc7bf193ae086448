"""The command line: one clear error for each mistake, exit codes by kind, nothing leaked."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from evenhand.core.errors import Exit

SECRET = "zanzibarquartz"
"""A word that is only ever said in a transcript: it must not reach an error or a log."""


def run(*words: str, cwd: Path | None = None, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "evenhand", *words],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def script(path: Path, labels: str = "TC", turns: int = 24) -> Path:
    said = (f"What did the {SECRET} say to you then?", f"I don't know. {SECRET} is all I heard.")
    path.write_text("\n".join(f"{labels[n % 2]}: {said[n % 2]}" for n in range(turns)))
    return path


def test_help_names_every_command() -> None:
    done = run("--help")
    assert done.returncode == Exit.OK
    for command in ("demo", "new", "check", "examine", "code", "train", "agree", "explain"):
        assert command in done.stdout


def test_examine_shows_a_short_table_and_where_the_rest_is(tmp_path: Path) -> None:
    done = run("examine", str(script(tmp_path / "s.txt")), "--no-report")
    assert done.returncode == Exit.OK, done.stderr
    assert "1 session, 24 turns" in done.stdout
    assert "Cut in" in done.stdout
    assert (tmp_path / "s.evenhand" / "readings.parquet").exists()
    assert SECRET not in done.stdout + done.stderr


def test_json_is_for_machines(tmp_path: Path) -> None:
    done = run("examine", str(script(tmp_path / "s.txt")), "--no-report", "--json")
    assert json.loads(done.stdout)["counts"]["turns"] == 24


def test_quiet_says_nothing(tmp_path: Path) -> None:
    done = run("examine", str(script(tmp_path / "s.txt")), "--no-report", "--quiet")
    assert done.stdout == ""
    assert done.stderr == ""


def test_unknown_roles_are_asked_for_by_the_option_that_answers(tmp_path: Path) -> None:
    path = script(tmp_path / "s.txt", labels="XY")
    path.write_text(path.read_text().replace("X:", "Dana Lee:").replace("Y:", "Sam Roe:"))
    done = run("examine", str(path), "--no-report")
    assert done.returncode == Exit.QUESTION
    assert "--speakers" in done.stderr
    assert "Dana Lee" in done.stderr
    assert SECRET not in done.stderr
    named = ("--speakers", "Dana Lee=therapist", "--speakers", "Sam Roe=client")
    assert run("examine", str(path), "--no-report", *named).returncode == Exit.OK


def test_a_speaker_who_is_not_there_is_an_error_that_lists_who_is(tmp_path: Path) -> None:
    path = script(tmp_path / "s.txt")
    done = run("examine", str(path), "--no-report", "--speakers", "Nobody=therapist")
    assert done.returncode != Exit.OK
    assert "Nobody" in done.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("examine", "none.vtt"), Exit.USAGE),
        (("examine", "s.txt", "--roles", "therapist"), Exit.USAGE),
        (("examine", "s.txt", "--speakers", "Dana"), Exit.USAGE),
        (("examine", "s.txt", "--pair", "A"), Exit.USAGE),
        (("examine", "s.txt", "--coder", "none"), Exit.USAGE),
        (("examine", "s.txt", "--engine", "abacus"), Exit.USAGE),
        (("examine", "s.txt", "--for", "nobody"), Exit.USAGE),
        (("explain", "no such thing"), Exit.USAGE),
        (("examine",), Exit.USAGE),
    ],
)
def test_a_wrong_option_is_one_error_with_a_remedy(
    tmp_path: Path, words: tuple[str, ...], code: Exit
) -> None:
    script(tmp_path / "s.txt")
    done = run(*words, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stderr


def test_an_empty_file_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "empty.vtt").write_bytes(b"")
    done = run("examine", str(tmp_path / "empty.vtt"))
    assert done.returncode == Exit.INPUT
    assert "Traceback" not in done.stderr


def test_a_read_only_folder_is_one_error(tmp_path: Path) -> None:
    path = script(tmp_path / "s.txt")
    (tmp_path / "file").write_text("in the way")
    done = run("examine", str(path), "--out", str(tmp_path / "file" / "out"), "--no-report")
    assert done.returncode == Exit.DISK
    assert "Traceback" not in done.stderr


def test_a_defect_of_ours_shows_a_place_and_no_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from evenhand import cli

    def breaking(*_: object, **__: object) -> None:
        raise ValueError(SECRET)

    monkeypatch.setattr("evenhand.runs.examine.examine", breaking)
    monkeypatch.setattr(sys, "argv", ["evenhand", "examine", str(script(tmp_path / "s.txt"))])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == Exit.FAILED
    assert SECRET not in capsys.readouterr().err


def test_new_writes_a_study_that_check_finds_nothing_wrong_with(tmp_path: Path) -> None:
    assert run("new", str(tmp_path / "mine")).returncode == Exit.OK
    again = run("new", str(tmp_path / "mine"))
    assert again.returncode == Exit.USAGE
    assert "nothing was changed" in again.stderr


def test_check_lists_every_problem_at_once(tmp_path: Path) -> None:
    run("new", str(tmp_path / "mine"))
    (tmp_path / "mine" / "sessions.csv").write_text(
        "session_id,client_id,therapist_id,number,date,transcript,consent,ended\n"
        "a,c1,t1,1,13.5.2026,a.txt,perhaps,\n"
        "a,c1,t1,2,2026-05-20,none.txt,yes,gone\n"
    )
    done = run("check", str(tmp_path / "mine"), "--json")
    problems = json.loads(done.stdout)
    assert done.returncode == Exit.INPUT
    found = " ".join(p["what"] for p in problems)
    for word in ("consent", "date", "ended", "nobody", "more than one row", "not in the study"):
        assert word in found, word
    assert all(p["where"] and p["remedy"] for p in problems)


def test_code_writes_a_codes_table(tmp_path: Path) -> None:
    path = script(tmp_path / "s.txt")
    out = tmp_path / "codes.parquet"
    done = run("code", str(path), "--coder", "rules", "--out", str(out))
    assert done.returncode == Exit.OK, done.stderr
    assert "question_open" in set(pl.read_parquet(out)["code"])


def test_ctrl_c_says_that_the_same_command_goes_on(tmp_path: Path) -> None:
    rows = pl.DataFrame(
        {
            "session_id": [f"s{n}" for n in range(3000) for _ in range(20)],
            "role": ["therapist", "client"] * 30_000,
            "text": ["What was that like for you?", "Like nothing much, if I am honest."] * 30_000,
        }
    )
    rows.write_csv(tmp_path / "t.csv")
    words = [sys.executable, "-m", "evenhand", "examine", "t.csv", "--no-report"]
    process = subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    folder = tmp_path / "t.evenhand" / ".work"
    deadline = time.monotonic() + 60
    while not folder.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == Exit.INTERRUPTED
    assert "goes on from there" in said
    assert "Traceback" not in said
