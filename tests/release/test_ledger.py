"""The ledger of releases: every altered byte is found, and no interruption leaves half a state."""

from __future__ import annotations

import errno
import hmac
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand.core.errors import EvenhandError, Exit
from evenhand.release import ledger as ledgers
from evenhand.release.history import History
from evenhand.release.ledger import open_ledger
from evenhand.runs.release import release
from evenhand.study.store import write_bytes
from tests.release.clinics import made_clinic
from tests.release.studies import write_study

ENTRY = {"snapshot": "2026-Q1", "dims": ["a"], "people": {"tag": ["a0"]}, "margins": []}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EVENHAND_KEYS", str(tmp_path / "keys"))
    return tmp_path / "study"


def add(root: Path, n: int = 1, head: Path | None = None) -> None:
    with open_ledger(root, head) as ledger:
        for _ in range(n):
            ledger.append(ENTRY)


def entries(root: Path, head: Path | None = None) -> list[dict[str, Any]]:
    with open_ledger(root, head) as ledger:
        return ledger.entries


def file_of(root: Path) -> Path:
    return root / ".evenhand" / "ledger"


def head_of(root: Path) -> Path:
    return next((root.parent / "keys").glob("*.head"))


def test_a_change_at_any_position_is_found(root: Path) -> None:
    add(root, 2)
    whole = file_of(root).read_bytes()
    for at in range(len(whole)):
        changed = bytes([whole[at] ^ 1])
        file_of(root).write_bytes(whole[:at] + changed + whole[at + 1 :])
        with pytest.raises(EvenhandError, match="altered"):
            entries(root)
    file_of(root).write_bytes(whole)
    assert len(entries(root)) == 2


def test_a_byte_less_or_more_is_found(root: Path) -> None:
    add(root, 2)
    whole = file_of(root).read_bytes()
    for at in range(0, len(whole), 5):
        for changed in (whole[:at] + whole[at + 1 :], whole[:at] + b"0" + whole[at:]):
            file_of(root).write_bytes(changed)
            with pytest.raises(EvenhandError, match="altered"):
                entries(root)


def test_a_ledger_cut_short_anywhere_is_found(root: Path) -> None:
    add(root, 2)
    whole = file_of(root).read_bytes()
    for at in range(0, len(whole), 3):
        file_of(root).write_bytes(whole[:at])
        with pytest.raises(EvenhandError, match="altered"):
            entries(root)


def test_a_head_that_tells_of_another_ledger_is_found(root: Path) -> None:
    add(root, 2)
    whole = head_of(root).read_bytes()
    until = whole.index(b'"also"')
    for at in [*range(2, until - 3), *range(until + 30, len(whole) - 1)]:
        if whole[at : at + 1] in b' ":,[]{}':
            continue
        head_of(root).write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(EvenhandError, match="altered"):
            entries(root)


def test_without_its_key_or_its_head_nothing_is_opened(root: Path) -> None:
    add(root)
    for name in ("*.key", "*.head"):
        path = next((root.parent / "keys").glob(name))
        kept = path.read_bytes()
        path.unlink()
        with pytest.raises(EvenhandError, match="lost"):
            entries(root)
        path.write_bytes(kept)
    assert len(entries(root)) == 1


def test_a_head_of_ones_own_is_missed_once_it_was_kept(root: Path, tmp_path: Path) -> None:
    own = tmp_path / "other disk" / "ledger.head"
    add(root, 1, own)
    own.unlink()
    with pytest.raises(EvenhandError, match="lost"):
        entries(root, own)


def test_two_releases_at_once_are_refused(root: Path) -> None:
    with open_ledger(root) as first:
        with pytest.raises(EvenhandError, match="Another release"), open_ledger(root):
            pass
        first.append(ENTRY)
    assert len(entries(root)) == 1


