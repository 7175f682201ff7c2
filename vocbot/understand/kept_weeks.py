"""The weekly detector between two runs: its state after a week so old that little of it comes late any more.

A run goes on from there. Where the past was changed since (issues merged, texts moved or taken out), or nothing was put
away yet, it goes through all weeks. The figures are the same either way, so that the state may be thrown away at any
time; only what all issues together say of a rate does not know yet of those that came since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import BigInteger, cast
from sqlmodel import Session, col, func, select

from vocbot.stats.detect import Detector
from vocbot.stats.kept import pack, unpack
from vocbot.store.tables import DetectorState, IssueDay, VolumeDay

SETTLED = timedelta(weeks=9)  # a week older than that is no news, and late texts of it change nothing


@dataclass(frozen=True)
class TakenUp:
    """A detector and the week (its Monday) that it has seen last."""

    detector: Detector
    last: date


def take_up(session: Session, issues: Sequence[int], start: date, monday: date) -> TakenUp | None:
    """The state put away, for these Issues and one that is never mentioned, where it is of before `monday`, begins no
    later than `start` and still fits what is there."""
    kept = session.get(DetectorState, 1)
    if kept is None or kept.last >= monday or kept.start > start or kept.sums != _sums(session, kept.start, kept.last):
        return None
    place = {issue: n for n, issue in enumerate(kept.issues)}
    ghost = len(kept.issues)
    try:
        detector = unpack(kept.packed, [*(place.get(issue, ghost) for issue in issues), ghost])
    except ValueError:  # of another version of ours
        return None
    return TakenUp(detector, kept.last)


def put_away(
    session: Session, detector: Detector, issues: Sequence[int], start: date, last: date, now: datetime
) -> None:
    """Keep the state after the week `last`, instead of an older one."""
    kept = session.get(DetectorState, 1) or DetectorState(id=1, start=start, last=last, packed=b"", made_at=now)
    kept.start, kept.last, kept.issues = start, last, list(issues)
    kept.sums, kept.packed, kept.made_at = _sums(session, start, last), pack(detector), now
    session.add(kept)


def _sums(session: Session, start: date, last: date) -> str:
    """What changes when counts of these weeks do."""
    until = last + timedelta(weeks=1)
    cells = session.exec(
        select(
            func.count(),
            func.sum(IssueDay.mentions),
            func.sum(cast(IssueDay.mentions, BigInteger) * col(IssueDay.issue_id)),
        ).where(IssueDay.day >= start, IssueDay.day < until)
    ).one()
    volume = session.exec(
        select(func.sum(VolumeDay.feedback)).where(VolumeDay.day >= start, VolumeDay.day < until)
    ).one()
    return " ".join(str(int(n or 0)) for n in (*cells, volume))
