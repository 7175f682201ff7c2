"""What a person is told while the story plays: every role has a page, and what is new comes once."""

from __future__ import annotations

from typing import Any, cast

from vocbot.demo.guide import STEPS, Guide, welcome
from vocbot.demo.world import read_world
from vocbot.rights import ROLES
from vocbot.sdk.testing.standin import Standin


class Log:
    """The effects of a stand-in, grown by hand."""

    def __init__(self) -> None:
        self.seen: dict[str, list[dict[str, Any]]] = {}

    def effects(self, name: str) -> list[dict[str, Any]]:
        return self.seen.get(name, [])

    def add(self, effect: str, **facts: Any) -> None:
        self.seen.setdefault(effect, []).append(facts)


def test_every_colleague_finds_an_account_and_a_page() -> None:
    world = read_world()
    told = "\n".join(welcome(world, "http://127.0.0.1:1", "secret"))
    assert "secret" in told
    for colleague in world.colleagues:
        assert colleague.right in ROLES
        assert colleague.name["en"] in told and colleague.role in {role for role, _, _ in STEPS}


def test_what_is_new_is_said_once_with_its_page() -> None:
    logs = {name: Log() for name in ("jira", "slack", "zendesk")}
    said: list[str] = []
    guide = Guide("http://console", cast(dict[str, Standin], logs), said.append)
    logs["jira"].add("ticket_created", key="ticket:VOC-3:1", jira_key="APP-1", summary="[VOC-3] It breaks")
    logs["slack"].add("message_posted", key="ask:faq:1", text="FAQ draft for VOC-3: publish?\nmore")
    logs["slack"].add("message_posted", key="ask:faq:2", text="FAQ draft for VOC-4: publish?")
    guide.look()
    guide.look()
    assert said == [
        "  product manager: ticket APP-1 [VOC-3] It breaks\n      http://console/issues/VOC-3",
        "  support lead: FAQ draft for VOC-3: publish?\n      http://console/approvals/faq:1",
    ]
    logs["slack"].add("message_posted", key="report:CHANGE-1:effective:en", text="VOC-3 · CHANGE-1: fixed")
    logs["slack"].add("message_posted", key="report:CHANGE-1:effective:zh", text="VOC-3 · CHANGE-1")
    logs["slack"].add("message_posted", key="digest:weekly-zh:1", text="Digest")
    logs["slack"].add("message_posted", key=None, text="somebody")
    logs["zendesk"].add("reply_sent", key="notice:P-1:CHANGE-1")
    guide.look()
    assert [line.split(":")[0].strip() for line in said[2:]] == ["executive", "marketing", "customer"]
