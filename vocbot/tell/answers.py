"""Answers to colleagues who ask the loop in chat: the open Issues, or what happened to one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from vocbot.deliveries.payload import dump
from vocbot.deliveries.plan import plan
from vocbot.locale import say, word
from vocbot.rights import may_decide
from vocbot.sdk.document import Block, Document, Heading, bullets, paragraph
from vocbot.sdk.events import Decision
from vocbot.stats.priority import Standing
from vocbot.store.audit import facts
from vocbot.store.issue_numbers import numbers
from vocbot.store.search import issues_with, titled
from vocbot.store.tables import Approval, AuditEntry, Delivery, Issue
from vocbot.store.why import why
from vocbot.text.language import detect

MOST_ISSUES, MOST_FACTS, MOST_RULES = 10, 15, 8
# no word boundary: in "VOC-1怎么样了" there is none
_NAME = re.compile(r"(?<![a-z0-9])VOC-([0-9]{1,9})(?![0-9])", re.IGNORECASE)

_WHY = re.compile(r"\s*(?:why\b|为什么|为何)", re.IGNORECASE)
_SEARCH = re.compile(r"\s*(?:(?:search|find)\s+|(?:搜索|查找|搜)\s*)(\S.*)", re.IGNORECASE | re.DOTALL)


def answer(
    session: Session, question: str, standings: Mapping[int, Standing], today: date, zone: ZoneInfo, language: str
) -> Document:
    """The answer, in Chinese where the question is Chinese, else in the configured language."""
    language = "zh" if detect(question) == "zh" else language
    sought = _SEARCH.match(question)
    if sought:
        return _found(session, sought[1].strip(), language)
    named = _NAME.search(question)
    if named:
        issue = session.exec(select(Issue).where(Issue.number == int(named[1]))).first()
        if issue is None:
            unknown = say(language, "answer.unknown", issue=named[0].upper())
            return Document(language, unknown, (paragraph(unknown), paragraph(say(language, "answer.help"))))
        if _WHY.match(question):
            return _why(session, issue, today, language, zone)
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


def _why(session: Session, issue: Issue, today: date, language: str, zone: ZoneInfo) -> Document:
    """The numbers with their windows, and which rules put how much there; no words of customers."""
    title = say(language, "answer.issue", issue=issue.name, title=issue.title(language))
    known = why(session, issue, today)["numbers"]
    week = known["last_7_days"]
    lines = [
        say(
            language,
            "answer.why_week",
            mentions=week["mentions"],
            people=week["people"],
            before=week["before"],
            first=week["first"],
            last=week["last"],
            zone=zone.key,
            hash=week["evidence"],
        ),
        say(language, "answer.why_all", mentions=known["mentions"], people=known["people"]),
    ]
    rules = sorted(known["by_rule"].items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_RULES]
    blocks: list[Block] = [Heading(title, 3), bullets(lines)]
    if rules:
        blocks.append(paragraph(say(language, "answer.why_rules", listed=known["listed"])))
        blocks.append(bullets([say(language, "answer.why_rule", rule=rule, count=count) for rule, count in rules]))
    return Document(language, title, tuple(blocks))


def _found(session: Session, words: str, language: str) -> Document:
    """Issues whose title holds the words, then those in whose feedback they were said."""
    open_ones = session.exec(select(Issue).where(col(Issue.merged_into).is_(None)).order_by(col(Issue.number))).all()
    said = issues_with(session, words)
    titles = [issue for issue in titled(open_ones, words) if issue.id not in {one.id for one, _ in said}]
    lines = [
        say(language, "answer.found_line", issue=issue.name, title=issue.title(language), count=count)
        for issue, count in said
    ]
    lines += [say(language, "answer.issue", issue=issue.name, title=issue.title(language)) for issue in titles]
    shown = words[:100]
    if not lines:
        nothing = say(language, "answer.found_nothing", words=shown)
        return Document(language, nothing, (paragraph(nothing),))
    title = say(language, "answer.found", words=shown)
    return Document(language, title, (Heading(title, 3), bullets(lines[:MOST_ISSUES])))


def not_decided(session: Session, decision: Decision, zone: ZoneInfo, language: str) -> Document:
    """Why a button decided nothing: somebody was faster, nobody named that person, it is not their role, or the text
    was edited since."""
    made = session.exec(select(Approval).where(Approval.token == decision.token)).first()
    if made is not None:
        key = "answer.late_yes" if made.approved else "answer.late_no"
        text = say(language, key, by=made.by_name, at=_local(made.at, zone))
    elif decision.role == "":
        text = say(language, "answer.not_named")
    elif decision.role is not None and not may_decide(decision.role, decision.token):
        text = say(language, "answer.not_your_role", role=word(language, "role", decision.role))
    else:
        text = say(language, "answer.nothing_waits")
    return Document(language, text, (paragraph(text),))


def reply(
    session: Session, source: str, by: str, asked: datetime, to: str, document: Document, now: datetime
) -> Delivery | None:
    """Plan the answer to somebody who asked or pressed something, once."""
    return plan(
        session,
        key=f"answer:{by}:{asked.isoformat()}",
        act="answer",
        connector=source,
        target=to,
        now=now,
        payload={"document": dump(document)},
    )


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
