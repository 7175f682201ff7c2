"""Two small drawings as SVG: the weeks of an Issue with its changes marked, and a line of weeks for a list.

Only the numbers are worked out here, the marks are in the template. A library was looked at and left: what pygal and
matplotlib write carries inline styles (and scripts), which the pages' policy forbids, and a chart as a picture beside
the page can be neither read aloud nor follow the page's colours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WIDTH, HEIGHT = 860, 220
LEFT, RIGHT, TOP, BOTTOM = 64, 4, 34, 34
GAP = 0.22  # of a week's width
SPARK_WIDTH, SPARK_HEIGHT = 84, 22


@dataclass(frozen=True)
class Bar:
    """One week. Units are those of the drawing's box."""

    week: date
    value: int
    x: float
    y: float
    width: float
    height: float
    label: bool  # whether its date is written below


@dataclass(frozen=True)
class Mark:
    """A day on which something was changed."""

    x: float
    name: str
    day: date


@dataclass(frozen=True)
class Weeks:
    """The drawing."""

    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    lines: tuple[tuple[float, int], ...]  # height and value of each line across
    width: int = WIDTH
    height: int = HEIGHT
    floor: float = HEIGHT - BOTTOM
    left: int = LEFT
    right: int = WIDTH - RIGHT


def weeks_chart(weeks: Sequence[tuple[date, int]], changes: Sequence[tuple[str, date]]) -> Weeks:
    """Bars for weeks (Monday, mentions), and a mark at each change (name, local day) within them."""
    top = _ceiling(max((value for _, value in weeks), default=0))
    step = (WIDTH - LEFT - RIGHT) / max(1, len(weeks))
    scale = (HEIGHT - TOP - BOTTOM) / top
    every = max(1, math.ceil(len(weeks) / 6))
    bars = tuple(
        Bar(
            week,
            value,
            round(LEFT + (n + GAP / 2) * step, 1),
            round(HEIGHT - BOTTOM - value * scale, 1),
            round(step * (1 - GAP), 1),
            round(value * scale, 1),
            (len(weeks) - 1 - n) % every == 0,
        )
        for n, (week, value) in enumerate(weeks)
    )
    marks = []
    for name, day in changes:
        if weeks and weeks[0][0] <= day < weeks[-1][0] + timedelta(days=7):
            x = LEFT + (day - weeks[0][0]).days / 7 * step
            marks.append(Mark(round(x, 1), name, day))
    lines = tuple((round(HEIGHT - BOTTOM - value * scale, 1), value) for value in (0, top // 2, top))
    return Weeks(bars, tuple(marks), lines)


def spark(weeks: Sequence[tuple[date, int]]) -> str:
    """The points of a line through the weeks, for a polyline in a box of SPARK_WIDTH x SPARK_HEIGHT."""
    highest = max((value for _, value in weeks), default=0) or 1
    step = (SPARK_WIDTH - 4) / max(1, len(weeks) - 1)
    return " ".join(
        f"{2 + n * step:.0f},{SPARK_HEIGHT - 2 - value / highest * (SPARK_HEIGHT - 4):.1f}"
        for n, (_, value) in enumerate(weeks)
    )


def _ceiling(value: int) -> int:
    """An even number that people read easily, not below `value`."""
    if value <= 4:
        return 4
    power = 10 ** math.floor(math.log10(value))
    return next(int(m * power) for m in (1, 1.2, 1.6, 2, 3, 4, 6, 8, 10) if m * power >= value and m * power % 2 == 0)
