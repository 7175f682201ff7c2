"""The first days of a release, policy or campaign in words: a daily curve, what rose, fell or is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from vocbot.deliveries.payload import dump
from vocbot.deliveries.plan import plan
from vocbot.locale import day as say_day
from vocbot.locale import say, word
from vocbot.sdk.document import Block, Document, Heading, Table, bullets, paragraph
from vocbot.store.tables import Change
from vocbot.tell.report import Reports, shift_words


def plan_watched(
    session: Session, reports: Reports, change: Change, subject: str, seen: Mapping[str, Any], now: datetime
) -> None:
    """Plan the message in each configured language; one for each look."""
    if reports.settings.connector is None:
        return
    for language in reports.settings.languages:
        plan(
            session,
            key=f"watched:{change.name}:{len(seen['days'])}:{language}",
            act="report",
            connector=reports.settings.connector,
            target=reports.settings.target,
            now=now,
            mode=reports.mode,
            subject=subject,
            payload={"document": dump(watched_document(change, seen, language, reports.zone))},
        )


def watched_document(change: Change, seen: Mapping[str, Any], language: str, zone: ZoneInfo) -> Document:
    """The message as people read it: conclusion, what moved, the curve."""
    assert change.released_at is not None
    what = change.what(language) or change.version
    title = say(
        language,
        "watch.title",
        change=change.name,
        kind=word(language, "change", change.kind),
        what=f" {what}" if what else "",
        days=len(seen["days"]),
    )
    blocks: list[Block] = [Heading(title), paragraph(_conclusion(seen, language))]
    if seen["own"] is not None:
        blocks.append(paragraph(say(language, "watch.own", **_moved(seen["own"], language))))
    if seen["rose"]:
        blocks += [Heading(say(language, "watch.rose"), 3), _list(seen["rose"], language)]
    if seen["fell"]:
        blocks += [Heading(say(language, "watch.fell"), 3), _list(seen["fell"], language)]
    if seen["negative"] is not None:
        blocks.append(paragraph(say(language, "watch.negative", **shift_words(seen["negative"]))))
    blocks += [Heading(say(language, "watch.curve"), 3), _curve(seen, language, zone)]
    blocks.append(paragraph(say(language, "watch.method")))
    return Document(language, title, tuple(blocks))


def _conclusion(seen: Mapping[str, Any], language: str) -> str:
    if seen["rose"] or seen["more_negative"]:
        return say(language, "watch.worse")
    return say(language, "watch.better" if seen["fell"] or seen["less_negative"] else "watch.nothing")


def _list(moved: Sequence[Mapping[str, Any]], language: str) -> Block:
    return bullets(
        [say(language, "watch.new" if one["new"] else "watch.moved", **_moved(one, language)) for one in moved]
    )


def _moved(one: Mapping[str, Any], language: str) -> dict[str, Any]:
    return {
        "issue": one["issue"],
        "title": one[f"title_{language}"],
        "before": one["before"],
        "after": one["after"],
        "ratio": f"{one['ratio']:.1f}",
        "low": f"{one['low']:.1f}",
        "high": f"{one['high']:.1f}",
    }


def _curve(seen: Mapping[str, Any], language: str, zone: ZoneInfo) -> Table:
    head = (
        say(language, "watch.from"),
        say(language, "watch.feedback"),
        say(language, "watch.usual"),
        say(language, "watch.share"),
    )
    rows = []
    for one in seen["days"]:
        begin = datetime.fromisoformat(one["begin"]).astimezone(zone)
        when = f"{say_day(language, begin)} {begin:%H:%M}"
        rows.append(
            (
                when if one["over"] else say(language, "watch.not_over", when=when),
                str(one["feedback"]),
                "-" if one["usual"] is None else f"{one['usual']:.0f}",
                f"{one['negative'] / one['feedback']:.0%}" if one["feedback"] else "-",
            )
        )
    return Table(head, tuple(rows))
