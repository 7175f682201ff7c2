"""Encryption of what must not lie around readable: raw bodies, contact details, names.

One key file or variable; without it nothing encrypted can be read again. Blind indexes (keyed hashes) let us ask
"have we met this handle" without keeping the handle.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import tempfile
from collections import deque
from json.encoder import encode_basestring_ascii
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vocbot.sdk.errors import VocbotError

_GCM = b"\x01"  # first byte of what is sealed with AES-GCM; older seals are Fernet tokens and begin with a letter
_NONCE = 12  # bytes
_DRAWN = 512  # nonces


class KeyProblem(VocbotError):
    """The key is missing or wrong; the message says what to do."""


class _Nonces:
    """Random nonces, drawn many at a time: asking the system gives up the interpreter's lock, and whoever answers
    senders may wait milliseconds to get it back."""

    def __init__(self) -> None:
        self._drawn: deque[bytes] = deque()

    def next(self) -> bytes:
        """A nonce that nobody else gets."""
        while True:
            try:
                return self._drawn.pop()  # atomic, so threads may share
            except IndexError:
                drawn = os.urandom(_NONCE * _DRAWN)
                self._drawn.extend(drawn[at : at + _NONCE] for at in range(0, len(drawn), _NONCE))


class Crypt:
    """Encrypts and hashes with keys derived from one secret (a Fernet key: 32 bytes, url-safe base64)."""

    def __init__(self, key: str) -> None:
        try:
            secret = base64.urlsafe_b64decode(key.strip().encode())
            self._fernet = Fernet(key.strip().encode())
        except ValueError:
            raise KeyProblem(
                "store.key is not a valid key (32 bytes in url-safe base64); vocbot can create one: file:PATH"
            ) from None
        self._index = hashlib.blake2b(b"vocbot blind index", key=secret).digest()
        self._nonces = _Nonces()
        self._gcm = AESGCM(hashlib.blake2b(b"vocbot seal", key=secret, digest_size=32).digest())

    def seal(self, data: bytes) -> bytes:
        """Encrypt and authenticate: AES-256-GCM with a random nonce.

        A fifth of the time of a Fernet token and three quarters of its size: every request is sealed while its sender
        waits. Random nonces of 96 bits are safe for four billion seals under one key (NIST SP 800-38D, 8.3).
        """
        nonce = self._nonces.next()
        return _GCM + nonce + self._gcm.encrypt(nonce, data, None)

    def open(self, sealed: bytes) -> bytes:
        """Decrypt. Raises KeyProblem where the key is another one or the data was changed."""
        try:
            if sealed[:1] != _GCM:
                return self._fernet.decrypt(sealed)
            return self._gcm.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], None)
        except (InvalidToken, InvalidTag, ValueError):  # ValueError: too short to hold a nonce
            raise KeyProblem("stored data cannot be decrypted: is store.key the one it was written with?") from None

    def blind(self, *parts: str) -> str:
        """A keyed hash of `parts`, the same for the same parts, useless without the key."""
        # a JSON list has no joint that could stand in a part itself, and any character can be written in it
        text = f"[{', '.join(map(encode_basestring_ascii, parts))}]"
        return hmac.digest(self._index, text.encode(), "sha256").hex()


def load_key(reference: str, create: bool = True) -> str:
    """The key behind `env:NAME` or `file:PATH`; a missing file is created with mode 0600.

    Raises KeyProblem where it cannot be read, or others may read it.
    """
    scheme, _, rest = reference.partition(":")
    if scheme == "env":
        value = os.environ.get(rest, "")
        if not value:
            raise KeyProblem(f"store.key: environment variable {rest} is not set")
        return value
    if scheme != "file" or not rest:
        raise KeyProblem("store.key must be env:NAME or file:PATH")
    path = Path(rest)
    try:
        if create and not path.exists():
            _create(path)
        mode = path.stat().st_mode & 0o077
        value = path.read_text(encoding="ascii")
    except OSError as error:
        raise KeyProblem(f"store.key: {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise KeyProblem(f"store.key: {path} holds no key (32 bytes in url-safe base64)") from None
    if mode:
        raise KeyProblem(f"store.key: {path} can be read by others; run: chmod 600 {path}")
    return value


def _create(path: Path) -> None:
    """Write a new key to `path`, whole or not at all; where another process was first, its key counts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # a name of its own for each try: a fixed one that a crash left behind would stop every later start
    descriptor, scratch = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key())
            file.flush()
            os.fsync(file.fileno())  # what is encrypted with it may be durable before an unsynced key would be
        with contextlib.suppress(FileExistsError):
            os.link(scratch, path)
    finally:
        Path(scratch).unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
