"""A folder that people's exports come into: a program adds a line to a CSV file whenever a customer says something."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

from vocbot.sdk.clock import Clock
from vocbot.sdk.testing.standin import Standin
from vocbot.sdk.wire import Request

HEADER = ("time", "user", "comment", "version")


class FileStandin(Standin):
    """One folder, next to the log. There is no peer that could be asked: what can go wrong is that it is not there."""

    id: ClassVar[str] = "file"
    wire: ClassVar[Literal["http", "smtp", "imap", "none"]] = "none"

    def __init__(self, log_path: Path, clock: Clock) -> None:
        super().__init__(log_path, clock)
        self.folder = log_path.with_name(f"{log_path.stem}-exports")

    def settings(self) -> dict[str, Any]:
        return {
            "path": str(self.folder),
            "map": {"text": "comment", "time": "time", "author": "user", "version": "version"},
        }

    def samples(self, hook: str) -> Sequence[Request]:
        """None: a folder calls nobody."""
        return ()

    def start(self, port: int = 0) -> None:
        """Make the folder, with a file that has no rows yet."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._file.write_text(",".join(HEADER) + "\n", encoding="utf-8")

    def stop(self) -> None:
        """Take the folder away, as a share that is not mounted any more."""
        super().stop()
        if self.folder.exists():
            self.folder.rename(self.folder.with_name(f"{self.folder.name}-gone"))

    def speak(self, text: str, by: str) -> None:
        """Add a row to today's export."""
        with self.lock, self._file.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerow([self.clock.now().isoformat(), by, text, "4.2"])

    @property
    def _file(self) -> Path:
        return self.folder / "exports.csv"
