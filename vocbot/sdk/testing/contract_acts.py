"""What the contract suite writes: one Act per writing call of a port, and the trial of an act on a connector."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from vocbot.sdk.document import Button, Buttons, Document, Heading, Link, Quote, Text, paragraph
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable
from vocbot.sdk.manifest import PortName
from vocbot.sdk.ports import Article, ReplyTo, TicketDraft
from vocbot.sdk.receipt import Receipt
from vocbot.sdk.testing.contract import CANARY, Subject
from vocbot.sdk.testing.standin import Fault

PLAIN = Document(
    "zh",
    "优惠券显示可用但不抵扣",
    (
        Heading("问题描述", 2),
        paragraph("自 5.4.0 起，", Text("按原价扣款", bold=True), "。", Link("查看证据", "https://voc.example/i/42")),
        Quote(f"明明写着可用 {CANARY}", "在线客服，10-29"),
        Buttons((Button("批准", "approve", "token-1", primary=True), Button("驳回", "reject", "token-1"))),
    ),
)
TITLE = PLAIN.title + CANARY


@dataclass(frozen=True)
class Act:
    """One writing call of a port that carries a key. `place` prepares where it goes: a target, a ticket's ref, or "".

    `find` is None where the port has no way to look a write up.
    """

    name: str
    port: PortName
    place: Callable[[Subject], str]
    do: Callable[[Any, str, str, Document], Receipt]
    find: Callable[[Any, str, str], Receipt | None] | None


def draft(key: str, document: Document) -> TicketDraft:
    """A ticket to be, with everything that a draft can have."""
    labels, due = ("voc", "voc-42", "voc-src-zendesk"), date(2026, 12, 8)
    return TicketDraft(key, "VOC-42", f"[VOC-42] {TITLE}", document, "P2", labels, due, {"evidence_hash": "3f9c"})


def article(key: str, document: Document) -> Article:
    """An article to be."""
    return Article(key, TITLE, document, document.language, ("voc-42",))


def _nowhere(subject: Subject) -> str:
    return ""


def _ticket(subject: Subject) -> str:
    ref: str = subject.port("ticket_tracker").create(draft("contract:place", PLAIN)).ref
    return ref


def _at(port: PortName) -> Callable[[Subject], str]:
    return lambda subject: subject.target(port)


ACTS = (
    Act(
        "ticket_tracker.create",
        "ticket_tracker",
        _nowhere,
        lambda port, key, _, document: port.create(draft(key, document)),
        lambda port, key, _: port.find(key),
    ),
    Act(
        "ticket_tracker.comment",
        "ticket_tracker",
        _ticket,
        lambda port, key, ref, document: port.comment(ref, key, document),
        lambda port, key, ref: port.find_comment(ref, key),
    ),
    Act(
        "channel.post",
        "channel",
        _at("channel"),
        lambda port, key, target, document: port.post(key, target, document),
        lambda port, key, target: port.find(key, target),
    ),
    Act(
        "approver.ask",
        "approver",
        _at("approver"),
        lambda port, key, target, document: port.ask(key, target, document),
        lambda port, key, target: port.find(key, target),
    ),
    Act(
        "replier.reply",
        "replier",
        _at("replier"),
        lambda port, key, ref, document: port.reply(key, ReplyTo(ref), document),
        lambda port, key, ref: port.find(key, ReplyTo(ref)),
    ),
    Act(
        "knowledge_base.draft",
        "knowledge_base",
        _nowhere,
        lambda port, key, _, document: port.draft(article(key, document)),
        lambda port, key, _: port.find(key),
    ),
    Act("crm.note", "crm", _at("crm"), lambda port, key, account, document: port.note(key, account, document), None),
)


class Trial:
    """One act on one subject: does it, counts what came of it, looks it up."""

    def __init__(self, act: Act, subject: Subject) -> None:
        self.act, self.subject = act, subject
        self.place = act.place(subject)
        self.port = subject.port(act.port)

    def do(self, key: str, document: Document = PLAIN) -> Receipt:
        return self.act.do(self.port, key, self.place, document)

    def effects(self, key: str) -> int:
        """How often the stand-in noted an effect of this key."""
        return sum(effect.get("key") == key for entry in self.subject.standin.log() for effect in _effects(entry))

    def find(self, key: str) -> Receipt | None:
        """What the port finds once the peer's search has caught up; a fresh port, as after a restart."""
        assert self.act.find is not None
        self.subject.clock.move(timedelta(seconds=self.subject.manifest.find_lag))
        return self.act.find(self.subject.port(self.act.port), key, self.place)

    @property
    def findable(self) -> bool:
        return self.act.find is not None and self.act.port not in self.subject.manifest.blind

    def call(self) -> tuple[str, str]:
        """The method and a pattern of the path of the request that has the effect, learnt by doing it once."""
        self.do("contract:probe")
        for entry in self.subject.standin.log():
            if any(effect.get("key") == "contract:probe" for effect in _effects(entry)):
                return entry["method"], re.escape(entry["path"]).replace(re.escape("contract:probe"), "[^/]+")
        raise AssertionError("the stand-in notes no effect with key= for this write: the suite cannot judge it")

    def fail(self, fault: Fault, key: str) -> Exception:
        """Do it while `fault` happens to the decisive request; the error that came of it."""
        self.subject.standin.faults.add(fault)
        try:
            receipt = self.do(key)
        except (Retryable, Rejected, OutcomeUnknown) as error:
            self.subject.heard(error)
            return error
        raise AssertionError(f"{fault.kind} {fault.status} was taken for success: {receipt}")


def _effects(entry: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = entry.get("effects") or ()
    return found
