"""What a check of the set-up says."""

from __future__ import annotations

from typing import Any

from connectors.imap.checkable import ImapCheck
from connectors.imap.config import ImapSettings
from connectors.imap.standin import ImapStandin
from vocbot.sdk.ports import Context
from vocbot.sdk.testing.standin import Fault


def found(server: ImapStandin, context: Context, **changes: Any) -> list[tuple[str, str]]:
    plain = {name: value for name, value in (server.settings() | changes).items() if value is not None}
    findings = ImapCheck(ImapSettings.model_validate(plain), context).check()
    return [(finding.level, finding.what) for finding in findings]


def test_all_is_well(server: ImapStandin, context: Context) -> None:
    server.speak("words", "sam")
    said = found(server, context)
    assert [level for level, _ in said] == ["ok", "ok", "ok"]
    assert "1 mails" in said[1][1]
    assert {entry["path"] for entry in server.log()} <= {"CAPABILITY", "LOGIN", "ID", "EXAMINE"}


def test_folders_that_are_not_there(server: ImapStandin, context: Context) -> None:
    assert [level for level, _ in found(server, context, folder="Nowhere")] == ["ok", "error", "ok"]
    assert [level for level, _ in found(server, context, sent_folder="Nowhere")] == ["ok", "ok", "error"]


def test_what_could_be_better(server: ImapStandin, context: Context) -> None:
    server.idle = False
    assert [level for level, _ in found(server, context, sent_folder=None)] == ["ok", "ok", "warning", "warning"]


def test_no_way_in(server: ImapStandin, context: Context) -> None:
    assert found(server, context, password="a-wrong-password") == [
        ("error", "IMAP log-in: refused (AUTHENTICATIONFAILED)")
    ]
    server.faults.add(Fault("LOGIN", "drop"))
    assert found(server, context) == [("error", "IMAP log-in: the connection broke")]
