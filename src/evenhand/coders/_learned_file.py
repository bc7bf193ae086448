"""A learned coder as a file: skops, holding numbers and words only, never code.

Nothing of scikit-learn goes into the file, so reading trusts no type at all, and a model made
under one version of scikit-learn reads under another.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenhand.coders._learned_model import Linear, Vocabulary, column_count
from evenhand.coders._learned_terms import BLOCKS
from evenhand.core.errors import EvenhandError

KIND = "evenhand learned coder"
FORMAT = 1
"""Raised when an older Evenhand could not read, or would misread, what is written."""

LARGEST = 1 << 30
"""Bytes that a model may unpack to; AnnoMI's take about 3 MB."""

LARGEST_SCHEMA = 4 << 20


def _packed(words: list[str]) -> NDArray[np.uint8]:
    """Words as bytes, a line each: a list of strings would make skops' index huge."""
    return np.frombuffer("\n".join(words).encode(), dtype=np.uint8)


def _unpacked(data: NDArray[np.uint8]) -> list[str]:
    text = data.tobytes().decode()
    return text.split("\n") if text else []


def model_bytes(linear: Linear, about: dict[str, Any]) -> bytes:
    """The whole file.

    Args:
        linear: the classifier.
        about: what else there is to know of it; JSON's kinds of values only.
    """
    from skops.io import dumps

    held = {
        "kind": KIND,
        "format": FORMAT,
        "about": about,
        "classes": list(linear.classes),
        "blocks": {
            name: {"terms": _packed(v.terms), "rarity": v.rarity.astype(np.float32)}
            for name, v in linear.blocks.items()
        },
        "weights": linear.weights.astype(np.float32),
        "offsets": linear.offsets.astype(np.float64),
    }
    data: bytes = dumps(held, compression=zipfile.ZIP_DEFLATED, compresslevel=6)
    return data


def read_model(path: Path) -> tuple[Linear, dict[str, Any], str]:
    """The classifier, what is known of it, and a short hash of all that decides its labels.

    Raises:
        EvenhandError: no such file, not a model, one that would run code, damaged, or made by a
            newer Evenhand.
    """
    try:
        data = path.read_bytes()
    except OSError:
        raise _error(path, "The model cannot be read.", "Look at the path.") from None
    held = _loaded(path, data)
    if not isinstance(held, dict) or held.get("kind") != KIND:
        raise _error(path, "The file is no model of Evenhand's.", _REMEDY)
    if held.get("format") != FORMAT:
        raise _error(
            path,
            f"The model has format {held.get('format')}, and this Evenhand reads {FORMAT}.",
            "Update Evenhand, or train the model again.",
        )
    try:
        linear, about = _linear(held), dict(held["about"])
        return linear, about, _digest(linear, str(about["label"]), about["role"])
    except (KeyError, TypeError, ValueError, AttributeError, UnicodeDecodeError):
        raise _error(path, "The model is damaged.", _REMEDY) from None


_REMEDY = "Give a file that `evenhand train` wrote, or train it again."


def _error(path: Path, what: str, remedy: str) -> EvenhandError:
    return EvenhandError(what, str(path), remedy)


def _loaded(path: Path, data: bytes) -> Any:
    """What skops finds, with no type trusted beyond its own plain ones."""
    _check_size(path, data)
    from skops.io import get_untrusted_types, loads

    try:
        strangers = get_untrusted_types(data=data)
        if strangers:
            raise _error(
                path,
                f"The file asks to load {len(strangers)} kinds of object that no model needs.",
                "Do not use it unless you know who made it; train the model again.",
            )
        return loads(data, trusted=[])
    except EvenhandError:
        raise
    except Exception:  # skops raises nearly anything on a damaged file
        raise _error(path, "The model is damaged.", _REMEDY) from None


def _check_size(path: Path, data: bytes) -> None:
    """Refuse what is no archive, or would unpack to more than a model can be."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            sizes = {info.filename: info.file_size for info in archive.infolist()}
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise _error(path, "The file is no model of Evenhand's.", _REMEDY) from None
    if "schema.json" not in sizes:
        raise _error(path, "The file is no model of Evenhand's.", _REMEDY)
    if sum(sizes.values()) > LARGEST or sizes["schema.json"] > LARGEST_SCHEMA:
        raise _error(path, "The model would unpack to more than a model can be.", _REMEDY)


def _linear(held: dict[str, Any]) -> Linear:
    """The classifier, its parts checked against one another."""
    blocks = {
        name: Vocabulary(_unpacked(held["blocks"][name]["terms"]), held["blocks"][name]["rarity"])
        for name in BLOCKS[:-1]
    }
    classes = tuple(str(name) for name in held["classes"])
    weights, offsets = held["weights"], held["offsets"]
    rows = len(classes) if len(classes) > 2 else 1
    if weights.shape != (rows, column_count(blocks)) or offsets.shape != (rows,):
        raise ValueError("weights do not fit")
    if any(v.rarity.shape != (len(v.terms),) for v in blocks.values()):
        raise ValueError("rarity does not fit")
    return Linear(classes, blocks, weights.astype(np.float64), offsets.astype(np.float64))


def _digest(linear: Linear, label: str, role: str | None) -> str:
    """The same for the same training, though skops' files differ from run to run."""
    digest = hashlib.sha256("\n".join([label, str(role), *linear.classes]).encode())
    for vocabulary in linear.blocks.values():
        digest.update("\n".join(vocabulary.terms).encode())
        digest.update(vocabulary.rarity.tobytes())
    digest.update(linear.weights.tobytes() + linear.offsets.tobytes())
    return digest.hexdigest()[:12]
