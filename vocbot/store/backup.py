"""A backup: the whole store at one moment as a pair of SQLite files in one archive, made while vocbot is running.

The key is not in it. It holds something sealed instead, so that a restore with another key is refused before anything
is written. What was planned when it was made is looked up before it is done: it may have happened since.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from sqlalchemy import URL

from vocbot.sdk.errors import VocbotError
from vocbot.store.audit import append
from vocbot.store.copy import Copy, copy_store
from vocbot.store.crypt import Crypt, KeyProblem, load_key
from vocbot.store.db import INBOX, NewerStore, Store, open_store
from vocbot.store.privatefile import private_file

FORMAT = 1
MAIN, ABOUT = "vocbot.db", "about.json"
_PROBE = b"vocbot backup"
_LEVEL = 1  # of compression: most of it is encrypted, and does not get smaller
_PIECE = 2**20  # bytes


@dataclass(frozen=True)
class Backup:
    """What an archive says of itself."""

    made_at: datetime
    made_by: str
    files: dict[str, str]  # name to SHA-256
    probe: bytes


def back_up(store: Store, crypt: Crypt, path: Path, now: datetime) -> Copy:
    """Write a backup to the new file `path`. Raises VocbotError where that cannot be done; then nothing is there."""
    with private_file(path) as file, tempfile.TemporaryDirectory(prefix=".vocbot-", dir=path.parent) as scratch:
        folder = Path(scratch)
        pair = _open(folder)
        try:
            copied = copy_store(store, pair, now)
        finally:
            pair.close()
        about = {
            "format": FORMAT,
            "made_at": now.isoformat(),
            "made_by": f"vocbot {version('vocbot')}",
            "files": {name: _sha256(folder / name) for name in (MAIN, INBOX)},
            "probe": base64.b64encode(crypt.seal(_PROBE)).decode(),
        }
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=_LEVEL) as archive:
            text = json.dumps(about, indent=1).encode()
            head = tarfile.TarInfo(ABOUT)
            head.size, head.mode, head.mtime = len(text), 0o600, int(now.timestamp())
            archive.addfile(head, BytesIO(text))
            for name in (MAIN, INBOX):
                archive.add(folder / name, name)
    return copied


def restore(path: Path, store: Store, key: str, now: datetime) -> tuple[Backup, Copy]:
    """Write the backup at `path` into an empty store. `key` is store.key: env:NAME or file:PATH.

    Raises VocbotError where the archive is none of ours, damaged or of a newer vocbot, was written with another key,
    or the store is not empty; then nothing was written.
    """
    with tempfile.TemporaryDirectory(prefix="vocbot-") as scratch:
        folder = Path(scratch)
        about = _unpacked(path, folder, key)
        try:
            pair = _open(folder)
        except NewerStore:
            raise VocbotError(f"{path} was written by a newer vocbot ({about.made_by}); install that one") from None
        try:
            copied = copy_store(pair, store, now, doubt=True)
        finally:
            pair.close()
    with store.write() as session:
        append(session, now, "vocbot", "restored", "store", made_at=about.made_at.isoformat(), made_by=about.made_by)
    return about, copied


def _open(folder: Path) -> Store:
    return open_store(URL.create("sqlite", database=str(folder / MAIN)))  # no text: the path may hold what is special


def _unpacked(path: Path, folder: Path, key: str) -> Backup:
    with _readable(path), tarfile.open(path, "r:gz") as archive:
        about = _about(path, _member(archive, ABOUT).read(_PIECE))
        _check_key(path, about, key)
        for name in (MAIN, INBOX):
            (folder / name).touch(0o600)
            with (folder / name).open("wb") as file:
                source = _member(archive, name)
                while piece := source.read(_PIECE):
                    file.write(piece)
            if _sha256(folder / name) != about.files.get(name):
                raise VocbotError(f"{path} is damaged: {name} is not what was written")
    return about


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (EOFError, zlib.error):
        raise VocbotError(f"{path} is cut off or damaged: take another backup") from None
    except (tarfile.TarError, gzip.BadGzipFile, KeyError):
        raise VocbotError(f"{path} is no backup of vocbot, or damaged") from None
    except OSError as error:
        raise VocbotError(f"{path} cannot be read: {error.strerror or 'damaged'}") from None


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    found = archive.extractfile(name)
    if found is None:
        raise KeyError(name)
    return found


def _about(path: Path, text: bytes) -> Backup:
    try:
        found: Any = json.loads(text)
        if found["format"] > FORMAT:
            raise VocbotError(f"{path} was written by a newer vocbot ({found['made_by']}); install that one")
        probe = base64.b64decode(found["probe"])
        return Backup(datetime.fromisoformat(found["made_at"]), found["made_by"], dict(found["files"]), probe)
    except (ValueError, KeyError, TypeError):
        raise VocbotError(f"{path} is no backup of vocbot, or damaged") from None


def _check_key(path: Path, about: Backup, key: str) -> None:
    try:
        fits = Crypt(load_key(key, create=False)).open(about.probe) == _PROBE
    except KeyProblem as problem:
        if "cannot be decrypted" not in str(problem):
            raise VocbotError(f"{problem}; a backup can be restored only with the key it was made with") from None
        fits = False
    if not fits:
        raise VocbotError(f"{path} was made with another key than store.key; nothing was restored")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
