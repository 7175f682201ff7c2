"""Signing in: once for all ports, renewed in time, never once a call."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import Any

import pytest

from connectors.bluesky import session
from connectors.bluesky.config import BlueskySettings
from connectors.bluesky.standin import BlueskyStandin
from vocbot.sdk.document import Document, paragraph
from vocbot.sdk.errors import Rejected, Retryable
from vocbot.sdk.ports import ReplyTo
from vocbot.sdk.testing.standin import Fault

Port = Callable[..., Any]
Calls = Callable[..., list[dict[str, Any]]]
NOTE = Document("en", "Fixed", (paragraph("It works again."),))


def test_all_ports_share_one_session(bluesky: BlueskyStandin, port: Port, calls: Calls) -> None:
    to = ReplyTo(bluesky.target("replier"))
    poll, replier = port("poll_source"), port("replier")
    for n in range(3):
        poll.poll(None)
        replier.reply(f"k:{n}", to, NOTE)
    port("checkable").check()
    assert len(calls("createSession")) == 1 and not calls("refreshSession")


def test_a_session_ends_with_its_ports(settings: BlueskySettings) -> None:
    held = session.session_of(settings)
    assert session.session_of(settings) is held
    other = settings.model_copy(update={"identifier": "other.example"})
    assert session.session_of(other) is not held
    del held
    gc.collect()
    assert not [kept for kept in session._SESSIONS.values() if kept._login["identifier"] == settings.identifier]


def test_an_ended_session_is_renewed_without_the_password(bluesky: BlueskyStandin, port: Port, calls: Calls) -> None:
    poll = port("poll_source")
    poll.poll(None)
    bluesky.end_sessions()
    poll.poll(None)
    assert (len(calls("createSession")), len(calls("refreshSession"))) == (1, 1)
    bluesky.end_sessions()  # the refresh token has changed, too
    poll.poll(None)
    assert (len(calls("createSession")), len(calls("refreshSession"))) == (1, 2)


@pytest.mark.parametrize("end", [lambda b: b.end_sessions(refresh=True), lambda b: b.forget_sessions()])
def test_the_password_is_sent_again_where_nothing_else_helps(
    bluesky: BlueskyStandin, port: Port, calls: Calls, end: Callable[[BlueskyStandin], None]
) -> None:
    poll = port("poll_source")
    poll.poll(None)
    end(bluesky)
    poll.poll(None)
    assert (len(calls("createSession")), len(calls("refreshSession"))) == (2, 1)


def test_a_reply_is_written_once_although_the_session_ended(
    bluesky: BlueskyStandin, port: Port, calls: Calls, monkeypatch: Any
) -> None:
    replier, to = port("replier"), ReplyTo(bluesky.target("replier"))
    look = replier._parent

    def then_it_ends(uri: str) -> Any:
        found = look(uri)
        bluesky.end_sessions()
        return found

    monkeypatch.setattr(replier, "_parent", then_it_ends)
    assert replier.reply("k:1", to, NOTE).status == "sent"
    assert len(bluesky.effects("reply_sent")) == 1
    assert [entry["status"] for entry in calls("createRecord")] == [400, 200]


def test_a_token_that_is_refused_again_is_no_loop(bluesky: BlueskyStandin, port: Port, calls: Calls) -> None:
    poll = port("poll_source")
    bluesky.faults.add(Fault("listNotifications", "answer", 400, body={"error": "InvalidToken"}, times=2))
    with pytest.raises(Rejected):
        poll.poll(None)
    assert len(calls("listNotifications")) == 2 and len(calls("createSession")) == 1


def test_many_at_once_sign_in_once(bluesky: BlueskyStandin, port: Port, calls: Calls) -> None:
    ports = [port("poll_source") for _ in range(6)]
    errors: list[BaseException] = []

    def work(poll: Any) -> None:
        try:
            poll.poll(None)
        except Exception as error:
            errors.append(error)

    for _ in range(2):
        threads = [threading.Thread(target=work, args=(poll,)) for poll in ports]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        bluesky.end_sessions()
    assert errors == []
    assert (len(calls("createSession")), len(calls("refreshSession"))) == (1, 1)


def test_who_comes_second_with_the_same_old_token_takes_the_new_one(port: Port, calls: Calls) -> None:
    client = port("poll_source")._client
    old = client._session.tokens(client._start)
    new = client._session.tokens(client._start, stale=old.access)
    assert client._session.tokens(client._start, stale=old.access) is new is not old
    assert len(calls("refreshSession")) == 1


@pytest.mark.parametrize(
    ("status", "body", "raised", "told"),
    [
        (401, {"error": "AuthenticationRequired", "message": "no"}, Rejected, "app password is wrong"),
        (401, {"error": "AuthFactorTokenRequired"}, Rejected, "make an app password"),
        (401, {"error": "AccountTakedown"}, Rejected, "taken the account down"),
        (403, b"<html>forbidden</html>", Rejected, "HTTP 403"),
        (500, {"error": "InternalServerError"}, Retryable, "HTTP 500"),
        (200, b"<html>hello</html>", Retryable, "not a JSON object"),
        (200, {}, Retryable, "no session"),
        (200, {"did": "did:plc:x", "accessJwt": "a\nb", "refreshJwt": "c"}, Retryable, "no session"),
        (200, {"did": "plc", "accessJwt": "ab", "refreshJwt": "c"}, Retryable, "no session"),
    ],
)
def test_signing_in_fails(
    bluesky: BlueskyStandin, port: Port, status: int, body: Any, raised: type[Exception], told: str
) -> None:
    bluesky.faults.add(Fault("createSession", "answer", status, body=body))
    poll = port("poll_source")
    with pytest.raises(raised, match=told):
        poll.poll(None)
    poll.poll(None)  # nothing of it is kept


def test_a_lost_session_is_asked_for_again(bluesky: BlueskyStandin, port: Port) -> None:
    bluesky.faults.add(Fault("createSession", "drop"))
    replier, to = port("replier"), ReplyTo(bluesky.target("replier"))
    with pytest.raises(Retryable):
        replier.reply("k:1", to, NOTE)
    assert replier.reply("k:1", to, NOTE).status == "sent"


def test_the_account_is_taken_down_meanwhile(bluesky: BlueskyStandin, port: Port, calls: Calls) -> None:
    poll = port("poll_source")
    poll.poll(None)
    bluesky.end_sessions()
    bluesky.faults.add(Fault("refreshSession", "answer", 401, body={"error": "AccountTakedown"}))
    with pytest.raises(Rejected, match="taken the account down"):
        poll.poll(None)
    assert len(calls("createSession")) == 1


def test_too_many_sessions_wait(bluesky: BlueskyStandin, port: Port) -> None:
    bluesky.most_logins = 0
    with pytest.raises(Retryable) as error:
        port("poll_source").poll(None)
    assert error.value.after is not None and 290 < error.value.after <= 302


@pytest.mark.parametrize("access", ["", "a.b", "a.!!!.c", "a.W10.c", "a.eyJzY29wZSI6MX0.c", "opaque"])
def test_a_token_that_is_not_readable_has_no_scope(access: str) -> None:
    assert session.Tokens("did:plc:x", access, "r").scope == ""


def test_nothing_shows_tokens(bluesky: BlueskyStandin, port: Port) -> None:
    poll = port("poll_source")
    poll.poll(None)
    tokens = poll._client._session._tokens
    assert tokens.access not in repr(tokens) and tokens.refresh not in repr(tokens)
    assert tokens.scope == "com.atproto.appPass"
