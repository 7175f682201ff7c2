"""Take a Person's words out of every act: before it leaves, and afterwards where the other side lets itself be edited.

Edits are acts like all others: planned here, sent by a worker, looked after by `vocbot dead`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from vocbot.deliveries.payload import dump
from vocbot.deliveries.plan import plan
from vocbot.locale import LANGUAGES, say
from vocbot.privacy.quotes import without, words
from vocbot.privacy.subject import Subject
from vocbot.sdk.document import Document, paragraph
from vocbot.sdk.errors import VocbotError
from vocbot.store.tables import Delivery

_POSTS = ("digest", "report", "alert", "ask")
_TICKETS = ("ticket", "update")
_NOT_GONE = ("shadow", "awaiting", "held", "planned", "queued")


class Sending(VocbotError):
    """An act with their words is under way: only when it has ended there is something to edit."""


@dataclass
class Edits:
    """What was done: keys of the acts that edit, what could not be reached as (what, where, why), how many acts of ours
    were cleaned."""

    planned: list[str] = field(default_factory=list)
    unreached: list[tuple[str, str, str]] = field(default_factory=list)
    cleaned: int = 0


@dataclass(frozen=True)
class Looked:
    """The acts up to number `last` that hold a Person's words, or are messages to them."""

    found: tuple[int, ...]
    last: int


def look(session: Session, person: Subject, after: int = 0) -> Looked:
    """Look at every act after number `after`. It takes a while where there are many: do it before you hold a lock."""
    theirs, found = words(person.texts), []
    query = select(Delivery.id, Delivery.act, Delivery.payload).where(col(Delivery.id) > after)
    for ident, act, payload in session.exec(query.order_by(col(Delivery.id)).execution_options(yield_per=500)):
        to_them = act == "notice" and payload["person"] in person.ids and payload["routes"]
        after = ident or after
        if to_them or without(dict(payload), theirs) is not None:
            found.append(after)
    return Looked(tuple(found), after)


def clean_acts(session: Session, person: Subject, looked: Looked, editable: Collection[str], now: datetime) -> Edits:
    """Clean the stored acts in the running transaction and plan what edits the other side; `editable` are the
    connectors whose posts can be changed. Raises Sending.
    """
    done, theirs = Edits(), words(person.texts)
    for ident in (*looked.found, *look(session, person, looked.last).found):
        act = session.get_one(Delivery, ident, with_for_update=True, populate_existing=True)
        if act.state == "performing":
            raise Sending(f"{act.key} holds their words and is being sent at this moment: ask again when it is done")
        if act.act == "notice" and act.payload["person"] in person.ids:
            _take_back(act, done, now)
        else:
            cleaned = without(act.payload, theirs)
            if cleaned is None:
                continue
            if act.state == "sent" and _latest(session, act):
                _edit(session, act, cleaned, person, editable, now, done)
            elif act.state == "unknown" or act.doubt:
                done.unreached.append((act.act, act.connector, "nobody knows whether it was sent"))
            act.payload = cleaned
        if act.state == "queued":
            act.state = "planned"  # the attempt under way has the old words in hand: it finds that it is not its turn
        session.add(act)
        done.cleaned += 1
    session.flush()
    return done


def _take_back(act: Delivery, done: Edits, now: datetime) -> None:
    """A message to the person themself: not sent if that can be helped; what it says and where it goes is not kept."""
    if act.state in _NOT_GONE:
        act.state, act.ended_at, act.error = "cancelled", now, "the person is forgotten"
    elif act.state in ("sent", "unknown"):
        done.unreached.append(("notice", act.connector, "it is in the person's own conversation or mailbox"))
    language = act.payload["document"]["language"]
    gone = say(language if language in LANGUAGES else "en", "forget.removed")
    empty = dump(Document(language, gone, (paragraph(gone),)))
    act.payload = {**act.payload, "routes": [], "document": empty}
    act.receipt = {name: value for name, value in act.receipt.items() if name == "status"}


def _place(act: Delivery) -> str | None:
    """What it was written to, by the other side's own id; later acts may have written to the same."""
    found = act.payload.get("ref") if act.act in ("settle", "edit") else None
    return found or (act.target if act.act in ("update", "publish") else act.receipt.get("ref"))


def _latest(session: Session, act: Delivery) -> bool:
    """Whether what this act wrote is what stands there now."""
    families = (_TICKETS, ("faq", "publish"), (*_POSTS, "settle", "edit"))
    family = next((acts for acts in families if act.act in acts), (act.act,))
    query = select(Delivery).where(
        Delivery.connector == act.connector,
        Delivery.state == "sent",
        col(Delivery.act).in_(family),
        col(Delivery.id) > act.id,
    )
    return not any(_place(later) == _place(act) for later in session.exec(query))


def _edit(
    session: Session,
    act: Delivery,
    cleaned: dict[str, Any],
    person: Subject,
    editable: Collection[str],
    now: datetime,
    done: Edits,
) -> None:
    ref, payload = _place(act), cleaned
    if act.act in _TICKETS and ref:
        kind, target = "update", ref
    elif act.act == "publish" and ref:
        kind, target = "publish", ref
    elif act.act in (*_POSTS, "settle", "edit") and ref and act.connector in editable:
        kind, target, payload = "edit", act.target, {"ref": ref, "document": cleaned["document"]}
    else:
        done.unreached.append((act.act, act.connector, "the other side cannot be edited from here"))
        return
    # what follows the first colon names the article of the knowledge base
    key = f"forget {person.person.pseudonym}:{act.key.partition(':')[2] or act.key}"
    planned = plan(
        session,
        key=key,
        act=kind,
        connector=act.connector,
        target=target,
        now=now,
        payload=payload,
        subject=act.subject,
        lane=act.lane,
    )
    if planned is not None:
        done.planned.append(key)
    if kind == "update":
        done.unreached.append(("ticket", act.connector, "older versions stay in the tracker's own history"))
