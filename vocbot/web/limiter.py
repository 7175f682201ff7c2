"""How often somebody may try a password: per name, and per address, in a sliding window of physical time."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

WINDOW = 900.0  # seconds
PER_NAME, PER_ADDRESS = 8, 30  # failures in a window; behind a proxy all share its address
MOST = 10_000  # keys that are remembered; more are forgotten, the oldest first


class Limiter:
    """Failures of the last `WINDOW` seconds. One server process keeps its own."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._failures: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def wait(self, name: str, address: str) -> float:
        """Seconds until the next try; 0: now."""
        with self._lock:
            return max(self._wait(f"n:{name}", PER_NAME), self._wait(f"a:{address}", PER_ADDRESS))

    def failed(self, name: str, address: str) -> None:
        """A password was wrong."""
        with self._lock:
            for key in (f"n:{name}", f"a:{address}"):
                times = self._failures.pop(key, deque(maxlen=PER_ADDRESS))
                times.append(self._now())
                self._failures[key] = times  # the youngest last
            while len(self._failures) > MOST:
                del self._failures[next(iter(self._failures))]

    def succeeded(self, name: str) -> None:
        """The right one: what was mistyped before is forgotten."""
        with self._lock:
            self._failures.pop(f"n:{name}", None)

    def _wait(self, key: str, most: int) -> float:
        times = self._failures.get(key, deque())
        since = self._now() - WINDOW
        while times and times[0] <= since:
            times.popleft()
        return times[-most] - since if len(times) >= most else 0.0
