"""Looks at the files as the poll will: that they are there, what they are, and that the mapped columns are in them."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.file.config import FileSettings
from connectors.file.finding import Found, find
from connectors.file.opening import open_mapped
from vocbot.sdk.errors import Rejected, Retryable
from vocbot.sdk.ports import Context, Finding

MOST = 20  # files looked into


class FileCheck:
    """The checkable port."""

    def __init__(self, settings: FileSettings, context: Context) -> None:
        self._settings = settings

    def check(self) -> Sequence[Finding]:
        """The files, youngest first."""
        try:
            files = find(self._settings.path)
        except (Rejected, Retryable) as error:
            return [_error(error)]
        if not files:
            hint = "they may come later; else correct path"
            return [Finding("warning", f"{self._settings.path}: no file there", hint)]
        youngest = sorted(files, key=lambda found: found.touched, reverse=True)
        findings = [self._look(found) for found in youngest[:MOST]]
        if len(files) > MOST:
            findings.append(Finding("ok", f"{len(files) - MOST} older files were not looked into"))
        return findings

    def _look(self, found: Found) -> Finding:
        try:
            table, _, _ = open_mapped(found, self._settings)
        except (Rejected, Retryable) as error:
            return _error(error)
        table.close()
        return Finding("ok", f"{found.name}: {table.about}, {len(table.columns)} columns, the mapped ones are there")


def _error(error: Rejected | Retryable) -> Finding:
    what, _, hint = str(error).partition("; ")
    return Finding("error", what, hint)
