"""The stand-in behaves like a server where the connector would not notice that it did not."""

from __future__ import annotations

import imaplib
import json

import pytest

from connectors.imap.standin import PASSWORD, SENT, USERNAME, ImapStandin
from vocbot.sdk.testing.standin import Fault


@pytest.fixture
def client(server: ImapStandin) -> imaplib.IMAP4:
    return imaplib.IMAP4("127.0.0.1", server.port)


def test_another_library_gets_along_with_it(server: ImapStandin, client: imaplib.IMAP4) -> None:
    server.speak("优惠券", "sam")
    assert client.login(USERNAME, PASSWORD)[0] == "OK"
    assert client.select("INBOX", readonly=True) == ("OK", [b"1"])
    assert client.uid("SEARCH", "UID 5:*") == ("OK", [b"1"])  # "5:*" has the last one always
    assert client.uid("SEARCH", "SINCE 04-Nov-2026") == ("OK", [b""])
    assert client.uid("SEARCH", "SINCE 03-Nov-2026") == ("OK", [b"1"])
    whole = client.uid("FETCH", "1", "(BODY.PEEK[])")[1][0]
    assert isinstance(whole, tuple)
    piece = client.uid("FETCH", "1", "(BODY.PEEK[]<0.4>)")[1][0]
    assert isinstance(piece, tuple)
    assert piece[1] == whole[1][:4]
    assert server.effects("seen") == []
    client.logout()


def test_only_peeking_leaves_mail_unread(server: ImapStandin, client: imaplib.IMAP4) -> None:
    server.speak("words", "sam")
    client.login(USERNAME, PASSWORD)
    client.select("INBOX")
    client.uid("FETCH", "1", "(BODY[])")
    assert server.effects("seen") == [{"effect": "seen", "uid": 1}]
    client.logout()


def test_what_is_refused(server: ImapStandin, client: imaplib.IMAP4) -> None:
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        client.login(USERNAME, "another password")
    client.state = "AUTH"  # the library keeps its own order, and must not hide the server's
    with pytest.raises(imaplib.IMAP4.error, match="log in first"):
        client.select("INBOX")
    client.state = "NONAUTH"
    client.login(USERNAME, PASSWORD)
    client.state = "SELECTED"
    with pytest.raises(imaplib.IMAP4.error, match="open a folder first"):
        client.uid("SEARCH", "SINCE 03-Nov-2026")
    client.state = "AUTH"
    assert client.select("Nowhere")[0] == "NO"
    with pytest.raises(imaplib.IMAP4.error, match="no such command"):
        client.create("New")
    client.logout()


def test_the_log_has_no_password(server: ImapStandin, client: imaplib.IMAP4) -> None:
    client.login(USERNAME, PASSWORD)
    client.logout()
    assert PASSWORD not in json.dumps(server.log())
    assert [entry["path"] for entry in server.log()] == ["CAPABILITY", "LOGIN"]


def test_new_numbers(server: ImapStandin, client: imaplib.IMAP4) -> None:
    server.write("help@standin.example", "words", folder=SENT)
    server.speak("one", "sam")
    server.speak("two", "sam")
    server.remove(1)
    client.login(USERNAME, PASSWORD)
    client.select("INBOX", readonly=True)
    assert client.untagged_responses["UIDVALIDITY"] == [b"7"]
    assert client.uid("SEARCH", "UID 1:*") == ("OK", [b"2"])
    assert server.expire()
    client.select("INBOX", readonly=True)
    assert client.untagged_responses["UIDVALIDITY"] == [b"8"]
    assert client.uid("SEARCH", "UID 1:*") == ("OK", [b"1"])
    client.logout()


def test_faults_have_codes(server: ImapStandin, client: imaplib.IMAP4) -> None:
    client.login(USERNAME, PASSWORD)
    for status, code in ((503, b"[UNAVAILABLE]"), (429, b"[LIMIT]"), (401, b"[AUTHENTICATIONFAILED]")):
        server.faults.add(Fault("^IMAP EXAMINE$", "answer", status))
        kind, said = client.select("INBOX", readonly=True)
        assert kind == "NO"
        assert said[0] is not None
        assert said[0].startswith(code)
    server.faults.add(Fault("^IMAP NOOP$", "drop"))
    with pytest.raises((imaplib.IMAP4.abort, OSError)):
        client.noop()
    client.shutdown()
