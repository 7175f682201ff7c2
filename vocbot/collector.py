"""Python's garbage collector, told how processes live that load much once and then take records by the thousand."""

from __future__ import annotations

import gc


def collect_seldom() -> None:
    """What lives now lives to the end: the collector need not look at it again and again while somebody waits, and what
    a record makes is gone by itself. A twelfth of the time of an import."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
