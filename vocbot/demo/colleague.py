"""The command line as colleagues use it, in one process that stays: starting anew for each verb takes a second of work.

What is run is the program itself, `python -m vocbot`, with the words that somebody would type.
"""

from __future__ import annotations

import contextlib
import io
import json
import runpy
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from vocbot.sdk.errors import VocbotError


class Colleague:
    """Types verbs for one configuration. Started with the first verb, ended by `close`."""

    def __init__(self, config: Path, environment: Mapping[str, str]) -> None:
        self._config = config
        self._environment = environment
        self._process: subprocess.Popen[str] | None = None
        self._said: list[tuple[int, str, str]] = []
        self._asked = 0

    def begin(self, *words: str) -> Callable[[], str]:
        """Run a verb beside everything else; calling the result waits for what it prints. Raises VocbotError then,
        where the verb failed."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "vocbot.demo.colleague"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=dict(self._environment),
            )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([*words, "--config", str(self._config)]) + "\n")
        self._process.stdin.flush()
        mine = self._asked
        self._asked += 1
        return lambda: self._ended(mine, words[0])

    def close(self) -> None:
        """Let what runs end."""
        if self._process is not None:
            self._process.communicate(timeout=60)

    def _ended(self, number: int, verb: str) -> str:
        assert self._process is not None and self._process.stdout is not None
        while len(self._said) <= number:
            line = self._process.stdout.readline()
            if not line:
                raise VocbotError(f"vocbot {verb} ended without a word")
            self._said.append(tuple(json.loads(line)))
        code, said, wrong = self._said[number]
        if code != 0:
            raise VocbotError(f"vocbot {verb} failed: {wrong.strip()[-500:]}")
        return said.strip()


def run(words: list[str]) -> tuple[int, str, str]:
    """Run one verb in this process: its exit code, what it printed, what it complained of."""
    said, wrong = io.StringIO(), io.StringIO()
    sys.argv = ["vocbot", *words]
    code: object = 0
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(wrong):
        try:
            runpy.run_module("vocbot", run_name="__main__")
        except SystemExit as end:
            code = end.code
        except Exception as error:  # noqa: BLE001 - as a process of its own would end
            print(type(error).__name__, file=sys.stderr)  # noqa: T201
            code = 1
    return code if isinstance(code, int) else int(code is not None), said.getvalue(), wrong.getvalue()


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(run(json.loads(line))) + "\n")
        sys.stdout.flush()
