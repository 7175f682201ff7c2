"""Articles: drafted with their key, found by it, published with what was approved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from connectors.zendesk.standin import ZendeskStandin
from vocbot.sdk.document import Document, Heading, paragraph
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable
from vocbot.sdk.ports import Article
from vocbot.sdk.testing.standin import Fault

Port = Callable[..., Any]
ARTICLE = Article(
    "faq:7", "How to <update>", Document("en", "t", (Heading("A & B"), paragraph("Do it."))), "en", ("app",)
)


def test_a_draft_is_quiet_and_carries_its_key(zendesk: ZendeskStandin, port: Port) -> None:
    receipt = port("knowledge_base").draft(ARTICLE)
    (made,) = zendesk.effects("article_drafted")
    assert (made["key"], made["ref"], made["locale"], made["notified"]) == ("faq:7", receipt.ref, "en-us", False)
    assert made["title"] == "How to <update>"
    assert "A &amp; B" in made["body"] and "<html" not in made["body"] and "<title" not in made["body"]
    assert receipt.status == "sent" and receipt.url.endswith(f"/hc/en-us/articles/{receipt.ref}")
    sent = zendesk.log()[-1]["body"]
    assert sent["article"]["label_names"] == ["vocbot:faq:7", "app"] and sent["article"]["draft"] is True
    assert zendesk.effects("article_published") == []


def test_find_looks_at_labels_in_every_section(zendesk: ZendeskStandin, port: Port) -> None:
    guide = port("knowledge_base")
    assert guide.find("faq:7") is None
    drafted = guide.draft(ARTICLE)
    ours = zendesk._articles[int(drafted.ref)]
    for n in range(10_000, 10_105):  # ours is the oldest: on the second page
        zendesk._articles[n] = replace(ours, id=n, labels=[f"vocbot:faq:7{n}"])
    found = guide.find("faq:7")
    assert (found.status, found.ref, found.url) == ("already", drafted.ref, drafted.url)
    other = guide.draft(replace(ARTICLE, key="faq:8", locale="zh"))
    assert guide.find("faq:8").ref == other.ref
    assert guide.find("faq") is None


def test_publishing_shows_what_was_approved(zendesk: ZendeskStandin, port: Port) -> None:
    guide = port("knowledge_base")
    ref = guide.draft(ARTICLE).ref
    approved = replace(ARTICLE, title="How to update", document=Document("en", "t", (paragraph("Better."),)))
    for _ in range(2):
        receipt = guide.publish(ref, approved)
        assert (receipt.status, receipt.ref) == ("sent", ref) and receipt.url.endswith(f"/articles/{ref}")
    (shown,) = zendesk.effects("article_published")
    assert (shown["ref"], shown["title"]) == (ref, "How to update") and "Better." in shown["body"]


@pytest.mark.parametrize(
    ("fault", "raised", "after", "done"),
    [
        (Fault("POST .*/articles", "answer", 429, {"Retry-After": "5"}), Retryable, 5.0, False),
        (Fault("POST .*/articles", "answer", 503), Retryable, None, False),
        (Fault("POST .*/articles", "error_after", 500), OutcomeUnknown, None, True),
        (Fault("POST .*/articles", "drop"), OutcomeUnknown, None, True),
        (Fault("POST .*/articles", "answer", 403), Rejected, None, False),
        (Fault("POST .*/articles", "error_after", 201, body={"article": {}}), OutcomeUnknown, None, True),
    ],
)
def test_one_attempt_whatever_happens(
    zendesk: ZendeskStandin, port: Port, fault: Fault, raised: type[Exception], after: float | None, done: bool
) -> None:
    zendesk.faults.add(fault)
    guide = port("knowledge_base")
    with pytest.raises(raised) as error:
        guide.draft(ARTICLE)
    assert getattr(error.value, "after", None) == after
    assert sum(entry["method"] == "POST" and "articles" in entry["path"] for entry in zendesk.log()) == 1
    assert (guide.find("faq:7") is not None) == done


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        (Fault("PUT", "drop"), OutcomeUnknown),
        (Fault("PUT", "answer", 429), Retryable),
        (Fault("PUT", "answer", 404), Rejected),
    ],
)
def test_publishing_makes_one_attempt(
    zendesk: ZendeskStandin, port: Port, fault: Fault, raised: type[Exception]
) -> None:
    guide = port("knowledge_base")
    ref = guide.draft(ARTICLE).ref
    zendesk.faults.add(fault)
    with pytest.raises(raised):
        guide.publish(ref, ARTICLE)
    assert sum(entry["method"] == "PUT" for entry in zendesk.log()) == 1


def test_without_a_section_nothing_is_sent(zendesk: ZendeskStandin, port: Port) -> None:
    only_zh = {"sections": {"zh": 4001}, "permission_group_id": 5001}
    for guide in (None, only_zh):
        kb = port("knowledge_base", guide=guide)
        with pytest.raises(Rejected):
            kb.draft(ARTICLE)
        with pytest.raises(Rejected):
            kb.publish("1", ARTICLE)
    assert port("knowledge_base", guide=None).find("faq:7") is None
    with pytest.raises(Rejected):
        port("knowledge_base").publish("1/../2", ARTICLE)
    assert zendesk.log() == []
