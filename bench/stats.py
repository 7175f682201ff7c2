"""Statistics on the test beds, ours beside the rules that others use, in one run. The beds lie outside of the project:
set VOCBOT_SHARED to the folder that holds beds/."""

from __future__ import annotations

import csv
import importlib.util
import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from bench import backgrounds
from bench.detection import Found, at_false_rate, outbreaks
from bench.detectors import PEERS
from vocbot.stats.causes import rank
from vocbot.stats.detect import detect
from vocbot.stats.effect import estimate, placebo_wander, verdict
from vocbot.stats.regress import watch_regression
from vocbot.stats.scan import Scan
from vocbot.stats.volume import VolumeIndex

SHARED = Path(os.environ.get("VOCBOT_SHARED", Path(__file__).resolve().parents[2] / "shared"))
SEEDS = (101, 102, 103)  # not those that anything was tuned on
FIRST = 40  # week of the sparse bed from which events begin


def run() -> None:
    """Print every table; a bed that is not there is said."""
    sparse()
    long_history()
    real_like()
    weekly_step()
    effects()
    planted_causes()
    reopening()


def sparse() -> None:
    """3,000 issues, 104 weeks, 0.1 % false alarms: ours, three rules, and the speed of the scan."""
    bed = _bed("sparse")
    if bed is None:
        return
    rows: dict[str, list[Found]] = {}
    seconds = []
    for seed in SEEDS:
        made = bed.make_bed(S=3000, T=104, seed=seed)
        counts = made["y"].astype(float)
        rows.setdefault("vocbot", []).append(at_false_rate(_ours(counts), made, 0.001, FIRST))
        began = time.process_time()
        scan, volume = Scan(3000), VolumeIndex(3000)
        for t in range(104):
            scan.step(counts[:, t], volume.step(counts[:, t], counts[:, t].sum()))
        seconds.append(time.process_time() - began)
        for name, rule in PEERS.items():
            rows.setdefault(name, []).append(at_false_rate(rule(counts), made, 0.001, FIRST))
    _table(f"Sparse bed, seeds {SEEDS}, false alarms 0.1 % of quiet series-weeks", rows)
    print(f"Scan: {3000 * 104 / np.median(seconds):,.0f} series-weeks a second of processor time\n")


def real_like() -> None:
    """400 series with the traits of real ones (bench/backgrounds.py), 1 % false alarms, two lengths of history."""
    for weeks, first in ((120, 60), (260, 160)):
        rows: dict[str, list[Found]] = {}
        for seed in SEEDS:
            made = backgrounds.make(400, weeks, seed, first)
            counts = made["y"].astype(float)
            rows.setdefault("vocbot", []).append(at_false_rate(_ours(counts), made, 0.01, first))
            for name, rule in PEERS.items():
                rows.setdefault(name, []).append(at_false_rate(rule(counts), made, 0.01, first))
        _table(f"Backgrounds like real ones, {weeks} weeks, events from week {first}, false alarms 1 %", rows)


def long_history() -> None:
    """Noufaily's 42 scenarios, 12 years, 1 % false weeks: probability of detection and F1 over weeks."""
    bed = _bed("noufaily")
    if bed is None:
        return
    rows: dict[str, list[tuple[float, float]]] = {}
    for seed in SEEDS:
        made = bed.make(nrep=10, seed=seed)
        counts = made["y1"].astype(float)
        rows.setdefault("vocbot", []).append(outbreaks(_ours(counts), made, 0.01, 575))
        for name, rule in PEERS.items():
            rows.setdefault(name, []).append(outbreaks(rule(counts), made, 0.01, 575))
    print(f"Noufaily's 42 scenarios, 10 series each, seeds {SEEDS}, false alarms 1 % of quiet weeks\n")
    print("| rule | outbreaks found, % | F1 of weeks |")
    print("|---|---|---|")
    for name, found in rows.items():
        pod, f1 = np.mean(found, axis=0)
        print(f"| {name} | {100 * pod:.1f} | {f1:.3f} |")
    print()


