"""Background jobs: each runs again and again in a thread of its own, and how it is doing can be asked."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vocbot.sdk.errors import trace

log = logging.getLogger(__name__)

# Does one piece of work; returns whether there is more right now.
Job = Callable[[], object]


@dataclass
class Beat:
    """How one background job is doing."""

    runs: int = 0
    failures: int = 0
    last_error: str = ""


class Jobs:
    """The jobs of one process. `stop` once."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.beats: dict[str, Beat] = {}
        self._threads: list[threading.Thread] = []
        self._wakes: list[threading.Event] = []

    def every(self, name: str, seconds: float, job: Job, wake: threading.Event | None = None) -> None:
        """Run `job` every so many seconds, earlier when `wake` is set, and at once again while it says there is more.

        A failure is noted and ends nothing.
        """
        beat = self.beats[name] = Beat()
        signal = wake or threading.Event()
        self._wakes.append(signal)

        def run() -> None:
            while not self.stopping.is_set():
                more: object = False
                try:
                    more = job()
                    beat.runs, beat.last_error = beat.runs + 1, ""
                except Exception as error:  # noqa: BLE001 - a background job must outlive its failures
                    beat.failures, beat.last_error = beat.failures + 1, trace(error)
                    log.error("%s failed: %s", name, beat.last_error, extra={"action": "job.failed"})
                if not more:
                    signal.wait(seconds)
                    if not self.stopping.is_set():
                        signal.clear()

        thread = threading.Thread(target=run, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def stop(self) -> None:
        """Begin nothing more, and wait for what runs."""
        self.stopping.set()
        for signal in self._wakes:
            signal.set()
        for thread in self._threads:
            thread.join(timeout=10)

    @property
    def healthy(self) -> bool:
        """Whether every thread lives."""
        return all(thread.is_alive() for thread in self._threads)

    def told(self) -> dict[str, Any]:
        """Figures for others; no personal data."""
        return {
            name: {"runs": beat.runs, "failures": beat.failures, "last_error": beat.last_error}
            for name, beat in self.beats.items()
        }
