"""More processes for a while. They begin before their work is known, and load what they need while we do."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

WORTH = 1_000_000  # bytes of a file, from which more processes pay
MOST = 4  # of them: one writer cannot keep more busy


def worth(path: Path) -> int:
    """How many processes it takes to read a file."""
    large = path.is_file() and path.stat().st_size >= WORTH
    return min(MOST, (os.cpu_count() or 1) - 1) if large else 0


@contextmanager
def helpers(count: int) -> Iterator[Executor | None]:
    """So many processes that can read texts (`vocbot.reader`); None for 0. They end with the block."""
    if not count:
        yield None
        return
    # a fork would take open databases and locks of threads along
    pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), initializer=_load)
    pool.submit(int)  # starts them
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _load() -> None:
    from vocbot.collector import collect_seldom
    from vocbot.reader import load

    load()
    collect_seldom()