KILLED = """
import os, signal, sys
from pathlib import Path
from evenhand.release.ledger import open_ledger
root, entry = Path(sys.argv[1]), eval(sys.argv[2])
def ends(name, at):
    real, seen = getattr(os, name), [0]
    def told(*given, **named):
        seen[0] += 1
        if seen[0] == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given, **named)
    setattr(os, name, told)
for name in ("fsync", "replace", "open", "fdopen"):
    for at in range(1, 8):
        study = root / f"{name}{at}"
        os.environ["EVENHAND_KEYS"] = str(study / "keys")
        if at % 2:
            with open_ledger(study) as ledger:
                ledger.append(entry)
        child = os.fork()
        if child == 0:
            ends(name, at // 2 + 1)
            with open_ledger(study) as ledger:
                ledger.append(entry)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status)
        with open_ledger(study) as ledger:
            n = len(ledger.entries)
            ledger.append(entry)
        with open_ledger(study) as ledger:
            print(name, at, killed, n - at % 2, len(ledger.entries) - n)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
def test_a_kill_at_any_write_leaves_a_ledger_that_opens_with_all_or_nothing(tmp_path: Path) -> None:
    words = [sys.executable, "-c", KILLED, str(tmp_path), repr(ENTRY)]
    told = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout
    rows = [line.split() for line in told.splitlines()]
    assert len(rows) == 28
    assert sum(row[2] == "True" for row in rows) >= 10
    for _, _, killed, recorded, added in rows:
        assert added == "1"
        assert recorded in (("0", "1") if killed == "True" else ("1",))


@pytest.mark.parametrize("kind", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_refusal_of_the_disk_is_one_clear_error_and_no_half_state(
    root: Path, monkeypatch: pytest.MonkeyPatch, kind: int
) -> None:
    add(root)
    before = {p: p.read_bytes() for p in (file_of(root), head_of(root))}

    def refused(_: int) -> None:
        raise OSError(kind, "refused")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refused)
        with pytest.raises(EvenhandError) as told:
            add(root)
    assert told.value.code is Exit.DISK
    assert "Nothing was released" in str(told.value)
    assert {p: p.read_bytes() for p in before} == before
    add(root)
    assert len(entries(root)) == 2


def test_a_study_that_cannot_be_written_is_one_clear_error(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise OSError(errno.EROFS, "read-only")

    monkeypatch.setattr(Path, "mkdir", refused)
    with pytest.raises(EvenhandError, match="read-only") as told:
        entries(root)
    assert told.value.code is Exit.DISK
    assert not root.exists()


def test_a_ledger_moved_into_another_study_is_not_that_studys(root: Path, tmp_path: Path) -> None:
    add(root)
    add(tmp_path / "other")
    shutil.copy(file_of(root), file_of(tmp_path / "other"))
    with pytest.raises(EvenhandError, match="altered"):
        entries(tmp_path / "other")


def test_an_entry_without_people_and_margins_adds_nothing_even_as_the_first() -> None:
    history = History()
    told: dict[str, Any] = {
        "snapshot": "2026-Q1",
        "dims": [],
        "people": None,
        "margins": [],
        "models": {"x": 1},
    }
    history.add(told)
    assert history.rosters == []
    assert history.told == {}


def test_the_key_may_be_read_by_its_owner_alone(root: Path) -> None:
    add(root)
    assert next(ledgers.keys_folder().glob("*.key")).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("fails_at", [1, 2, 3, 4])
def test_a_full_disk_leaves_no_half_of_the_files_and_the_same_release_can_be_had_again(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    clinic = made_clinic(np.random.default_rng(4), 120)
    study, out = write_study(root, clinic.quarters[0]), tmp_path / "out"
    seen = [0]

    def filling(path: Path, data: bytes) -> None:
        seen[0] += 1
        if seen[0] == fails_at:
            raise EvenhandError("The disk is full.", str(path), "Make room.", Exit.DISK)
        write_bytes(path, data)

    with monkeypatch.context() as patched:
        patched.setattr("evenhand.runs.release.write_bytes", filling)
        with pytest.raises(EvenhandError, match="disk is full"):
            release(study, "people", "dropout", out=out)
    assert not out.exists() or not list(out.iterdir())
    made = release(study, "people", "dropout", out=out)
    assert sorted(p.name for p in out.iterdir()) == sorted(p.name for p in made.files)
    assert len(made.files) == 6


def test_a_tag_is_the_hmac_of_a_person(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        for person in ("p1", "", "Zoë " * 40):
            told = hmac.digest(ledger.key, b"person:" + person.encode(), "sha256").hex()
            assert ledger.tag(person) == told[:24]
