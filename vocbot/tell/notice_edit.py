"""A person writes anew what a round of notices says has changed, before it is approved; each customer's own words and
the rest of the message stay as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from vocbot.deliveries.payload import dump
from vocbot.sdk.render.safe import one_line
from vocbot.store.audit import append, facts
from vocbot.store.tables import Change, Delivery, Issue, Mention, Notice
from vocbot.tell.hold_back import notice_token
from vocbot.tell.notice import Notices, Round
from vocbot.tell.notice_text import notice_document, usual_news
from vocbot.text.wording import Part, check

LONGEST = 600  # characters of what changed, and of how to check it


def parts(session: Session, change: Change, issue: Issue) -> tuple[Part, ...]:
    """What changed and how to check it, as it reads now, in each language that somebody will be written to in."""
    return _parts(_languages(session, change), {name: getattr(change, name) for name in _NAMES}, issue)


def revise(
    session: Session, notices: Notices, change: Change, issue: Issue, values: Mapping[str, str], by: str, now: datetime
) -> None:
    """Write anew every message that waits for the yes about `change`. They go on waiting under a new token.

    Raises Unfit where a part is too long or holds personal data.
    """
    languages = _languages(session, change)
    fresh = {part.name: one_line(values.get(part.name, "")) for part in parts(session, change, issue)}
    check(_parts(languages, fresh, issue))
    acts = _waiting(session, change, lock=True)
    for name, text in fresh.items():
        setattr(change, name, text)
    change.revision += 1
    for act in acts:
        notice = session.get_one(Notice, act.payload["notice"])
        mention = session.get_one(Mention, notice.mention_id)
        document = notice_document(issue, change, mention, notice.language, notices.company, notices.zone)
        act.payload = act.payload | {"document": dump(document)}
        act.approval = notice_token(change)
    session.add_all([change, *acts])
    append(session, now, by, "notices edited", issue.name, change=change.name, revision=change.revision)


def waiting_round(session: Session, change: Change) -> Round:
    """The round that waits for a yes about `change`, as it is now."""
    acts = _waiting(session, change)
    ids = [act.payload["notice"] for act in acts]
    notices = session.exec(select(Notice).where(col(Notice.id).in_(ids)).order_by(col(Notice.id))).all()
    channels = Counter(act.payload["routes"][0]["connector"] for act in acts)
    planned = next((e for e in reversed(facts(session, change.name)) if e.action == "notices planned"), None)
    return Round(tuple(notices), tuple(channels.most_common()), planned.detail["unreachable"] if planned else 0)


_NAMES = ("what_zh", "check_zh", "what_en", "check_en")


def _parts(languages: Sequence[str], values: Mapping[str, str], issue: Issue) -> tuple[Part, ...]:
    return tuple(
        Part(name, values[name], LONGEST, needed=False, usual=usual_news(issue, language) if what == "what" else "")
        for name in _NAMES
        for what, language in [name.split("_")]
        if language in languages
    )


def _languages(session: Session, change: Change) -> list[str]:
    ids = [act.payload["notice"] for act in _waiting(session, change)]
    return sorted(set(session.exec(select(Notice.language).where(col(Notice.id).in_(ids)))))


def _waiting(session: Session, change: Change, lock: bool = False) -> Sequence[Delivery]:
    query = (
        select(Delivery)
        .where(Delivery.approval == notice_token(change), Delivery.state == "awaiting")
        .order_by(col(Delivery.id))
    )
    return session.exec(query.with_for_update() if lock else query).all()
