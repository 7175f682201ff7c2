"""From stored feedback to counted mentions: items a second of one worker, processor time per item, and what it costs
that several workers share one PostgreSQL."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench.intake import configuration, fill_inbox, free_port, postgresql

ITEMS = 20_000


def run() -> None:
    """Print the table."""
    print("| what | items/s | CPU per item, ms |")
    print("|---|---|---|")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vocbot-bench-")))
        _row("SQLite, 1 worker", folder / "sqlite", "", 1)
        for workers in (1, 3):
            url = postgresql(stack, folder)
            if url:
                _row(f"PostgreSQL, {workers} worker(s)", folder / f"postgresql-{workers}", url, workers)


def _row(name: str, folder: Path, url: str, workers: int) -> None:
    """All processes' own time; that of PostgreSQL's server is its own."""
    config = configuration(folder, free_port(), url)
    fill_inbox(config, ITEMS)
    found = _drain(config, workers)
    assert sum(one["records"] for one in found) == ITEMS, found
    seconds = max(one["seconds"] for one in found)
    cpu = sum(one["cpu"] for one in found)
    print(f"| {name} | {ITEMS / seconds:,.0f} | {1e3 * cpu / ITEMS:.2f} |", flush=True)


def _drain(config: Path, workers: int) -> list[dict[str, float]]:
    command = [sys.executable, "-m", "bench.drain", str(config)]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(workers)
    ]
    for one in started:
        assert one.stdout is not None and one.stdout.readline() == "ready\n"
    for one in started:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    return [json.loads(one.communicate(timeout=300)[0].splitlines()[-1]) for one in started]
