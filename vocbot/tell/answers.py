"""Answers to colleagues who ask the loop in chat: the open Issues, or what happened to one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from vocbot.locale import say, word
from vocbot.sdk.document import Block, Document, Heading, bullets, paragraph
from vocbot.stats.priority import Standing
from vocbot.store.audit import facts
from vocbot.store.issue_numbers import numbers
from vocbot.store.tables import AuditEntry, Issue
from vocbot.text.language import detect

MOST_ISSUES, MOST_FACTS = 10, 15
# no word boundary: in "VOC-1怎么样了" there is none
_NAME = re.compile(r"(?<![a-z0-9])VOC-([0-9]{1,9})(?![0-9])", re.IGNORECASE)


def answer(
    session: Session, question: str, standings: Mapping[int, Standing], today: date, zone: ZoneInfo, language: str
) -> Document:
    """The answer, in Chinese where the question is Chinese, else in the configured language."""
    language = "zh" if detect(question) == "zh" else language
    named = _NAME.search(question)
    if named:
        issue = session.exec(select(Issue).where(Issue.number == int(named[1]))).first()
        if issue is None:
            unknown = say(language, "answer.unknown", issue=named[0].upper())
            return Document(language, unknown, (paragraph(unknown), paragraph(say(language, "answer.help"))))
        return _facts(session, issue, language, zone)
    return _issues(session, standings, today, language)


def _issues(session: Session, standings: Mapping[int, Standing], today: date, language: str) -> Document:
    lines = []
    for issue_id, standing in sorted(standings.items(), key=lambda found: found[1].position):
        issue = session.get(Issue, issue_id)
        found = numbers(session, issue_id, today)
        if issue is not None and found.mentions:
            lines.append(
                say(
                    language,
                    "answer.line",
                    issue=issue.name,
                    title=issue.title(language),
                    mentions=found.mentions,
                    band=standing.band,
                )
            )
    blocks: list[Block] = [Heading(say(language, "answer.issues"), 3)]
    blocks.append(bullets(lines[:MOST_ISSUES], ordered=True) if lines else paragraph(say(language, "answer.none")))
    blocks.append(paragraph(say(language, "answer.help")))
    return Document(language, say(language, "answer.title"), tuple(blocks))


def _facts(session: Session, issue: Issue, language: str, zone: ZoneInfo) -> Document:
    title = say(language, "answer.issue", issue=issue.name, title=issue.title(language))
    lines = [
        say(language, "answer.fact", day=_local(entry.at, zone), action=_said(language, entry))
        for entry in facts(session, issue.name)[-MOST_FACTS:]
    ]
    blocks = (Heading(title, 3), paragraph(say(language, "answer.facts")), bullets(lines))
    return Document(language, title, blocks)


def _said(language: str, entry: AuditEntry) -> str:
    """What happened, with what came of it: "verdict: fixed", "ticket opened: DEMO-7"."""
    action, detail = word(language, "action", entry.action), entry.detail
    if entry.action == "verdict":
        what = word(language, "verdict", detail["verdict"])
    elif entry.action == "signal":
        what = word(language, "signal", detail["state"])
    else:
        what = detail.get("ticket") or detail.get("change") or ""
    return say(language, "answer.came", action=action, what=what) if what else action


def _local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
