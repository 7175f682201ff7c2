"""Why a number is what it is: every Mention behind an Issue, its rules, and the windows of its alarms."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from vocbot.store.issue_list import Listed
from vocbot.store.issue_numbers import latest, numbers
from vocbot.store.tables import Change, Issue, Signal, Ticket, Verdict


def find_issue(session: Session, name: str) -> Issue | None:
    """The Issue called `name` (VOC-42, voc-42 or 42)."""
    digits = name.strip().upper().removeprefix("VOC-")
    if not digits.isdecimal() or len(digits) > 9:
        return None
    return session.exec(select(Issue).where(Issue.number == int(digits))).first()


MOST = 1_000  # mentions that are listed
_RULE = re.compile("[a-z0-9-]+/")
_NAMED = re.compile(r"[a-z_]+=")  # words that a rule names: competitor=acme


def why(session: Session, issue: Issue, today: date, most: int = MOST) -> dict[str, Any]:
    """The latest mentions (redacted), and every figure we show of the Issue with the window it was counted in."""
    assert issue.id is not None
    said = latest(session, issue.id, today, most)
    week = numbers(session, issue.id, today)
    return {
        "issue": issue.name,
        "title": {"zh": issue.title_zh, "en": issue.title_en},
        "hand_off": {"from": issue.hand_off_from, "to": issue.hand_off_to} if issue.hand_off_from else None,
        "mentions": [
            {
                "id": s.mention.id,
                "external_id": s.feedback.external_id,
                "source": s.feedback.source,
                "time": s.mention.time.isoformat(),
                "text": s.mention.text,
                "because": s.mention.because,
                "polarity": round(s.mention.polarity, 3),
                "read": {
                    "polarity": round(s.feedback.polarity, 3),
                    "confidence": round(s.feedback.confidence, 3),
                    "intent": s.feedback.intent,
                    "stage": s.feedback.stage,
                    "severity": s.feedback.severity,
                    "aspects": s.feedback.aspects or [],
                },
            }
            for s in said
        ],
        "numbers": {
            "mentions": issue.mentions,
            "people": issue.people,
            "listed": len(said),  # statements; the latest, where there are more
            "named": dict(Counter(words for s in said for words in s.mention.because if _NAMED.match(words))),
            "by_rule": dict(Counter(rule for s in said for rule in s.mention.because if _RULE.match(rule))),
            "last_7_days": {
                "first": week.first.isoformat(),
                "last": week.last.isoformat(),
                "mentions": week.mentions,
                "before": week.previous,
                "people": week.people,
                "at_most": week.at_most,
                "evidence": week.evidence,
            },
            "signals": [_signal(signal) for signal in _signals(session, issue)],
            "tickets": [
                {"generation": t.generation, "key": t.key, "status": t.status, "outcome": t.outcome}
                for t in session.exec(
                    select(Ticket).where(Ticket.issue_id == issue.id).order_by(col(Ticket.generation))
                )
            ],
            "verdicts": [_verdict(session, v) for v in _verdicts(session, issue)],
        },
    }


def read_as(mention: dict[str, Any]) -> str:
    """What heads read in the text of a mention of `why`, and the words that decided where they were asked for."""
    read = mention["read"]
    said = [f"{read['polarity']:+.2f}", *(read[name] for name in ("intent", "stage", "severity")), *read["aspects"]]
    words = mention.get("words", {})
    decided = [f"{name}: {' '.join(one['words'] for one in reasons)}" for name, reasons in words.items()]
    return "; ".join([", ".join(one for one in said if one and one != "undecided"), *decided])


def listed_facts(one: Listed, language: str) -> dict[str, Any]:
    """What `vocbot issues --json` says of one Issue."""
    return {
        "id": one.issue.name,
        "title": one.issue.title(language),
        "title_zh": one.issue.title_zh,
        "title_en": one.issue.title_en,
        "kind": one.issue.kind,
        "hand_off": [one.issue.hand_off_from, one.issue.hand_off_to] if one.issue.hand_off_from else None,
        "rule": one.issue.rule_key,
        "mentions": one.mentions,
        "copies": one.copies,
        "people": one.people,
        "state": one.state,
        "first_seen": one.issue.first_seen.isoformat(),
        "last_seen": one.issue.last_seen.isoformat(),
        "ticket": one.ticket.key if one.ticket else None,
        "signals": [signal_facts(s) for s in one.signals],
    }


def signal_facts(signal: Signal) -> dict[str, Any]:
    """What `vocbot issues --json` says of one alarm."""
    return {
        "state": signal.state,
        "date": signal.day.isoformat(),
        "observed": signal.observed,
        "expected": round(signal.expected, 3),
        "p": signal.p,
    }


def _signal(signal: Signal) -> dict[str, Any]:
    return {
        **signal_facts(signal),
        "window": "1 day",
        "people": signal.people,
        "at_most": signal.at_most,
        "last_date": signal.last_day.isoformat(),
        "generation": signal.generation,
    }


def _signals(session: Session, issue: Issue) -> list[Signal]:
    return list(session.exec(select(Signal).where(Signal.issue_id == issue.id).order_by(col(Signal.day))).all())


def _verdicts(session: Session, issue: Issue) -> list[Verdict]:
    return list(
        session.exec(
            select(Verdict).where(Verdict.issue_id == issue.id).order_by(col(Verdict.change_id), col(Verdict.week))
        ).all()
    )


def _verdict(session: Session, verdict: Verdict) -> dict[str, Any]:
    change = session.get_one(Change, verdict.change_id)
    return {
        "change": change.name,
        "week": verdict.week,
        "verdict": verdict.verdict,
        "rate_ratio": round(verdict.rate_ratio, 3),
        "low": round(verdict.low, 3),
        "high": round(verdict.high, 3),
        "p_less": round(verdict.p_less, 4),
        **verdict.numbers,
    }
