"""The effect report: what was measured about a Change, the verdict in words, and what it does not say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from vocbot.config.model import Mode, ReportSettings
from vocbot.deliveries.payload import dump
from vocbot.deliveries.plan import plan
from vocbot.locale import SHOWN_HASH, amount, say, weeks, word
from vocbot.locale import day as say_day
from vocbot.sdk.document import Block, Document, Figures, Heading, bullets, paragraph
from vocbot.store.tables import Change, Delivery, Issue, Notice, Signal, Ticket, Verdict

SHOWN = 3  # neighbours


@dataclass(frozen=True)
class Reports:
    """What reporting needs from the configuration."""

    settings: ReportSettings
    mode: Mode
    zone: ZoneInfo


def plan_report(
    session: Session,
    reports: Reports,
    issue: Issue,
    change: Change,
    verdict: Verdict,
    now: datetime,
    next_look: datetime | None = None,
    signal: Signal | None = None,
    beside: str = "",
) -> None:
    """Plan the report in each configured language. One per Change, verdict word and Issues that rose `beside` it."""
    if reports.settings.connector is None:
        return
    for language in reports.settings.languages:
        plan(
            session,
            key=":".join(("report", change.name, verdict.verdict, *filter(None, (beside,)), language)),
            act="report",
            connector=reports.settings.connector,
            target=reports.settings.target,
            now=now,
            mode=reports.mode,
            subject=issue.name,
            payload={
                "document": dump(
                    report_document(session, issue, change, verdict, language, reports.zone, next_look, signal)
                )
            },
        )


def report_document(
    session: Session,
    issue: Issue,
    change: Change,
    verdict: Verdict,
    language: str,
    zone: ZoneInfo,
    next_look: datetime | None,
    signal: Signal | None,
) -> Document:
    """The report as people read it. `signal` is the alarm that says it came back."""
    assert change.released_at is not None
    found = word(language, "verdict", verdict.verdict)
    title = say(language, "verdict.title", issue=issue.name, change=change.name, word=found)
    released = say(
        language,
        "verdict.released",
        title=issue.title(language),
        day=say_day(language, change.released_at.astimezone(zone)),
        version=say(language, "verdict.version", version=change.version) if change.version else "",
    )
    told, still = _told(session, change)
    figures = Figures(
        (
            (
                say(language, "verdict.before"),
                say(
                    language,
                    "verdict.before_value",
                    before=verdict.before,
                    weeks=weeks(language, verdict.before_weeks),
                    rate=f"{verdict.before / verdict.before_weeks:.1f}",
                ),
            ),
            (
                say(language, "verdict.after"),
                say(
                    language,
                    "verdict.after_value",
                    after=verdict.after,
                    weeks=weeks(language, verdict.week),
                    rate=f"{verdict.after / verdict.week:.1f}",
                ),
            ),
            (
                say(language, "verdict.ratio"),
                say(
                    language,
                    "verdict.ratio_value",
                    ratio=f"{verdict.rate_ratio:.2f}",
                    low=f"{verdict.low:.2f}",
                    high=f"{verdict.high:.2f}",
                ),
            ),
            _avoided(language, verdict),
            *_saved(language, verdict),
            *_negative(language, verdict),
            (say(language, "verdict.told"), say(language, "verdict.told_value", told=told, still=still)),
        )
    )
    heading = say(language, "verdict.report", issue=issue.name, change=change.name)
    blocks: list[Block] = [
        Heading(heading),
        paragraph(say(language, "verdict.conclusion", word=found)),
        paragraph(released),
    ]
    if change.hypothesis:
        known = verdict.numbers.get("hypothesis") or ("late" if change.added_at > change.released_at else "before")
        key = f"verdict.hypothesis_{known}"
        blocks.append(paragraph(say(language, key, text=change.hypothesis, hash=change.hypothesis_hash[:SHOWN_HASH])))
    if signal is not None:
        blocks.append(
            paragraph(
                say(
                    language,
                    "verdict.comes_back",
                    day=say_day(language, signal.day),
                    observed=signal.observed,
                    expected=amount(language, signal.expected),
                )
            )
        )
    blocks += [Heading(say(language, "verdict.figures"), 3), figures]
    blocks += _neighbours(language, verdict)
    if verdict.verdict == "effective" and _alarmed(session, change):
        blocks.append(paragraph(say(language, "verdict.surge")))
    if verdict.weeks_needed is not None and verdict.verdict in ("too_early", "inconclusive"):
        more, target = weeks(language, verdict.weeks_needed), f"{-change.target:.0%}"
        blocks.append(paragraph(say(language, "verdict.needs", weeks=more, target=target)))
    if next_look is not None:
        blocks.append(paragraph(say(language, "verdict.next", day=say_day(language, next_look.astimezone(zone)))))
    return Document(language, title, tuple(blocks))


def _avoided(language: str, verdict: Verdict) -> tuple[str, str]:
    """Mentions that did not come, or that came in addition."""
    key = "verdict.avoided" if verdict.avoided >= 0 else "verdict.added"
    return say(language, key), f"{abs(verdict.avoided):.0f}"


def _saved(language: str, verdict: Verdict) -> list[tuple[str, str]]:
    """The sum of money, where a cost is configured and the verdict is sure."""
    sums = verdict.numbers.get("saved")
    if not sums:
        return []
    low, high = (f"{sums[end]:,.0f}" for end in ("low", "high"))
    return [(say(language, "verdict.saved"), say(language, "verdict.saved_value", low=low, high=high, **_unit(sums)))]


def _negative(language: str, verdict: Verdict) -> list[tuple[str, str]]:
    """How the share of negative mentions moved, where there are mentions before and after."""
    shift = verdict.numbers.get("negative")
    if not shift:
        return []
    return [(say(language, "verdict.negative"), say(language, "verdict.negative_value", **shift_words(shift)))]


def shift_words(shift: Mapping[str, float]) -> dict[str, str]:
    """A shift of a share as percentages and points."""
    return {
        "before": f"{shift['before']:.0%}",
        "after": f"{shift['after']:.0%}",
        "low": f"{100 * shift['low']:+.0f}",
        "high": f"{100 * shift['high']:+.0f}",
    }


def _neighbours(language: str, verdict: Verdict) -> list[Block]:
    """The Issues beside this one that rose."""
    rose = verdict.numbers.get("neighbours")
    if not rose:
        return []
    lines = [
        say(
            language,
            "verdict.neighbour_new" if one["new"] else "verdict.neighbour",
            issue=one["issue"],
            title=one[f"title_{language}"],
            before=one["before"],
            after=one["after"],
            ratio=f"{one['ratio']:.1f}",
            low=f"{one['low']:.1f}",
            high=f"{one['high']:.1f}",
        )
        for one in rose[:SHOWN]
    ]
    return [
        Heading(say(language, "verdict.neighbours"), 3),
        bullets(lines),
        paragraph(say(language, "verdict.neighbours_text")),
    ]


def _unit(sums: dict[str, Any]) -> dict[str, Any]:
    return {"currency": sums["currency"], "cost": f"{sums['per_mention']:g}"}


def _alarmed(session: Session, change: Change) -> bool:
    """Whether an alarm made us look at what the Change is about."""
    query = select(Signal.id).where(Signal.issue_id == change.issue_id, Signal.generation == change.generation)
    return session.exec(query).first() is not None


def _told(session: Session, change: Change) -> tuple[int, int]:
    told = session.exec(
        select(func.count()).select_from(Notice).where(Notice.change_id == change.id, col(Notice.told_at).is_not(None))
    ).one()
    still = session.exec(
        select(func.count()).select_from(Notice).where(Notice.change_id == change.id, Notice.reaction == "still")
    ).one()
    return told, still


def comment_still(
    session: Session,
    issue: Issue,
    change: Change,
    ticket: Ticket,
    verdict: Verdict,
    language: str,
    mode: Mode,
    now: datetime,
) -> Delivery | None:
    """Plan the comment that tells a ticket that its fix did not help; None where it was never opened."""
    if ticket.ref is None:
        return None
    return plan(
        session,
        key=f"comment:{issue.name}:{change.name}:{verdict.verdict}",
        act="comment",
        connector=ticket.connector,
        target=ticket.ref,
        now=now,
        mode=mode,
        subject=issue.name,
        lane=issue.name,
        payload={"document": dump(_still_document(issue, change, verdict, language))},
    )


def _still_document(issue: Issue, change: Change, verdict: Verdict, language: str) -> Document:
    """The word and the interval."""
    found = word(language, "verdict", verdict.verdict)
    ratio = say(
        language,
        "verdict.ratio_value",
        ratio=f"{verdict.rate_ratio:.2f}",
        low=f"{verdict.low:.2f}",
        high=f"{verdict.high:.2f}",
    )
    title = say(language, "ticket.still_title")
    return Document(
        language,
        title,
        (
            Heading(title, 3),
            paragraph(say(language, "verdict.title", issue=issue.name, change=change.name, word=found)),
            Figures(((say(language, "verdict.ratio"), ratio),)),
        ),
    )