def weekly_step() -> None:
    """Processor time of one more week for 20,000 issues, the scan alone."""
    rng = np.random.default_rng(1)
    level = np.clip(np.exp(rng.normal(np.log(0.5), 1.5, 20_000)), 0.02, 60)
    scan, volume = Scan(20_000), VolumeIndex(20_000)
    seconds = []
    for _ in range(70):
        counts = rng.poisson(level).astype(float)
        began = time.process_time()
        scan.step(counts, volume.step(counts, counts.sum()))
        seconds.append(time.process_time() - began)
    last = seconds[-16:]
    print(f"One week for 20,000 issues: {np.median(last):.3f} s, with the fit of the priors {max(last):.3f} s\n")


def effects() -> None:
    """Tickets of which nothing came, and tickets that fell by 60 %, looked at after 2 to 8 weeks (26 weeks before)."""
    bed = _bed("effect")
    if bed is None:
        return
    print("Effect bed, 250 tickets a cell, 26 weeks before, looks after 2 to 8 weeks, placebos: 40 untouched issues\n")
    print(
        "| mentions a week | true ratio | volume a week | share wanders | placebos | called effective, % | worse, % |",
        end="",
    )
    print(" 95 % interval holds it, % |\n|---|---|---|---|---|---|---|---|")
    seconds, looks = 0.0, 0
    for ratio in (1.0, 0.4):
        for placebos in (40, 0):
            for base in (3, 10, 50):
                for trend, drift in ((0.0, 0.0), (-0.04, 0.0), (0.0, 0.06), (-0.04, 0.06)):
                    cell = _cell(bed, base, ratio, trend, drift, placebos)
                    seconds, looks = seconds + cell[3], looks + 250 * 7
                    print(f"| {base} | {ratio} | {trend:+.0%} | {drift:.0%} | {placebos} |", end=" ")
                    print(" | ".join(f"{100 * x:.1f}" for x in cell[:3]), "|")
    print(f"\n{1000 * seconds / looks:.2f} ms of processor time for one look at one ticket\n")


def _cell(bed: Any, base: float, ratio: float, trend: float, drift: float, placebos: int) -> tuple[float, ...]:
    y, rest, others, n = bed.sim(
        np.random.default_rng(7), 250, base, ratio, npre=26, npost=8, trend=trend, drift=drift, ndon=placebos
    )
    effective = worse = 0
    held = []
    began = time.process_time()
    for i in range(250):
        words = set()
        for end in range(n + 2, n + 9):
            wander = None
            if placebos:
                control = np.broadcast_to(rest[i], others[i].shape)
                wander = placebo_wander(others[i][:, :n], others[i][:, n:end], control[:, :n], control[:, n:end])
            found = estimate(y[i, :n], y[i, n:end], rest[i, :n], rest[i, n:end], wander)
            words.add(verdict(found, end - n))
            held.append(found.low <= ratio <= found.high)
        effective += "effective" in words
        worse += "worse" in words
    return effective / 250, worse / 250, float(np.mean(held)), time.process_time() - began


def planted_causes() -> None:
    """8 mentions that share a value among 28 of an issue of the airline tweets: is that value first, is it stated?"""
    path = SHARED / "data" / "en-airline" / "tweets.csv"
    if not path.exists():
        print("(the airline tweets are not here: set VOCBOT_SHARED)\n")
        return
    table, issues = _tweets(path)
    trials, rng = 200, np.random.default_rng(11)
    first = third = stated = false = by_count = by_lift = 0
    began = time.process_time()
    for _ in range(trials):
        clean, past, planted, value = _window(rng, table, issues)
        ranking = rank(planted, past, table, pairs=False)
        order = [(one.columns[0], one.codes[0]) for one in ranking.candidates]
        first, third = first + (order[:1] == [value]), third + (value in order[:3])
        stated += value in [(one.columns[0], one.codes[0]) for one in ranking.found]
        by_count += max(ranking.candidates, key=lambda c: c.lift.seen).codes == (value[1],)
        by_lift += max(ranking.candidates, key=lambda c: c.lift.lift).codes == (value[1],)
        false += bool(rank(clean, past, table, pairs=False).found)
    each = 1000 * (time.process_time() - began) / (2 * trials)
    print("Airline tweets, 8 planted of 28, single values, 200 windows\n")
    print("| first, % | among the first three, % | stated, % | clean windows with a statement, % |")
    print("|---|---|---|---|")
    print("|", " | ".join(f"{100 * x / trials:.1f}" for x in (first, third, stated, false)), "|")
    print(
        f"\nfirst by raw lift {100 * by_lift / trials:.1f} %, by count {100 * by_count / trials:.1f} %; {each:.0f} ms\n"
    )


