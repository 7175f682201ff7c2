"""Statistics on the test beds, ours beside the rules that others use, in one run. The beds lie outside of the project:
set VOCBOT_SHARED to the folder that holds beds/."""

from __future__ import annotations

import importlib.util
import os
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench.detection import Found, at_false_rate
from bench.detectors import PEERS
from vocbot.stats.detect import detect

SHARED = Path(os.environ.get("VOCBOT_SHARED", Path(__file__).resolve().parents[2] / "shared"))
SEEDS = (101, 102, 103)  # not those that anything was tuned on
FIRST = 40  # week of the sparse bed from which events begin


def run() -> None:
    """Print every table; a bed that is not there is said."""
    sparse()


def sparse() -> None:
    """3,000 issues, 104 weeks, 0.1 % false alarms: ours, three rules, and the speed."""
    bed = _bed("sparse")
    if bed is None:
        return
    rows: dict[str, list[Found]] = {}
    seconds = []
    for seed in SEEDS:
        made = bed.make_bed(S=3000, T=104, seed=seed)
        counts = made["y"].astype(float)
        began = time.process_time()
        ours = np.stack([-np.log(week.p) for week in detect(counts, counts.sum(axis=0))], axis=1)
        seconds.append(time.process_time() - began)
        rows.setdefault("vocbot", []).append(at_false_rate(ours, made, 0.001, FIRST))
        for name, rule in PEERS.items():
            rows.setdefault(name, []).append(at_false_rate(rule(counts), made, 0.001, FIRST))
    print(f"Sparse bed, seeds {SEEDS}, false alarms 0.1 % of quiet series-weeks\n")
    print("| rule | events found, % | within a week, % | episodes right, % | F1 | false, % |")
    print("|---|---|---|---|---|---|")
    for name, found in rows.items():
        pod, soon, right, f1, false = (
            float(np.mean([getattr(f, field) for f in found])) for field in ("pod", "soon", "precision", "f1", "false")
        )
        print(f"| {name} | {100 * pod:.1f} | {100 * soon:.1f} | {100 * right:.1f} | {f1:.3f} | {100 * false:.2f} |")
    print(f"\n{3000 * 104 / np.median(seconds):,.0f} series-weeks a second of processor time\n")


def _bed(name: str) -> Any:
    path = SHARED / "beds" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    if not path.exists() or spec is None or spec.loader is None:
        print(f"(the bed {name} is not here: set VOCBOT_SHARED)\n")
        return None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
