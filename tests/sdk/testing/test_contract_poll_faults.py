"""The contract of polls that go wrong, itself: whoever loses something by a fault, or hides it, makes a case fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from vocbot.sdk.errors import Rejected, Retryable
from vocbot.sdk.incremental import Reading
from vocbot.sdk.manifest import Manifest
from vocbot.sdk.ports import Context
from vocbot.sdk.testing.contract import cases
from vocbot.sdk.testing.example import MANIFEST, Board, Poll
from vocbot.sdk.wire import Page

Worsen = Callable[[str, type], None]
Failures = Callable[..., dict[str, str]]
Listed = tuple[list[Any], str | None]


class Trusting(Poll):
    """Takes whatever is no list of words for an empty one."""

    def listed(self, reading: Reading) -> Listed:
        try:
            return super().listed(reading)
        except Retryable as error:
            if "HTTP" in str(error):
                raise
            return [], None


class Skipping(Poll):
    """Goes on with the next page when one does not come."""

    skipped = ""

    def listed(self, reading: Reading) -> Listed:
        try:
            return super().listed(replace(reading, page=self.skipped or reading.page))
        except Retryable:
            self.skipped = "0-20" if reading.page is None else "0-40"
            raise


class Cheerful(Poll):
    """Says that there is nothing when nobody answers."""

    def listed(self, reading: Reading) -> Listed:
        try:
            return super().listed(reading)
        except Retryable:
            return [], None


class Final(Poll):
    """Takes every trouble for a no."""

    def poll(self, cursor: str | None) -> Page:
        try:
            return super().poll(cursor)
        except Retryable as error:
            raise Rejected(str(error)) from None


class Hasty(Poll):
    """Forgets how long it was told to wait."""

    def poll(self, cursor: str | None) -> Page:
        try:
            return super().poll(cursor)
        except Retryable as error:
            raise Retryable(str(error)) from None


class Patient(Poll):
    """Does not care what the context says of time."""

    def __init__(self, settings: Any, context: Context) -> None:
        super().__init__(settings, replace(context, timeout=4.2))


class Again(Poll):
    """Tries again by itself."""

    def poll(self, cursor: str | None) -> Page:
        try:
            return super().poll(cursor)
        except Retryable:
            return super().poll(cursor)


class Telling(Poll):
    """Quotes the peer's answer in its errors."""

    def listed(self, reading: Reading) -> Listed:
        said, page = super().listed(reading)
        if not all(isinstance(note, dict) for note in said):
            raise Retryable(f"not what somebody said: {said}")
        return said, page


@pytest.mark.parametrize(
    ("worse", "case", "words"),
    [
        (Trusting, "nothing is lost by a web page", "taken for a page"),
        (Trusting, "nothing is lost by half an answer", "taken for a page"),
        (Trusting, "nothing is lost by null", "taken for a page"),
        (Skipping, "nothing is lost by status 502", "did not come"),
        (Skipping, "nothing is lost by a broken connection", "did not come"),
        (Cheerful, "nothing is lost by status 503", "taken for a page"),
        (Cheerful, "a dead peer means later", "something was read"),
        (Final, "a dead peer means later", "refuses nothing for good"),
        (Hasty, "nothing is lost by too many requests, wait 7 s", "the port does not"),
        (Hasty, "nothing is lost by too many requests, wait until then", "the port does not"),
        (Patient, "nothing is lost by a silent peer", "4 s for a request"),
        (Again, "nothing is lost by status 504", "taken for a page"),
    ],
)
def test_a_source_that_loses_by_faults_is_caught(
    worsen: Worsen, failures: Failures, worse: type, case: str, words: str
) -> None:
    worsen("Poll", worse)
    assert words in failures(only=f"poll_source: {case}")[f"poll_source: {case}"]


@pytest.mark.parametrize("case", ["status 500", "an empty answer"])
def test_a_trouble_that_is_no_refusal_must_not_be_called_one(worsen: Worsen, failures: Failures, case: str) -> None:
    worsen("Poll", Final)
    with pytest.raises(Rejected):
        failures(only=f"nothing is lost by {case}")


def test_the_words_of_customers_in_an_error_are_caught(worsen: Worsen, failures: Failures) -> None:
    worsen("Poll", Telling)
    found = failures(only="poll_source: misshapen answers")
    assert "a customer's words got out" in found["poll_source: misshapen answers are no crash"]


class Open(Poll):
    """Asks without credentials."""

    def __init__(self, settings: Any, context: Context) -> None:
        super().__init__(settings, context)
        self.peer.headers["authorization"] = "Bearer token-of-the-board"


def test_credentials_that_are_not_used_are_caught(worsen: Worsen, failures: Failures) -> None:
    worsen("Poll", Open)
    case = "poll_source: wrong credentials are rejected"
    assert "any credentials will do" in failures(only=case)[case]


def test_what_cannot_go_wrong_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    every = {case.name for case in cases(MANIFEST)}
    monkeypatch.setattr(Board, "wire", "imap")
    mail = {case.name for case in cases(MANIFEST)}
    assert "poll_source: nothing is lost by a silent peer" in mail
    assert "poll_source: nothing is lost by a web page" in every - mail
    monkeypatch.setattr(Board, "wire", "none")
    alone = {case.name for case in cases(MANIFEST)}
    assert "poll_source: everything said comes once" in alone
    assert not [name for name in alone if "poll_source: nothing is lost" in name or "poll_source: a dead" in name]


def test_a_standin_that_does_not_load_has_all_cases() -> None:
    missing: Manifest = replace(MANIFEST, standin="vocbot.sdk.testing.nowhere:Standin")
    assert [case.name for case in cases(missing)] == [case.name for case in cases(MANIFEST)]
