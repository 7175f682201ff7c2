"""The wire: ways to log in and to encrypt, and what each refusal means."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from connectors.imap.client import Session
from connectors.imap.config import ImapSettings
from connectors.imap.oauth import Tokens
from connectors.imap.poll_source import ImapPoll
from connectors.imap.standin import PASSWORD, TOKEN, ImapStandin
from vocbot.sdk.errors import Rejected, Retryable
from vocbot.sdk.ports import Context
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.testing.standin import Answer, Fault

OAUTH = {"token_url": "https://login.example/token", "client_id": "app", "client_secret": "the-client-secret"}


def changed(server: ImapStandin, **changes: Any) -> ImapSettings:
    return ImapSettings.model_validate({k: v for k, v in (server.settings() | changes).items() if v is not None})


@pytest.fixture(params=["starttls", "tls"])
def encrypted(
    request: pytest.FixtureRequest, tmp_path: Path, clock: HandClock, certificate: Path
) -> Iterator[ImapStandin]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    standin = ImapStandin(tmp_path / "imap.jsonl", clock, tls, implicit=request.param == "tls")
    standin.start()
    yield standin
    standin.stop()


def test_encrypted_ways_in(encrypted: ImapStandin, context: Context, certificate: Path) -> None:
    encrypted.speak("words", "sam")
    source = ImapPoll(changed(encrypted, ca_file=str(certificate)), context)
    assert len(source.poll(None).records) == 1
    assert source.wait(0.1) is False
    encrypted.speak("more words", "sam")
    assert source.wait(2.0) is True


def test_a_certificate_of_strangers_is_not_trusted_and_no_password_leaves(
    encrypted: ImapStandin, context: Context
) -> None:
    with pytest.raises(Retryable, match="SSLCertVerificationError"):
        ImapPoll(changed(encrypted), context).poll(None)
    assert not [entry for entry in encrypted.log() if entry["path"] == "LOGIN"]


def test_encryption_that_is_not_offered_is_a_refusal_and_no_password_leaves(
    server: ImapStandin, context: Context
) -> None:
    with pytest.raises(Rejected, match="does not offer"):
        ImapPoll(changed(server, security="starttls"), context).poll(None)
    assert not [entry for entry in server.log() if entry["path"] == "LOGIN"]


def test_an_access_token_opens_the_mailbox(server: ImapStandin, context: Context) -> None:
    server.speak("words", "sam")
    assert len(ImapPoll(changed(server, password=None, oauth_token=TOKEN), context).poll(None).records) == 1
    with pytest.raises(Rejected) as caught:
        ImapPoll(changed(server, password=None, oauth_token="a-used-up-token"), context).poll(None)
    assert caught.value.status == 401


def test_access_tokens_are_asked_for_kept_and_replaced(server: ImapStandin, context: Context) -> None:
    source = ImapPoll(changed(server, password=None, oauth=OAUTH | {"scope": "mail"}), context)
    with respx.mock(assert_all_called=False) as net:
        asked = net.post("https://login.example/token")
        asked.mock(return_value=httpx.Response(200, json={"access_token": TOKEN, "expires_in": 3600}))
        cursor = source.poll(None).cursor
        source.poll(cursor)
        assert asked.call_count == 1
        form = dict(pair.split("=") for pair in asked.calls[0].request.content.decode().split("&"))
        assert form == {
            "grant_type": "client_credentials",
            "client_id": "app",
            "client_secret": "the-client-secret",
            "scope": "mail",
        }
        server.faults.add(Fault("AUTHENTICATE", "answer", 401))
        with pytest.raises(Retryable, match="used up"):  # revoked before its time
            source.poll(cursor)
        source.poll(cursor)
        assert asked.call_count == 2
        server.faults.add(Fault("AUTHENTICATE", "answer", 401, times=9))
        with pytest.raises(Retryable):
            source.poll(cursor)
        with pytest.raises(Rejected):  # a token of this moment is refused, too
            source.poll(cursor)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(400, json={"error": "invalid_grant"}), Rejected),
        (httpx.Response(401), Rejected),
        (httpx.Response(500), Retryable),
        (httpx.Response(503), Retryable),
        (httpx.Response(200, text="<html>"), Retryable),
        (httpx.Response(200, json=[]), Retryable),
        (httpx.Response(200, json={}), Rejected),
        (httpx.Response(200, json={"access_token": "two\r\nlines"}), Rejected),
    ],
)
def test_token_addresses_in_trouble(server: ImapStandin, answer: httpx.Response, error: type[Exception]) -> None:
    settings = changed(server, password=None, oauth=OAUTH | {"refresh_token": "the-refresh-token"})
    assert settings.oauth is not None
    with respx.mock as net:
        net.post("https://login.example/token").mock(return_value=answer)
        with pytest.raises(error) as caught:
            Tokens(settings.oauth, 2.0).current()
    assert "the-" not in str(caught.value)


@pytest.mark.parametrize("life", [3600, "3600", None, "soon", [], -5])
def test_lives_of_tokens(server: ImapStandin, life: Any) -> None:
    settings = changed(server, password=None, oauth=OAUTH)
    assert settings.oauth is not None
    with respx.mock as net:
        body = {"access_token": TOKEN, "expires_in": life}
        net.post("https://login.example/token").mock(return_value=httpx.Response(200, json=body))
        assert Tokens(settings.oauth, 2.0).current() == (TOKEN, True)


@pytest.mark.parametrize(
    ("step", "status", "words", "error"),
    [
        ("LOGIN", 401, None, Rejected),
        ("LOGIN", 503, None, Retryable),
        ("LOGIN", 429, None, Retryable),
        ("LOGIN", 499, "LOGIN failed.", Rejected),
        ("LOGIN", 499, "Too many simultaneous connections", Retryable),
        ("LOGIN", 499, "[AUTHORIZATIONFAILED]", Rejected),
        ("LOGIN", 400, "User is authenticated but not connected.", Retryable),
        ("EXAMINE", 404, None, Rejected),
        ("EXAMINE", 403, None, Rejected),
        ("EXAMINE", 499, "Mailbox does not exist", Rejected),
        ("EXAMINE", 503, None, Retryable),
        ("EXAMINE", 400, "User is authenticated but not connected.", Retryable),
        ("SEARCH", 499, "who knows", Retryable),
        ("SEARCH", 401, None, Rejected),
        ("FETCH", 503, None, Retryable),
        ("ID", 400, "what", Retryable),
    ],
)
def test_refusals(
    server: ImapStandin, source: ImapPoll, step: str, status: int, words: str | None, error: type[Exception]
) -> None:
    server.speak("words", "sam")
    server.faults.add(Fault(step, "answer", status, body=words))
    with pytest.raises(error) as caught:
        source.poll(None)
    assert words is None or words not in str(caught.value)


@pytest.mark.parametrize("path", ["LOGIN", "EXAMINE", "SEARCH", "FETCH"])
def test_a_broken_connection_is_no_refusal(server: ImapStandin, source: ImapPoll, path: str) -> None:
    server.speak("words", "sam")
    server.faults.add(Fault(path, "drop"))
    with pytest.raises(Retryable, match=r"broke|no connection"):
        source.poll(None)


def test_names_beyond_ascii_log_in_another_way(server: ImapStandin, context: Context) -> None:
    with pytest.raises(Rejected):
        ImapPoll(changed(server, password="密码-密码"), context).poll(None)
    assert [entry["path"] for entry in server.log()][1] == "AUTHENTICATE"


def test_nothing_personal_is_logged(server: ImapStandin, source: ImapPoll, caplog: pytest.LogCaptureFixture) -> None:
    server.write("sam@customer.example", "secret words", subject="secret subject")
    with caplog.at_level(logging.DEBUG):
        source.poll(None)
        source.wait(0.05)
    assert "standin.example" not in caplog.text
    assert PASSWORD not in caplog.text
    assert "secret" not in caplog.text


def test_folders_with_names_beyond_ascii(server: ImapStandin, settings: ImapSettings) -> None:
    server.boxes["&XfJT0ZAB-"] = server.boxes.pop("INBOX")
    session = Session(settings, 2.0, None)
    assert session.open("已发送").exists == 0
    session.close()


def test_a_server_without_uidnext(server: ImapStandin, source: ImapPoll, drain: Any) -> None:
    for number in range(45):
        server.speak(f"mail {number}", "sam")
    answer = server.answer

    def poorer(call: Any) -> Any:
        given, *rest = answer(call)
        if call.path == "EXAMINE":
            given = Answer(200, [line for line in given.body if "UIDNEXT" not in line])
        return given, *rest

    server.answer = poorer  # type: ignore[method-assign]
    records, cursor = drain(source)
    assert len(records) == 45
    assert drain(source, cursor)[0] == []
    assert source.wait(0.1) is False
