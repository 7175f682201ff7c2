"""What worked so far: the verdicts on all Changes by the kind of fix, the department that owns the issue, the area.

A Change counts once, by its last word. One that came back counts as one that did not last; one that could not be told
counts apart, so that nobody looks good by never being measured.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from sqlmodel import Session, col, select

from vocbot.stats.proportion import interval
from vocbot.store.tables import Change, Issue, Verdict

WORKED, FAILED = ("effective",), ("not_effective", "worse", "regressed")
LEAST = 5  # decided Changes; of fewer no share is told


@dataclass(frozen=True)
class Shelf:
    """The Changes of one kind. `worked` of `decided` (with the 95 % interval of the share, None below `LEAST`), of
    those that did not: `came_back`, `worse`; `open`: no sure word yet, or never. `ratio`: median rate ratio of all that
    were looked at, with its lowest and highest."""

    name: str
    worked: int
    decided: int
    low: float | None
    high: float | None
    came_back: int
    worse: int
    open: int
    ratio: float | None
    least_ratio: float | None
    most_ratio: float | None


BY: Mapping[str, Callable[[Change, Issue], str]] = {
    "kind": lambda change, _: change.kind,
    "owner": lambda _, issue: issue.department,
    "area": lambda _, issue: issue.area,
    "reason": lambda _, issue: issue.reason,
    "person": lambda change, _: change.added_by,
}


def library(session: Session, by: str) -> list[Shelf]:
    """The shelves by one of `BY`, most decided Changes first. Raises KeyError for another one."""
    of = BY[by]
    last: dict[int, Verdict] = {}
    for verdict in session.exec(select(Verdict).order_by(col(Verdict.week), col(Verdict.id))):
        last[verdict.change_id] = verdict
    shelves: dict[str, list[Verdict | None]] = defaultdict(list)
    rows = session.exec(
        select(Change, Issue)
        .join(Issue, col(Issue.id) == col(Change.issue_id))
        .where(col(Change.released_at).is_not(None))
        .order_by(col(Change.id))
    )
    for change, issue in rows:
        shelves[of(change, issue)].append(last.get(change.id or 0))
    found = [_shelf(name, verdicts) for name, verdicts in shelves.items()]
    return sorted(found, key=lambda one: (-one.decided, -one.open, one.name))


def _shelf(name: str, verdicts: Sequence[Verdict | None]) -> Shelf:
    words = [verdict.verdict if verdict is not None else "" for verdict in verdicts]
    worked = sum(word in WORKED for word in words)
    decided = worked + sum(word in FAILED for word in words)
    low, high = interval(worked, decided) if decided >= LEAST else (None, None)
    ratios = [v.rate_ratio for v in verdicts if v is not None and math.isfinite(v.rate_ratio)]
    return Shelf(
        name=name,
        worked=worked,
        decided=decided,
        low=low,
        high=high,
        came_back=words.count("regressed"),
        worse=words.count("worse"),
        open=len(words) - decided,
        ratio=median(ratios) if ratios else None,
        least_ratio=min(ratios, default=None),
        most_ratio=max(ratios, default=None),
    )
