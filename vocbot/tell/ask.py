"""Put a decision before a named person: the question goes out with buttons, the answer comes back as a Decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from vocbot.config.model import ApprovalSettings
from vocbot.deliveries.payload import dump, load
from vocbot.deliveries.plan import cancel, plan
from vocbot.locale import say
from vocbot.sdk.document import Block, Button, Buttons, Divider, Document, Heading, Link, paragraph
from vocbot.store.tables import Approval, Delivery


@dataclass(frozen=True)
class Asker:
    """Where questions go; without a connector they wait for `vocbot decide`."""

    settings: ApprovalSettings
    zone: ZoneInfo
    console: str = ""  # its address, where the question can be seen whole and its text edited
    edits: bool = False  # whether the connector can show a window to edit in


def ask(
    session: Session,
    asker: Asker,
    token: str,
    title: str,
    blocks: list[Block],
    family: str,
    subject: str,
    now: datetime,
) -> Delivery | None:
    """Plan the question. `family` names the buttons' words: ticket_ask, faq or notice; the text of a ticket is made
    from numbers and is not edited."""
    settings = asker.settings
    if settings.connector is None:
        return None
    language = settings.language
    buttons = [Button(say(language, f"{family}.approve"), "approve", token, primary=True)]
    if asker.edits and family != "ticket_ask":
        buttons.append(Button(say(language, "edit.button"), "edit", token))
    buttons.append(Button(say(language, f"{family}.reject"), "reject", token))
    if asker.console:
        page = f"{asker.console.rstrip('/')}/approvals/{quote(token, safe=':')}"
        blocks = [*blocks, paragraph(Link(say(language, "ask.console"), page))]
    return plan(
        session,
        key=f"ask:{token}",
        act="ask",
        connector=settings.connector,
        target=settings.target,
        now=now,
        subject=subject,
        payload={"document": dump(Document(language, title, (Heading(title), *blocks, Buttons(tuple(buttons)))))},
    )


def settle(session: Session, asker: Asker, approval: Approval, now: datetime) -> Delivery | None:
    """Plan the update that replaces a decided question by who decided what; None where it was never posted."""
    key = "settled.approved" if approval.approved else "settled.declined"
    at = approval.at.astimezone(asker.zone).strftime("%Y-%m-%d %H:%M")
    return _replace(session, approval.token, now, key, by=approval.by_name, at=at)


def supersede(session: Session, asker: Asker, token: str, by: str, now: datetime) -> None:
    """Somebody edited the text: take the question about the older one back, or say so in its place."""
    asked = session.exec(select(Delivery).where(Delivery.key == f"ask:{token}")).first()
    if asked is not None and not cancel(session, asked, now, "the text was edited"):
        at = now.astimezone(asker.zone).strftime("%Y-%m-%d %H:%M")
        _replace(session, token, now, "settled.edited", by=by, at=at)


def waits_for(session: Session, token: str) -> bool:
    """Whether anything still waits for this decision."""
    query = select(Delivery.id).where(Delivery.approval == token, Delivery.state == "awaiting")
    return session.exec(query).first() is not None


def withdraw(session: Session, token: str, now: datetime) -> None:
    """Nobody has to decide any more: take the question back, or say so in its place where it was posted."""
    asked = session.exec(select(Delivery).where(Delivery.key == f"ask:{token}")).first()
    if asked is not None and not cancel(session, asked, now, "not needed any more"):
        _replace(session, token, now, "settled.withdrawn")


def _replace(session: Session, token: str, now: datetime, key: str, **values: str) -> Delivery | None:
    asked = session.exec(select(Delivery).where(Delivery.key == f"ask:{token}")).first()
    if asked is None or asked.state != "sent" or not asked.receipt.get("ref"):
        return None
    document = load(asked.payload["document"])
    title = say(document.language, key, title=document.title, **values)
    kept = tuple(block for block in document.blocks[1:] if not isinstance(block, Buttons))
    return plan(
        session,
        key=f"settle:{token}",
        act="settle",
        connector=asked.connector,
        target=asked.target,
        now=now,
        subject=asked.subject,
        payload={
            "ref": asked.receipt["ref"],
            "document": dump(Document(document.language, title, (paragraph(title), Divider(), *kept))),
        },
    )
