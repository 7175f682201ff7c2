"""The worker in a process of its own beside the web server, so that analysis never makes a sender wait.

The two share a socket: the server says that there are new records, the worker how it is doing; and when the server is
gone, however it went, the worker sees the end of the socket and ends at once, as if killed.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

LINK = "VOCBOT_LINK"  # names the descriptor of the worker's end
TELL_EVERY = 0.5  # seconds
STALE = 15.0  # seconds without a word from the worker
AGAIN = 1.0  # seconds before a worker that ended is started again
STOP = 20.0


class WorkerProcess:
    """Starts the worker, starts it again should it end, and stops it."""

    def __init__(self, config: Path, failed: Callable[[], None]) -> None:
        """`failed` is called, from a thread, if the worker ends before it ever worked; `code` says how."""
        self.code = 0
        self._config = config
        self._failed = failed
        self._worked = False
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._state: dict[str, Any] = {}
        self._heard = 0.0
        self._stopping = False

    def start(self) -> None:
        """Let the worker begin; senders need not wait for that."""
        self._spawn()
        threading.Thread(target=self._keep, name="worker-keeper", daemon=True).start()

    def wake(self) -> None:
        """Tell the worker that there are new records; it looks by itself soon, should that fail."""
        ours = self._socket
        if ours is not None:
            with contextlib.suppress(OSError):
                ours.send(b"w", socket.MSG_DONTWAIT)

    def state(self) -> Mapping[str, Any]:
        """What the worker last said of itself; empty where that is too long ago."""
        return self._state if time.monotonic() - self._heard < STALE else {}

    def stop(self) -> None:
        """Let it finish what runs, then go."""
        self._stopping = True
        with self._lock:
            process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _spawn(self) -> None:
        with self._lock:
            if self._stopping:
                return
            ours, theirs = socket.socketpair()
            command = [sys.executable, "-m", "vocbot", "serve", "--role", "worker", "--config", str(self._config)]
            self._state, self._heard = {}, 0.0
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                command, pass_fds=[theirs.fileno()], env={**os.environ, LINK: str(theirs.fileno())}
            )
            theirs.close()
            if self._socket is not None:
                self._socket.close()
            self._socket = ours
        threading.Thread(target=self._listen, args=(ours,), name="worker-listener", daemon=True).start()

    def _listen(self, ours: socket.socket) -> None:
        try:
            with ours.makefile("rb") as lines:
                for line in lines:
                    self._state, self._heard, self._worked = json.loads(line), time.monotonic(), True
        except (OSError, ValueError):
            pass  # the worker is gone

    def _keep(self) -> None:
        while not self._stopping:
            process = self._process
            assert process is not None
            code = process.wait()
            if not self._worked and not self._stopping:
                self._stopping, self.code = True, code
                self._failed()  # it has said why
            elif not self._stopping:
                log.error(
                    "the worker ended with code %s and is started again", code, extra={"action": "worker.restarted"}
                )
                time.sleep(AGAIN)
                self._spawn()


class Link:
    """The worker's end."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)

    def listen(self, wake: Callable[[], None]) -> None:
        """Call `wake` whenever the server says so; end the process when the server is gone."""

        def run() -> None:
            try:
                while self._socket.recv(4096):
                    wake()
            except OSError:
                pass
            os._exit(70)  # whoever is started next must find no worker

        threading.Thread(target=run, name="server-listener", daemon=True).start()

    def tell(self, state: Mapping[str, Any]) -> None:
        """Say how the worker is doing."""
        self._socket.sendall(json.dumps(state).encode() + b"\n")
