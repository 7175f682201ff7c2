"""Plays the story day by day: customers write, colleagues decide, developers finish tickets, the wire misbehaves.

Everything goes through the stand-ins' own interfaces; vocbot's tables are never touched or read.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from vocbot.demo.stage import CHANNELS, Stage
from vocbot.demo.story import Item, by_day
from vocbot.demo.world import World
from vocbot.sdk.events import Author, Contact
from vocbot.sdk.testing.standin import Fault

WEEKS_AFTER = 16  # days that time runs on after the last item, for the last looks
TELLING = timedelta(days=4)  # after a yes: the first two people, a day later all others
LEFT = timedelta(days=6)  # before the last item: what is asked from then on may be left
PATIENCE = 15.0  # physical seconds for a window
_ISSUE = re.compile(r"\[(VOC-\d+)\]")


@dataclass
class Conductor:
    """Everybody but vocbot. `titles` are the rules' ids by the titles that tickets carry; `say` reports progress."""

    stage: Stage
    world: World
    titles: dict[str, str]
    own_story: bool
    say: Callable[[str], None]
    look: Callable[[], None] = lambda: None  # called at the end of each day
    leave_last: bool = False  # what is asked in the last days is left for whoever watches
    _tickets: dict[str, str] = field(default_factory=dict)  # author's item -> desk ticket
    _finished: dict[str, datetime] = field(default_factory=dict)  # tracker key -> when it is done
    _done: set[str] = field(default_factory=set)
    _registered: list[tuple[str, str]] = field(default_factory=list)  # (change, rule)
    _registering: list[tuple[Callable[[], str], str]] = field(default_factory=list)  # begun the day before
    _pressed: set[str] = field(default_factory=set)
    _edited: bool = False
    _generations: dict[str, int] = field(default_factory=dict)
    _reacted: set[str] = field(default_factory=set)
    _replies_read: int = 0
    _telling_until: datetime | None = None

    def play(self, items: Sequence[Item], zone: ZoneInfo) -> None:
        """The whole story, then the weeks after it."""
        self._misbehave()
        days = list(by_day(items, zone))
        last = days[-1][0]
        for number, (end, todays) in enumerate(days):
            self._morning(end)
            self.stage.until(end)
            self._day(todays, number)
            self._colleagues(end, last)
            self.look()
            if number % 7 == 6:
                self.say(f"week {number // 7 + 1} of {-(-len(days) // 7)} is over ({end.date()})")
        for extra in range(1, WEEKS_AFTER + 1):
            self._morning(last + timedelta(days=extra))
            self.stage.until(last + timedelta(days=extra))
            self._colleagues(last + timedelta(days=extra), last)
            self.look()

    def _morning(self, end: datetime) -> None:
        """Stand still at noon, while notices are under way, until what may only leave by day has left."""
        if self._telling_until is not None and end <= self._telling_until:
            self.stage.until(end.replace(hour=12, minute=0, second=0))
            self.stage.settle()

    # -- customers and agents

    def _day(self, items: Sequence[Item], number: int) -> None:
        desk: Any = self.stage.standins["zendesk"]
        backwards = number % 9 == 4  # on some days the desk's webhooks come in reverse order
        if backwards:
            desk.hold()
        for position, item in enumerate(items):
            contacts = (Contact("email", _address(item.author)),)
            ticket = desk.open_ticket(
                item.text,
                Author(item.author, None, contacts),
                item.channel,
                item.time,
                item.attributes,
                duplicate=(number + position) % 6 == 0,
            )
            if item.answer and item.answered_at:
                desk.agent_answer(ticket, item.answer, item.answered_at)
                if item.solved:
                    desk.solve(ticket, item.answered_at + timedelta(minutes=5))
            if item.closed:
                desk.close(ticket, item.time + timedelta(days=4))
        if backwards:
            desk.release(reverse=True)

    def _customers_react(self) -> int:
        """Of those who were told, one says it is still broken where it is, and one wants no more such messages."""
        desk: Any = self.stage.standins["zendesk"]
        reacted, sent_so_far = 0, desk.effects("reply_sent")
        for sent in sent_so_far[self._replies_read :]:
            change = sent["key"].rsplit(":", 1)[1]
            words = {"still": self._still_broken(change), "stop": True}
            for kind, wanted in words.items():
                if wanted and f"{change}:{kind}" not in self._reacted and sent["ticket"] not in self._reacted:
                    self._reacted |= {f"{change}:{kind}", sent["ticket"]}
                    chinese = any("一" <= c <= "鿿" for c in str(sent["body"]))
                    text = {"still": ("still", "没好"), "stop": ("stop", "停")}[kind][chinese]
                    desk.customer_writes(sent["ticket"], text, self.stage.clock.now())
                    reacted += 1
        self._replies_read = len(sent_so_far)
        return reacted

    def _still_broken(self, change: str) -> bool:
        """Whether this Change is the one that helps nobody: its problem goes on in the story."""
        return self.own_story and dict(self._registered).get(change) == "shop/tracking-not-updated"

    # -- colleagues

    def _colleagues(self, now: datetime, last: datetime) -> None:
        """Let everybody act until nothing moves any more."""
        registering, self._registering = self._registering, []
        self._registered += [(ended(), rule) for ended, rule in registering]
        for _ in range(6):
            self.stage.settle()
            if not self._decide(now, last) + self._finish_tickets(now, last) + self._customers_react():
                break

    def _decide(self, now: datetime, last: datetime) -> int:
        """The support lead answers every question in the approvals channel."""
        if self.leave_last and now > last - LEFT:
            return 0
        chat: Any = self.stage.standins["slack"]
        lead = self.world.colleague("support_lead")
        pressed = 0
        for message in chat.messages(CHANNELS["approvals"]):
            if message["buttons"] and message["ts"] not in self._pressed:
                self._pressed.add(message["ts"])
                pressed += 1
                if self.own_story and not self._edited and message["key"].startswith("ask:faq:"):
                    self._edited = self._edit(chat, message["ts"], lead.id)
                    if self._edited:
                        continue  # it is asked about anew
                chat.press(message["ts"], "approve", lead.id)
                if any(button["token"].startswith("notice:") for button in message["buttons"]):
                    self._telling_until = now + TELLING
        return pressed

    def _edit(self, chat: Any, message: str, who: str) -> bool:
        """Press Edit, add a sentence to the answer, save; a person who is asked to try again does."""
        chat.press(message, "edit", who)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            shown = chat.window(who)
            if shown is None:
                time.sleep(0.05)
                continue
            answer = str(shown["values"]["answer"])
            added = self.world.adds["zh" if any("一" <= c <= "鿿" for c in answer) else "en"]
            try:
                if not chat.save({"answer": f"{answer.removesuffix(added).strip()}\n{added}"}, who):
                    return True
            except TimeoutError:
                pass
            time.sleep(0.5)
        return False

    def _finish_tickets(self, now: datetime, last: datetime) -> int:
        """Product management registers what is to come; development moves tickets to Done when their day has come."""
        tracker: Any = self.stage.standins["jira"]
        moved = 0
        for created in tracker.effects("ticket_created"):
            key = created["jira_key"]
            if key not in self._finished:
                self._finished[key] = self._plan(created, now, last)
                moved += 1
            if key not in self._done and self._finished[key] <= now:
                self._done.add(key)
                tracker.move(key, "Done", "Done", time=self._finished[key])
                moved += 1
        return moved

    def _plan(self, created: dict[str, Any], now: datetime, last: datetime) -> datetime:
        """When a ticket will be done. In our own story the change is registered at once, with its hypothesis."""
        summary = created["summary"]
        found = _ISSUE.search(summary)
        rule = next((rule for title, rule in self.titles.items() if title in summary), None)
        if rule is not None and found is not None:
            generation = self._generations[rule] = self._generations.get(rule, 0) + 1
            reaction = self.world.reaction(rule, generation) if self.own_story else None
            if reaction is not None:
                product = self.world.colleague("product_manager")
                ended = self.stage.colleague.begin(
                    *("change", "add", "--issue", found[1], "--kind", reaction.kind, "--version", reaction.version),
                    *("--en", reaction.what["en"], "--zh", reaction.what["zh"]),
                    *("--check-en", reaction.check["en"], "--check-zh", reaction.check["zh"]),
                    *("--hypothesis", "weekly mentions fall by 60 % within four weeks", "--by", product.name["en"]),
                )
                self._registering.append((ended, rule))
                return reaction.done
            if self.own_story:
                return last + timedelta(weeks=52)  # nobody has found out yet what to do about it
        # somebody else's feedback: done within ten days, and early enough to see two weeks of what comes after
        return now + min(timedelta(days=10), max(timedelta(days=1), last - now - timedelta(days=15)))

    # -- the wire

    def _misbehave(self) -> None:
        """What every wire does one day: too many requests, a broken server, an answer lost after success."""
        busy = {"Retry-After": "1"}
        self.stage.standins["jira"].faults.add(
            Fault("POST /rest/api/3/issue$", "answer", 429, busy, {"errorMessages": ["Rate limit exceeded"]}),
            Fault("POST /rest/api/3/issue$", "drop"),
        )
        self.stage.standins["slack"].faults.add(
            Fault("POST /api/chat.postMessage", "answer", 429, busy, {"ok": False, "error": "ratelimited"}),
            Fault("POST /api/chat.postMessage", "error_after", 500),
        )
        self.stage.standins["zendesk"].faults.add(
            Fault(r"PUT /api/v2/tickets/\d+", "answer", 503, busy, {"error": "unavailable"}),
            Fault(r"PUT /api/v2/tickets/\d+", "drop"),
        )
        self.stage.standins["email"].faults.add(Fault("SMTP MAIL", "answer", 451))


def _address(author: str) -> str:
    """An invented address for an author: example.com takes no mail."""
    name = re.sub(r"[^a-z0-9]+", ".", author.lower()).strip(".") or "somebody"
    return f"{name}@example.com" if "@" not in author else author
