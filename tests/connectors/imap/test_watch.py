"""Waiting for mail: IDLE kept over calls, renewed, lost and found again; and servers without it."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from connectors.imap import watch
from connectors.imap.config import ImapSettings
from connectors.imap.poll_source import ImapPoll
from connectors.imap.standin import ImapStandin
from vocbot.sdk.errors import Rejected, Retryable
from vocbot.sdk.ports import Context
from vocbot.sdk.testing.standin import Fault


def soon(act: Any, *arguments: Any, after: float = 0.15) -> threading.Timer:
    timer = threading.Timer(after, act, arguments)
    timer.start()
    return timer


def count(server: ImapStandin, path: str) -> int:
    return sum(entry["path"] == path for entry in server.log())


def test_many_short_calls_share_one_idle(server: ImapStandin, source: ImapPoll, drain: Any) -> None:
    drain(source)
    before = count(server, "LOGIN")
    assert [source.wait(0.05) for _ in range(5)] == [False] * 5
    assert (count(server, "LOGIN") - before, count(server, "IDLE")) == (1, 1)


def test_it_ends_at_once_when_mail_comes_and_waits_for_the_next(
    server: ImapStandin, source: ImapPoll, drain: Any
) -> None:
    drain(source)
    for number in range(3):
        speaker = soon(server.speak, f"mail {number}", "sam")
        begun = time.monotonic()
        assert source.wait(5.0) is True
        assert time.monotonic() - begun < 2.0
        speaker.join()
        assert source.wait(0.05) is False
    assert count(server, "IDLE") == 1


def test_mail_between_two_calls_is_not_missed(server: ImapStandin, source: ImapPoll, drain: Any) -> None:
    drain(source)
    assert source.wait(0.05) is False
    server.speak("meanwhile", "sam")
    assert source.wait(2.0) is True


def test_mail_between_poll_and_the_first_call_is_not_missed(server: ImapStandin, source: ImapPoll, drain: Any) -> None:
    server.speak("read", "sam")
    drain(source)
    server.speak("meanwhile", "sam")
    assert source.wait(2.0) is True
    assert source.wait(0.05) is False


def test_without_a_poll_before_anything_there_is_new(server: ImapStandin, source: ImapPoll) -> None:
    assert source.wait(0.05) is False
    server.speak("words", "sam")
    server.cut()
    assert source.wait(1.0) is True


def test_deleted_mail_is_no_news(server: ImapStandin, source: ImapPoll, drain: Any) -> None:
    server.speak("words", "sam")
    drain(source)
    assert source.wait(0.05) is False
    server.remove(1)
    assert source.wait(0.2) is False
    server.speak("other words", "sam")
    assert source.wait(2.0) is True


def test_idle_is_begun_again_before_the_server_tires(
    server: ImapStandin, source: ImapPoll, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "RENEW", 0.1)
    drain(source)
    before = count(server, "LOGIN")
    assert [source.wait(0.15) for _ in range(3)] == [False] * 3
    assert count(server, "IDLE") >= 2
    assert count(server, "LOGIN") - before == 1
    speaker = soon(server.speak, "words", "sam")
    assert source.wait(3.0) is True
    speaker.join()


def test_a_broken_connection_is_made_anew_and_misses_nothing(server: ImapStandin, source: ImapPoll, drain: Any) -> None:
    drain(source)
    assert source.wait(0.05) is False
    server.cut()
    assert source.wait(0.2) is False
    cutter = soon(server.cut)
    begun = time.monotonic()
    assert source.wait(0.6) is False
    assert 0.5 < time.monotonic() - begun < 3.0
    cutter.join()
    server.speak("while nobody listened", "sam")
    server.cut()
    assert source.wait(2.0) is True


def test_a_server_that_is_gone_means_later(server: ImapStandin, source: ImapPoll, drain: Any) -> None:
    drain(source)
    assert source.wait(0.05) is False
    server.stop()
    begun = time.monotonic()
    with pytest.raises(Retryable):
        source.wait(5.0)
    assert time.monotonic() - begun < 3.0


def test_a_server_that_breaks_every_idle_is_left_alone(server: ImapStandin, source: ImapPoll, drain: Any) -> None:
    drain(source)
    server.faults.add(Fault("IDLE", "drop", times=99))
    with pytest.raises(Retryable):
        source.wait(5.0)
    assert count(server, "IDLE") <= 2


def test_wrong_credentials_are_rejected(server: ImapStandin, context: Context) -> None:
    wrong = ImapSettings.model_validate(server.settings() | {"password": "a-wrong-password"})
    with pytest.raises(Rejected):
        ImapPoll(wrong, context).wait(1.0)


def test_without_idle_it_asks(
    server: ImapStandin, source: ImapPoll, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "ASK_EVERY", 0.1)
    server.idle = False
    drain(source)
    begun = time.monotonic()
    assert source.wait(0.25) is False
    assert 0.2 < time.monotonic() - begun < 1.0
    assert count(server, "NOOP") >= 3
    assert count(server, "IDLE") == 0
    speaker = soon(server.speak, "words", "sam")
    assert source.wait(3.0) is True
    speaker.join()
    drain(source)
    server.cut()
    assert source.wait(0.1) is False
