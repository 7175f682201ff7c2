"""Tags on a customer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connectors.zendesk.standin import ZendeskStandin
from vocbot.sdk.errors import OutcomeUnknown, Rejected
from vocbot.sdk.events import Author
from vocbot.sdk.testing.standin import Fault

Port = Callable[..., Any]


def test_tags_are_added_in_a_form_zendesk_keeps(
    zendesk: ZendeskStandin, port: Port, parse: Callable[..., Any], clock: Any
) -> None:
    zendesk.open_ticket("late", Author("sam", "Sam"), "email", clock.now())
    handle = parse(next(iter(zendesk._tickets.values())).record())[0].author.handle
    desk = port("desk")
    desk.tag(handle, ["VIP"])
    for _ in range(2):
        assert desk.tag(handle, ["上周投诉过物流 · NPS 2", "a/b:c-d", " · "]).status == "sent"
    tagged = zendesk.effects("user_tagged")[-1]
    assert tagged["user"] == "sam"
    assert tagged["tags"] == ["VIP", "a/b:c-d", "上周投诉过物流_NPS_2"]


def test_refusals(zendesk: ZendeskStandin, port: Port) -> None:
    with pytest.raises(Rejected):
        port("desk").tag("424242", ["x"])
    with pytest.raises(Rejected):
        port("desk").tag("sam@example.com", ["x"])
    zendesk.faults.add(Fault("PUT", "drop"))
    with pytest.raises(OutcomeUnknown):
        port("desk").tag("9002", ["x"])
