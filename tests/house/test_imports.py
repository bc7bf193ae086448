"""`import evenhand` is instant: heavy libraries load where they are used."""

import subprocess
import sys

HEAVY = ("polars", "numpy", "scipy", "sklearn", "skops", "jinja2", "torch")


def loaded_by(*words: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *words], capture_output=True, text=True, check=True
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().split(".")[0] for line in lines}


def test_importing_evenhand_loads_nothing_heavy() -> None:
    assert loaded_by("-c", "import evenhand") & set(HEAVY) == set()


def test_help_loads_nothing_heavy() -> None:
    assert loaded_by("-m", "evenhand", "--help") & set(HEAVY) == set()


def test_all_public_names_can_be_had() -> None:
    import evenhand

    assert [name for name in evenhand.__all__ if not hasattr(evenhand, name)] == []
    assert set(evenhand.__all__) <= set(dir(evenhand))
