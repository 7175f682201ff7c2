"""The last gate: what every outward act passes, whatever decided it, just before it leaves.

It trusts no planner: it reads the payload as it would be sent, and the store for who said what. It refuses personal
data, a quotation without enough people behind it, and eight words or characters in a row of a public post, by which a
search engine would find who wrote it. A refusal is final: to shorten or to choose another is for whoever plans.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlmodel import Session, col, select

from vocbot.deliveries.payload import strings
from vocbot.sdk.errors import Rejected
from vocbot.store.db import Store
from vocbot.store.tables import Delivery, Feedback, Issue, Mention
from vocbot.text.guard import FEWEST_PEOPLE, leaks, verbatim

#: Parts of a payload that nobody outside reads: our own ids, and the ways to a customer.
INTERNAL = frozenset(("person", "routes", "notice", "draft", "ref", "other", "behind", "evidence", "kind"))
#: So many public posts are compared: the newest, and the newest about the same issue.
MOST_POSTS = 10_000
#: Texts that passed are remembered: one notice goes to thousands of people.
_REMEMBERED = 1000


class Gate:
    """`check` raises Rejected where something must not leave. One for all acts; safe to share by threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._passed: dict[tuple[str, ...], None] = {}

    def check(self, delivery: Delivery) -> None:
        """Raise Rejected, naming what is wrong but never the words themselves."""
        shown = tuple(_shown(delivery.payload))
        if found := leaks(shown):
            raise Rejected(f"personal data in the text ({', '.join(found)}); nothing was sent")
        if shown in self._passed:
            return
        with self._store.read() as session:
            if any(_people(session, quote) < FEWEST_PEOPLE for quote in _quotes(delivery.payload)):
                raise Rejected(f"a quotation without {FEWEST_PEOPLE} people behind it; nothing was sent")
            if verbatim(shown, _posts(session, delivery), _ours(session)):
                raise Rejected("words of a public post stand in the text as they were written; nothing was sent")
        if len(self._passed) >= _REMEMBERED:
            self._passed.clear()
        self._passed[shown] = None


def _shown(payload: Any) -> Iterator[str]:
    """Every string that somebody outside could read. What is new in a payload counts as shown until it is listed."""
    if isinstance(payload, dict):
        for name, value in payload.items():
            if name not in INTERNAL:
                yield from _shown(value)
    elif isinstance(payload, list | tuple):
        for value in payload:
            yield from _shown(value)
    else:
        yield from strings(payload)


def _quotes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if value.get("kind") == "Quote":
            yield value
        for part in value.values():
            yield from _quotes(part)
    elif isinstance(value, list):
        for part in value:
            yield from _quotes(part)


def _people(session: Session, quote: dict[str, Any]) -> int:
    """How many people are behind a quotation, by what the store holds."""
    rows = session.exec(select(Feedback.id, Feedback.person_id).where(col(Feedback.id).in_(quote.get("behind") or ())))
    return len({person or f"f{ident}" for ident, person in rows})


def _posts(session: Session, delivery: Delivery) -> set[str]:
    """Public posts that the text could be made of: those behind it, about its issue, or of these days."""
    public = select(Feedback.text).where(col(Feedback.public))
    newest = col(Feedback.id).desc()
    behind = [ident for quote in _quotes(delivery.payload) for ident in quote.get("behind") or ()]
    found = set(session.exec(public.order_by(newest).limit(MOST_POSTS)))
    found.update(session.exec(public.where(col(Feedback.id).in_(behind))))
    mentioned = public.join(Mention, col(Mention.feedback_id) == col(Feedback.id))
    found.update(session.exec(mentioned.where(col(Mention.id).in_(delivery.evidence[:500]))))
    if delivery.subject.startswith("VOC-"):
        issue = mentioned.join(Issue, col(Issue.id) == col(Mention.issue_id))
        number = int(delivery.subject.removeprefix("VOC-"))
        found.update(session.exec(issue.where(Issue.number == number).order_by(newest).limit(MOST_POSTS)))
    return found


def _ours(session: Session) -> list[str]:
    """Titles that rules define: the company's own words, whoever else uses them."""
    rows = session.exec(select(Issue.title_en, Issue.title_zh).where(col(Issue.rule_key).is_not(None)))
    return [title for row in rows for title in row]