def _tweets(path: Path) -> tuple[Any, list[Any]]:
    """Codes of the airline, hour, weekday, sentiment, question and length of each tweet; rows of each larger issue."""
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    told = []
    for row in rows:
        when = datetime.strptime(row["tweet_created"], "%m/%d/%Y %H:%M")  # noqa: DTZ007  (no zone is known)
        text = row["text"]
        told.append(
            (row["airline"], f"{when:%H}", f"{when:%a}", row["airline_sentiment"], "?" in text, len(text) // 20)
        )
    columns = [np.unique([str(cell) for cell in column], return_inverse=True)[1] for column in zip(*told, strict=True)]
    reasons = np.array([row["negativereason"] for row in rows])
    large = [one for one in np.unique(reasons) if one and (reasons == one).sum() >= 300]
    return np.column_stack(columns), [np.flatnonzero(reasons == one) for one in large]


def _window(rng: np.random.Generator, table: Any, issues: list[Any]) -> tuple[Any, Any, Any, tuple[int, int]]:
    """28 clean mentions, the past, 20 clean and 8 that share a value, and that value (0.5 to 25 % of all)."""
    while True:
        rows = rng.permutation(issues[rng.integers(len(issues))])
        column = int(rng.integers(table.shape[1]))
        code = int(rng.integers(table[:, column].max() + 1))
        pool = rows[228:][table[rows[228:], column] == code]
        if 0.005 <= (table[:, column] == code).mean() <= 0.25 and len(pool) >= 8:
            break
    planted = np.concatenate([table[rows[:20]], table[rng.choice(pool, 8, replace=False)]])
    return table[rows[:28]], table[rows[28:228]], planted, (column, code)


def reopening() -> None:
    """A fix to a fifth, verified by eight weeks: called regressed in a year though it holds, and once it wears off."""
    bed = _bed("effect")
    if bed is None:
        return
    print("Re-opening, 400 fixed issues a cell, watched for 52 weeks\n")
    print("| mentions a week | false in a year, % | naive rule, % | median delay, weeks | within four, % |")
    print("|---|---|---|---|---|")
    for base in (3, 10, 50):
        rng = np.random.default_rng(13)
        held, naive, delays = [], [], []
        for ratio in (0.2, 1.0):
            y, rest, _, n = bed.sim(rng, 400, base, 0.2, npre=12, npost=8)
            later, volume, _, _ = bed.sim(rng, 400, base, ratio, npre=0, npost=52)
            for i in range(400):
                before = float(y[i, :n].sum() + 0.5) / float(rest[i, :n].sum())
                calm = float(y[i, n:].sum()), float(rest[i, n:].sum())
                crossed = watch_regression(later[i], volume[i], before, calm, 1.5).crossed
                if ratio < 1:
                    held.append(crossed is not None)
                    naive.append((later[i] >= 0.5 * before * volume[i]).any())
                else:
                    delays.append(99 if crossed is None else crossed + 1)
        false, fooled, soon = (100 * float(np.mean(x)) for x in (held, naive, [d <= 4 for d in delays]))
        print(f"| {base} | {false:.1f} | {fooled:.1f} | {np.median(delays):.0f} | {soon:.0f} |")
    print()


def _ours(counts: Any) -> Any:
    return np.stack([-np.log(np.maximum(week.p, 1e-300)) for week in detect(counts, counts.sum(axis=0))], axis=1)


def _table(title: str, rows: dict[str, list[Found]]) -> None:
    print(f"{title}\n")
    print("| rule | events found, % | within a week, % | episodes right, % | F1 | false, % |")
    print("|---|---|---|---|---|---|")
    for name, found in rows.items():
        pod, soon, right, f1, false = (
            float(np.mean([getattr(f, field) for f in found])) for field in ("pod", "soon", "precision", "f1", "false")
        )
        print(f"| {name} | {100 * pod:.1f} | {100 * soon:.1f} | {100 * right:.1f} | {f1:.3f} | {100 * false:.2f} |")
    print()


def _bed(name: str) -> Any:
    path = SHARED / "beds" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    if not path.exists() or spec is None or spec.loader is None:
        print(f"(the bed {name} is not here: set VOCBOT_SHARED)\n")
        return None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
