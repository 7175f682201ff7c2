"""Heads as files: a line that names the format, a line of JSON that says what follows, and the numbers, little-endian.

Written beside and moved into place, so that a write that fails leaves the old file. The same head gives the same bytes.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from vocbot.sdk.errors import VocbotError
from vocbot.text.head import BITS, Head
from vocbot.text.vectors import VERSION

_FIRST = b"vocbot head 1\n"
#: Half precision changes no answer in a thousand and halves the file.
_PARTS = {"slots": "<u4", "rarity": "<f2", "weights": "<f2", "bias": "<f4", "steep": "<f4"}
_LONGEST_HEADER = 1 << 22


def write(head: Head, path: Path, about: dict[str, Any]) -> None:
    """Keep a head. `about` says where it comes from and how good it is; it is repeated by `about`.

    Raises VocbotError where the file cannot be written.
    """
    arrays = {name: np.ascontiguousarray(getattr(head, name), kind) for name, kind in _PARTS.items()}
    header = {
        "vectors": VERSION,
        "bits": BITS,
        "labels": head.labels,
        "several": head.several,
        "shapes": {name: array.shape for name, array in arrays.items()},
        "about": about,
    }
    data = _FIRST + json.dumps(header, ensure_ascii=False, sort_keys=True).encode() + b"\n"
    data += b"".join(array.tobytes() for array in arrays.values())
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise VocbotError(f"{path} cannot be written: {error.strerror}") from error


def read(path: Path) -> tuple[Head, dict[str, Any]]:
    """A head and what its maker said about it. Raises VocbotError where the file is none, or of another version."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise VocbotError(f"{path} cannot be read: {error.strerror}") from error
    if not data.startswith(_FIRST):
        other = data.startswith(b"vocbot head ")
        said = "is a model of another version of vocbot" if other else "is no model of vocbot"
        raise VocbotError(f"{path} {said}: train it again (`vocbot train`), or name another file")
    end = data.find(b"\n", len(_FIRST), _LONGEST_HEADER)
    try:
        header = json.loads(data[len(_FIRST) : end])
        if (header["vectors"], header["bits"]) != (VERSION, BITS):
            raise VocbotError(
                f"{path} was trained on n-grams of version {header['vectors']} ({header['bits']} bits), and this vocbot"
                f" reads version {VERSION} ({BITS} bits): train it again (`vocbot train`)"
            )
        arrays: dict[str, Any] = {}
        at = end + 1
        for name, kind in _PARTS.items():
            shape = header["shapes"][name]
            count = int(np.prod(shape))
            array = np.frombuffer(data, kind, count, at).reshape(shape)
            at += array.nbytes
            arrays[name] = array.astype(np.uint32 if name == "slots" else np.float32)
        head = Head(tuple(header["labels"]), bool(header["several"]), **arrays)
        if at != len(data) or not _fits(head):
            raise ValueError
        return head, header["about"]
    except (ValueError, KeyError, TypeError) as error:
        raise VocbotError(f"{path} is damaged: copy or train it again") from error


def _fits(head: Head) -> bool:
    columns = 1 if len(head.labels) == 2 and not head.several else len(head.labels)
    grams = len(head.slots)
    return (
        head.weights.shape == (grams, columns)
        and head.rarity.shape == (grams,)
        and head.bias.shape == head.steep.shape == (columns,)
        and not (head.slots >= 2 << BITS).any()
        and bool((head.slots[1:] > head.slots[:-1]).all())
    )
