"""What to look at on the console while the story plays: who may sign in, and what is where for each role."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vocbot.demo.world import World
from vocbot.sdk.testing.standin import Standin

_ISSUE = re.compile(r"VOC-\d+")
STEPS: tuple[tuple[str, str, str], ...] = (
    (
        "product_manager",
        "/issues",
        "the list by priority; open one: weeks, quotes, why each piece is there, its ticket",
    ),
    ("support_lead", "/approvals", "FAQ entries and notices that wait for a yes, with the real text"),
    ("voc_analyst", "/undecided", "what no rule knew: one key each; on an issue's page rename, merge, split, move"),
    ("marketing", "/issues?kind=praise", "praise and wishes; the digests stand below as Slack received them"),
    ("executive", "/", "the loop in numbers: what worked, what did not, what is stuck"),
    ("admin", "/deliveries", "everything that left, by connector; accounts under Colleagues"),
)


def welcome(world: World, url: str, password: str) -> list[str]:
    """Lines that say where the console is, who can sign in, and what each role does there."""
    names = {c.role: c.name["en"] for c in world.colleagues} | {"admin": "admin"}
    lines = [f"The console is at {url}/ - everybody's password is {password}; sign in as:"]
    lines += [f"  {names[role]:<12} {role:<16} {url}{path}\n      {what}" for role, path, what in STEPS]
    return lines


@dataclass
class Guide:
    """Says what is new for whom, with its page, as soon as it is there."""

    url: str
    standins: Mapping[str, Standin]
    say: Callable[[str], None]
    _told: dict[str, int] = field(default_factory=dict)
    _kinds: set[str] = field(default_factory=set)

    def look(self) -> None:
        """Tell of tickets and verdicts since the last look, and of the first question, digest and notice of a kind."""
        for ticket in self._new("jira", "ticket_created"):
            what = f"ticket {ticket['jira_key']} {ticket['summary']}"
            self._say("product manager", what, self._issue(ticket["key"]))
        for message in self._new("slack", "message_posted"):
            kind, _, rest = (message["key"] or "").partition(":")
            title = str(message["text"]).split("\n")[0]
            if kind == "ask":
                self._first(f"ask {rest.partition(':')[0]}", "support lead", title, f"/approvals/{rest}")
            elif kind == "report" and rest.endswith(":en"):
                self._say("executive", title, self._issue(title))
            elif kind == "digest":
                self._first(f"digest {rest.partition(':')[0]}", "marketing", title, "/issues")
        for _ in self._new("zendesk", "reply_sent"):
            self._first("notice", "customer", "the first customers are told what changed", "/")

    def _new(self, standin: str, effect: str) -> Sequence[Mapping[str, Any]]:
        found = self.standins[standin].effects(effect)
        before, self._told[effect] = self._told.get(effect, 0), len(found)
        return found[before:]

    def _first(self, kind: str, role: str, what: str, path: str) -> None:
        if kind not in self._kinds:
            self._kinds.add(kind)
            self._say(role, what, path)

    def _say(self, role: str, what: str, path: str) -> None:
        self.say(f"  {role}: {what}\n      {self.url}{path}")

    def _issue(self, text: str) -> str:
        found = _ISSUE.search(text)
        return f"/issues/{found[0]}" if found else "/issues"
