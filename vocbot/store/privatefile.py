"""A new file that only its owner can read, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from vocbot.sdk.errors import VocbotError


@contextmanager
def private_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write, mode 0600, which is at `path` and on the disk once the block has ended well.

    Raises VocbotError where something is there already, or it cannot be written.
    """
    if path.exists():
        raise VocbotError(f"{path} is there already: name a new file")
    scratch = None
    try:
        descriptor, scratch = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # made with mode 0600
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(scratch).replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise VocbotError(f"{path} cannot be written: {error.strerror}") from None
    finally:
        if scratch is not None:
            Path(scratch).unlink(missing_ok=True)
