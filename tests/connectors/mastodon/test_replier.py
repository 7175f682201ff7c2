"""Replies: seen by no more people than may, naming nobody but the customer, as long as the server takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.mastodon import MANIFEST
from connectors.mastodon.replier import compose
from connectors.mastodon.server import Server
from connectors.mastodon.standin import MastodonStandin
from connectors.mastodon.standin_world import MENTION, instance, measure
from vocbot.sdk.document import Document, Link, Quote, Text, paragraph
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable, Unreachable
from vocbot.sdk.ports import ReplyTo
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.testing.documents import NASTY
from vocbot.sdk.testing.standin import Fault

Port = Callable[..., Any]
KEY = "notice:12:3"
SERVER = Server("social.example")
NOTE = Document("en", "Fixed", (paragraph("It works again in ", Text("5.4.1", bold=True), "."),))


@pytest.fixture
def to(mastodon: MastodonStandin) -> ReplyTo:
    return ReplyTo(mastodon.target("replier"))


def said(*runs: Any, language: str = "en") -> Document:
    return Document(language, "title", (paragraph(*runs),))


def test_a_reply_is_where_the_customer_spoke(mastodon: MastodonStandin, port: Port, to: ReplyTo) -> None:
    receipt = port("replier").reply(KEY, to, NOTE)
    (sent,) = mastodon.effects("reply_sent")
    assert (sent["key"], sent["answers"], sent["post"]) == (KEY, to.ref, receipt.ref)
    assert sent["body"] == "@sam@people.example It works again in 5.4.1."
    assert (sent["visibility"], sent["language"], sent["mentions"]) == ("unlisted", "en", ["sam@people.example"])
    assert receipt.status == "sent" and receipt.url == f"{mastodon.url}/@acme/{receipt.ref}"
    assert set(mastodon.log()[-1]["body"]) == {"status", "in_reply_to_id", "visibility", "language"}


@pytest.mark.parametrize(
    ("wanted", "theirs", "seen"),
    [
        ("unlisted", "public", "unlisted"),
        ("public", "public", "public"),
        ("private", "public", "private"),
        ("direct", "public", "direct"),
        ("public", "unlisted", "unlisted"),
        ("private", "unlisted", "private"),
        ("direct", "unlisted", "direct"),
        *(
            (wanted, theirs, "direct")
            for wanted in ("public", "unlisted", "private", "direct")
            for theirs in ("private", "direct")
        ),
        ("public", "limited", "direct"),
    ],
)
def test_a_reply_is_seen_by_no_more_people(
    mastodon: MastodonStandin, port: Port, wanted: str, theirs: str, seen: str
) -> None:
    post = mastodon.post("@acme it crashes", "sam@people.example", visibility=theirs)
    port("replier", visibility=wanted).reply(KEY, ReplyTo(post.id), NOTE)
    assert [sent["visibility"] for sent in mastodon.effects("reply_sent")] == [seen]


def test_the_same_key_again_is_the_same_post_for_an_hour(
    mastodon: MastodonStandin, port: Port, to: ReplyTo, clock: HandClock
) -> None:
    first = port("replier").reply(KEY, to, NOTE)
    clock.move(timedelta(minutes=59))
    assert port("replier").reply(KEY, to, NOTE).ref == first.ref
    assert len(mastodon.effects("reply_sent")) == 1
    other = ReplyTo(mastodon.target("replier"))
    assert port("replier").reply(KEY, other, NOTE).ref != first.ref
    assert port("replier").reply("notice:12:4", to, NOTE).ref != first.ref
    clock.move(timedelta(minutes=2))
    assert port("replier").reply(KEY, to, NOTE).ref != first.ref


def test_what_cannot_be_found_is_not_claimed(mastodon: MastodonStandin, port: Port, to: ReplyTo) -> None:
    assert "replier" in MANIFEST.blind
    port("replier").reply(KEY, to, NOTE)
    assert port("replier").find(KEY, to) is None


def test_a_key_of_any_characters(mastodon: MastodonStandin, port: Port, to: ReplyTo) -> None:
    key = "通知:1\r\nX-Evil: 1:%41"
    port("replier").reply(key, to, NOTE)
    assert mastodon.effects("reply_sent")[0]["key"] == key


@pytest.mark.parametrize("words", [["gone", "before"], ["gone", "between"], ["hidden"]])
def test_a_post_that_is_gone_closes_the_way(
    mastodon: MastodonStandin, port: Port, to: ReplyTo, words: list[str]
) -> None:
    if words == ["gone", "before"]:
        mastodon.delete(to.ref)
    elif words == ["hidden"]:
        mastodon._posts[to.ref].visibility, mastodon._posts[to.ref].mentions = "private", ()
    else:
        missing = {"error": "The post you are trying to reply to does not appear to exist."}
        mastodon.faults.add(Fault("^POST", "answer", 404, body=missing))
    with pytest.raises(Unreachable):
        port("replier").reply(KEY, to, NOTE)
    assert mastodon.effects("reply_sent") == []


def test_a_refusal_is_the_posts_fault_only_where_that_is_gone(
    mastodon: MastodonStandin, port: Port, to: ReplyTo
) -> None:
    invalid = Fault("^POST", "answer", 422, body={"error": "Validation failed"})
    mastodon.faults.add(invalid)
    with pytest.raises(Rejected) as error:
        port("replier").reply(KEY, to, NOTE)
    assert not isinstance(error.value, Unreachable) and error.value.status == 422
    replier = port("replier")
    replier.reply("another", to, NOTE)  # knows the server's limits from here on
    mastodon.faults.add(replace(invalid, times=1))
    gone = Fault(f"^GET /api/v1/statuses/{to.ref}", "answer", 200, body=mastodon._posts[to.ref].show(mastodon.url))
    mastodon.faults.add(gone)
    mastodon.delete(to.ref)
    with pytest.raises(Unreachable):
        replier.reply(KEY, to, NOTE)


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        (Fault("^POST", "answer", 429, {"X-RateLimit-Reset": "2099-01-01T00:00:00Z"}), Retryable),
        (Fault("^POST", "answer", 503), Retryable),
        (Fault("^POST", "error_after", 500), OutcomeUnknown),
        (Fault("^POST", "drop"), OutcomeUnknown),
        (Fault("^POST", "answer", 200, body={"scheduled_at": "x"}), OutcomeUnknown),
        (Fault("^POST", "answer", 403, body={"error": "x"}), Rejected),
        (Fault("^GET", "answer", 401, body={"error": "x"}), Rejected),
        (Fault("^GET", "answer", 200, body=b"<html>"), Retryable),
        (Fault("^GET", "answer", 200, body={"account": None}), Retryable),
        (Fault("instance", "answer", 500), Retryable),
    ],
)
def test_what_is_said_of_failures(
    mastodon: MastodonStandin, port: Port, to: ReplyTo, fault: Fault, raised: type[Exception]
) -> None:
    mastodon.faults.add(fault)
    with pytest.raises(raised) as error:
        port("replier").reply(KEY, to, NOTE)
    assert not isinstance(error.value, Unreachable)
    if getattr(error.value, "after", None):
        assert error.value.after == 86_400.0  # type: ignore[attr-defined]
    assert sum(entry["method"] == "POST" for entry in mastodon.log()) <= 1


@pytest.mark.parametrize("ref", ["", "../1", "1/context", "a b"])
def test_what_is_no_post_is_not_asked_for(mastodon: MastodonStandin, port: Port, ref: str) -> None:
    with pytest.raises(Rejected):
        port("replier").reply(KEY, ReplyTo(ref), NOTE)
    assert mastodon.log() == []


def test_nothing_to_say(mastodon: MastodonStandin, port: Port, to: ReplyTo) -> None:
    with pytest.raises(Rejected):
        port("replier").reply(KEY, to, Document("en", "only a title", ()))
    assert mastodon.effects("reply_sent") == []


def test_a_name_that_cannot_be_mentioned(mastodon: MastodonStandin, port: Port, to: ReplyTo) -> None:
    post = mastodon._posts[to.ref]
    for acct in ("", "two words", "sam@people.example @evil", "x" * 470):
        post.by = replace(post.by, acct=acct)
        with pytest.raises(Unreachable):
            port("replier").reply(KEY, to, NOTE)
    assert mastodon.effects("reply_sent") == []


def test_nobody_else_is_told(mastodon: MastodonStandin, port: Port, to: ReplyTo) -> None:
    for acct in ("evil", "evil@people.example", "user"):
        mastodon.person(acct)
    document = Document(
        "en",
        "x",
        (
            Quote("@evil (@evil) =@evil ²@evil .@evil@people.example\n@evil: hi\u0301@evil a@b.example", "@evil"),
            paragraph("see https://shop.example.com/@user and https://shop.example.com/a,@evil?x=@evil"),
        ),
    )
    port("replier").reply(KEY, to, document)
    (sent,) = mastodon.effects("reply_sent")
    assert sent["mentions"] == ["sam@people.example"]
    assert "a@b.example" in sent["body"] and "https://shop.example.com/@user" in sent["body"]
    assert "https://shop.example.com/a,%40evil?x=%40evil" in sent["body"]


def test_the_server_says_how_much_fits(mastodon: MastodonStandin, port: Port, to: ReplyTo) -> None:
    long = said("word " * 400)
    port("replier").reply("k:1", to, long)
    shown = dict(instance(mastodon.url))
    statuses = {**shown["configuration"]["statuses"], "max_characters": 100}
    mastodon.instance = {**shown, "configuration": {**shown["configuration"], "statuses": statuses}}
    port("replier").reply("k:2", to, long)
    first, second = (measure(sent["body"]) for sent in mastodon.effects("reply_sent"))
    assert 480 <= first <= 500
    assert 85 <= second <= 100


@pytest.mark.parametrize("language", ["zh", "en"])
def test_links_stay_whole_and_apart_from_what_follows(language: str) -> None:
    url = "https://shop.example.com/a/" + "b" * 60
    text = compose("sam", said("看", Link("证据", url), "。好", url, "；", language=language), SERVER)
    assert text.count(f"{url} ") + text.count(f"{url})") == 2
    for room in range(60, 140):
        cut = compose("sam", said("word " * 6, Link("here", url), " and so on " * 9), replace(SERVER, characters=room))
        assert "https" not in cut or f"{url})" in cut or f"{url} " in cut, cut
        assert measure(cut) <= room


def test_only_the_name_of_a_mention_counts() -> None:
    text = compose("sam@" + "x" * 60 + ".example", said("字" * 600), SERVER)
    assert measure(text) >= 498 and len(text) > 550


WORDS = st.one_of(
    st.text(max_size=80),
    st.sampled_from(NASTY),
    st.lists(
        st.sampled_from(
            ["@", "a", "evil", "@b.example", "https://a.com/", ".", ",", " ", "=", "/", "ſ", "²", "你", "-"]
        )
    ).map("".join),
)


@example(["0000\n\n00000\n\n@\u2060@\u2060\u017fHTTPS://00.AA/HTTP://0.AA:" + "0" * 60], "en", 60)
@given(st.lists(WORDS, max_size=6), st.sampled_from(["zh", "en"]), st.integers(60, 600))
def test_any_text_fits_and_names_the_customer_alone(texts: list[str], language: str, characters: int) -> None:
    blocks = tuple(paragraph(text) for text in texts)
    try:
        text = compose("sam@people.example", Document(language, "t", blocks), Server("x", characters))
    except Rejected:
        return
    assert measure(text) <= characters
    assert [found[0] for found in MENTION.finditer(text)] == ["@sam@people.example"]
    assert text.startswith("@sam@people.example ")
