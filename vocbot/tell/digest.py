"""The weekly digest of the customers' language: phrases with lift and one safe quote, and what they wrote about.

Its period comes from its slot, never from now. Nothing of the last three digests comes again unless its lift doubled.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from vocbot.config.model import DigestSettings, Mode
from vocbot.deliveries.payload import dump
from vocbot.deliveries.plan import plan
from vocbot.deliveries.schedule import week_before
from vocbot.locale import day as say_day
from vocbot.locale import say
from vocbot.sdk.document import Block, Document, Heading, Quote, bullets, paragraph
from vocbot.store.tables import Delivery, Digest, Feedback, Issue, Mention
from vocbot.store.upsert import table
from vocbot.tell.opinions import asked
from vocbot.text.guard import Candidate, choose_quotes, verbatim
from vocbot.text.near import Near
from vocbot.text.phrases import Phrase, phrases

BASELINE_WEEKS = 12
MOST_PHRASES, MOST_ISSUES = 6, 5
PASSED_ON = 10  # copies, from which on a text is no longer what so many say
REMEMBERED = 3  # digests whose phrases do not come again


@dataclass(frozen=True)
class Digests:
    """What a digest needs from the configuration."""

    mode: Mode
    zone: ZoneInfo
    rules: str  # "shop v1"


def plan_digest(
    session: Session, digests: Digests, settings: DigestSettings, slot: datetime, now: datetime
) -> Delivery | None:
    """Write and plan the digest of the week before `slot`; None for a week in which nobody listened yet."""
    first, last = week_before(slot, digests.zone)
    week = _once(texts(session, settings.language, first, last))
    before = texts(session, settings.language, first - timedelta(weeks=BASELINE_WEEKS), first - timedelta(days=1))
    if not week and not before:
        return None
    said = phrases([(f.text, f.who) for f in week], [(f.text, f.who) for f in before], limit=30)
    posts = [f.text for f in week if f.public]
    found = _fresh(session, settings, [phrase for phrase in said if not verbatim([phrase.text], posts)])
    digest = Digest(
        name=settings.name,
        slot=slot,
        first_day=first,
        last_day=last,
        language=settings.language,
        phrases=[f"{p.lift:.2f} {p.text}" for p in found[:MOST_PHRASES]],
    )
    session.add(digest)
    session.flush()
    written = _document(session, digests, settings, week, found[:MOST_PHRASES], first, last)
    document = replace(written, blocks=(*written.blocks, asked(digest, settings.language)))
    return plan(
        session,
        key=f"digest:{settings.name}:{slot.astimezone(digests.zone):%Y-%m-%dT%H:%M}",
        act="digest",
        connector=settings.connector,
        target=settings.target,
        now=now,
        mode=digests.mode,
        subject=settings.name,
        payload={"document": dump(document)},
    )


class Voice(NamedTuple):
    """What a digest needs of a Feedback: a quarter of a year is read, so without the weight of mapped objects."""

    id: int
    text: str
    person_id: int | None
    time: datetime
    channel: str
    public: bool

    @property
    def who(self) -> str:
        return str(self.person_id or f"f{self.id}")


_COLUMNS = tuple(table(Feedback).c[name] for name in Voice._fields)


def texts(session: Session, language: str, first: date, last: date) -> list[Voice]:
    """What was said in one language on the local days `first`..`last`."""
    f = table(Feedback).c
    query = (
        columns(*_COLUMNS)
        .where(f.language == language, f.day >= first, f.day <= last, f.bucket != "superseded")
        .order_by(f.id)
    )
    return [Voice._make(row) for row in session.connection().execute(query)]


def _once(spoken: list[Voice]) -> list[Voice]:
    """Without the copies of a text that many pass on: sixty are one voice, but a few may have found the same words."""
    near = Near()
    first = {voice.id: near.copy_of(voice.id, voice.text) for voice in spoken}
    copies = Counter(first.values())
    return [voice for voice in spoken if first[voice.id] is None or copies[first[voice.id]] < PASSED_ON]


def _fresh(session: Session, settings: DigestSettings, found: list[Phrase]) -> list[Phrase]:
    recent = session.exec(
        select(Digest).where(Digest.name == settings.name).order_by(col(Digest.slot).desc()).limit(REMEMBERED)
    ).all()
    said: dict[str, float] = {}
    for digest in recent:
        for entry in digest.phrases:
            lift, _, text = entry.partition(" ")
            said[text] = max(float(lift), said.get(text, 0.0))
    return [p for p in found if p.text not in said or p.lift >= 2 * said[p.text]]


def _document(
    session: Session,
    digests: Digests,
    settings: DigestSettings,
    week: list[Voice],
    found: list[Phrase],
    first: date,
    last: date,
) -> Document:
    language = settings.language
    year, number, _ = first.isocalendar()
    title = say(
        language,
        "digest.title",
        year=year,
        week=f"{number:02d}",
        first=say_day(language, first),
        last=say_day(language, last),
    )
    blocks: list[Block] = [Heading(title, 1)]
    mentions = _mentions(session, language, first, last)
    for phrase in found:
        blocks += _phrase(phrase, week, mentions, language)
    if not found:
        blocks.append(paragraph(say(language, "digest.nothing")))
    blocks += _issues(session, language, first, last)
    blocks.append(paragraph(say(language, "digest.foot", count=len(week), rules=digests.rules)))
    return Document(language, title, tuple(blocks))


def _mentions(session: Session, language: str, first: date, last: date) -> dict[int, list[Issue]]:
    """The Issues that each Feedback mentions."""
    found: dict[int, list[Issue]] = {}
    rows = session.exec(
        select(Mention.feedback_id, Issue)
        .join(Issue, col(Issue.id) == col(Mention.issue_id))
        .join(Feedback, col(Feedback.id) == col(Mention.feedback_id))
        .where(Feedback.day >= first, Feedback.day <= last, Feedback.language == language)
    ).all()
    for feedback_id, issue in rows:
        found.setdefault(feedback_id, []).append(issue)
    return found


def _phrase(phrase: Phrase, week: list[Voice], mentions: dict[int, list[Issue]], language: str) -> list[Block]:
    users = [f for f in week if phrase.text.lower() in f.text.lower()]
    about = Counter(i.title(language) for f in users for i in {m.id: m for m in mentions.get(f.id, [])}.values())
    new = phrase.baseline == 0
    key = ("digest.new_words" if new else "digest.item") + ("" if about else "_alone")
    line = say(
        language,
        key,
        phrase=phrase.text,
        count=phrase.count,
        people=phrase.people,
        lift=f"{phrase.lift:.1f}",
        about=about.most_common(1)[0][0] if about else "",
    )
    quotes = choose_quotes(
        [Candidate(f.text, f.who, f.time, f.channel, f.public, f.id) for f in users],
        limit=1,
    )
    return [bullets([line]), *(Quote(q.text, behind=q.behind) for q in quotes)]


def _issues(session: Session, language: str, first: date, last: date) -> list[Block]:
    def counted(start: date, end: date) -> Counter[int]:
        rows = session.exec(
            select(Mention.issue_id, Mention.feedback_id)
            .join(Feedback, col(Feedback.id) == col(Mention.feedback_id))
            .where(
                Mention.day >= start,
                Mention.day <= end,
                Feedback.language == language,
                Feedback.bucket != "superseded",
            )
            .distinct()
        ).all()
        return Counter(issue_id for issue_id, _ in rows)

    now, before = counted(first, last), counted(first - timedelta(days=7), first - timedelta(days=1))
    lines = []
    for issue_id, mentions in now.most_common(MOST_ISSUES):
        issue = session.get(Issue, issue_id)
        assert issue is not None
        lines.append(
            say(language, "digest.issue", title=issue.title(language), mentions=mentions, before=before[issue_id])
        )
    return [Heading(say(language, "digest.issues"), 3), bullets(lines)] if lines else []
