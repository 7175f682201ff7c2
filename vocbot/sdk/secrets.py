"""Secrets are named, never written down: `env:NAME` or `file:PATH`."""

from __future__ import annotations

import os
from pathlib import Path

from vocbot.sdk.errors import VocbotError


class SecretProblem(VocbotError):
    """The secret cannot be had; `hint` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def read_secret(reference: str) -> str:
    """The secret behind `env:NAME` or `file:PATH`, without the newline at its end. Never quotes what it read."""
    scheme, _, rest = reference.partition(":")
    if scheme == "env" and rest:
        value = os.environ.get(rest, "")
        if not value:
            raise SecretProblem(f"environment variable {rest} is not set", f"export {rest}=...")
        return value
    if scheme == "file" and rest:
        try:
            value = Path(rest).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            said = error.strerror if isinstance(error, OSError) else "not UTF-8"
            raise SecretProblem(
                f"file {rest}: {said}", "create it with the secret in it, readable by you only"
            ) from None
        if not value:
            raise SecretProblem(f"file {rest} is empty", "write the secret into it")
        return value
    raise SecretProblem("a secret must not be written into the file", "use env:NAME or file:PATH")
