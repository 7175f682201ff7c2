"""The contract suite itself: it passes a good connector, and every fault it is there for makes it fail."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest
from pydantic import BaseModel, ConfigDict, SecretStr

from vocbot.sdk import http
from vocbot.sdk.document import Buttons, Document
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable, Unparseable
from vocbot.sdk.events import Event, Feedback, Unsupported
from vocbot.sdk.ports import Context, Finding
from vocbot.sdk.receipt import Receipt
from vocbot.sdk.render.plain import to_plain
from vocbot.sdk.signing import verify
from vocbot.sdk.testing.contract import cases
from vocbot.sdk.testing.example import MANIFEST, Approver, Board, Channel, Check, Hook
from vocbot.sdk.testing.standin import Standin
from vocbot.sdk.wire import Inbound, Request

Worsen = Callable[[str, type], None]
Failures = Callable[..., dict[str, str]]


def test_a_good_connector_passes_everything(failures: Failures) -> None:
    assert failures() == {}
    names = [case.name for case in cases(MANIFEST)]
    assert len(set(names)) == len(names) > 65


class Twice(Channel):
    """Tries again by itself when the answer is lost."""

    def post(self, key: str, target: str, document: Document) -> Receipt:
        try:
            return super().post(key, target, document)
        except OutcomeUnknown:
            return super().post(key, target, document)


class Optimist(Channel):
    """Takes any 200 for success."""

    def ref(self, answer: httpx.Response) -> str:
        return "unknown"


class Careless(Channel):
    """Says that nothing happened when it does not know."""

    def post(self, key: str, target: str, document: Document) -> Receipt:
        try:
            return super().post(key, target, document)
        except OutcomeUnknown as error:
            raise Retryable(str(error)) from None


class Verbose(Channel):
    """Quotes the customer in its errors."""

    def post(self, key: str, target: str, document: Document) -> Receipt:
        try:
            return super().post(key, target, document)
        except Retryable as error:
            raise Retryable(f"{error}: {to_plain(document)}", error.after) from None


class Chatty(Channel):
    """Logs its credentials."""

    def post(self, key: str, target: str, document: Document) -> Receipt:
        logging.getLogger("chatty").debug("headers %s", self.peer.headers["authorization"])
        return super().post(key, target, document)


class Blind(Channel):
    """Cannot find what it wrote, and does not say so."""

    def find(self, key: str, target: str) -> Receipt | None:
        return None


class Fuzzy(Channel):
    """Finds other keys that begin alike."""

    def find(self, key: str, target: str) -> Receipt | None:
        notes = http.read(self.peer, "/notes").json()
        return next((Receipt("already", note["ref"]) for note in notes if note["key"].startswith(key)), None)


class Unbounded(Channel):
    """Sends texts of any length."""

    def post(self, key: str, target: str, document: Document) -> Receipt:
        answer = http.write(self.peer, "POST", "/notes", json={"key": key, "text": to_plain(document)})
        return Receipt("sent", self.ref(answer))


class Hasty(Channel):
    """Forgets how long it was told to wait."""

    def post(self, key: str, target: str, document: Document) -> Receipt:
        try:
            return super().post(key, target, document)
        except Retryable as error:
            raise Retryable(str(error)) from None


class Patient(Channel):
    """Does not care what the context says of time."""

    def __init__(self, settings: Any, context: Context) -> None:
        super().__init__(settings, replace(context, timeout=4.2))


class Eager(Channel):
    """Calls the peer while it is made."""

    def __init__(self, settings: Any, context: Context) -> None:
        super().__init__(settings, context)
        http.read(self.peer, "/notes")


class Renamed(Channel):
    """Has the methods, with other parameters."""

    def find(self, key: str, channel: str) -> Receipt | None:  # type: ignore[override]
        return super().find(key, channel)


@pytest.mark.parametrize(
    ("worse", "case", "words"),
    [
        (Twice, "channel.post: a lost answer leaves doubt", "was taken for success"),
        (Optimist, "channel.post: a page instead of an answer is no success", "was taken for success"),
        (Careless, "channel.post: an error after the work leaves doubt", "says Retryable"),
        (Careless, "channel.post: a lost answer leaves doubt", "says Retryable"),
        (Verbose, "channel.post: too many requests means later", "a customer's words got out"),
        (Chatty, "channel.post: is done once and found", "a secret got out"),
        (Blind, "channel.post: is done once and found", "find does not see it"),
        (Fuzzy, "channel.post: is done once and found", "a part of a key"),
        (Hasty, "channel.post: too many requests means later", "Retry-After: 7 became None"),
        (Patient, "channel.post: a silent peer is given up in time", "4 s for a request"),
        (Eager, "constructors do no I/O", "a constructor called the peer"),
        (Renamed, "ports keep their protocols", "channel.find takes"),
    ],
)
def test_a_bad_channel_is_caught(worsen: Worsen, failures: Failures, worse: type, case: str, words: str) -> None:
    worsen("Channel", worse)
    found = failures(only=case)
    assert words in found[case]


def test_a_refusal_of_long_texts_is_caught(worsen: Worsen, failures: Failures) -> None:
    worsen("Channel", Unbounded)
    with pytest.raises(Rejected, match="413"):
        failures(only="channel.post: too much text")


def test_a_blind_port_need_not_find(worsen: Worsen, failures: Failures) -> None:
    worsen("Channel", Blind)
    assert failures(replace(MANIFEST, blind=frozenset({"channel"})), only="channel.post: is done") == {}


class Open(Hook):
    """Verifies nothing."""

    def verify(self, request: Request) -> None:
        return


class Timeless(Hook):
    """Forgets the time."""

    def verify(self, request: Request) -> None:
        verify("slack", self.settings.secret.get_secret_value(), request, self.context.clock.now(), max_age=1e9)


class Unstable(Hook):
    """Names events by their signature."""

    def event_id(self, request: Request) -> str:
        return request.headers.get("x-slack-signature", "none")


class OneName(Hook):
    """Gives every event one name."""

    def event_id(self, request: Request) -> str:
        return "event"


class Silent(Hook):
    """Loses what it does not know."""

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        return [event for event in super().parse(inbound) if not isinstance(event, Unsupported)]


class Local(Hook):
    """Knows no zones."""

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        naive = inbound.received_at.replace(tzinfo=None)
        return super().parse(replace(inbound, received_at=naive))


class Impatient(Hook):
    """Lets nobody be three minutes late."""

    def verify(self, request: Request) -> None:
        verify("slack", self.settings.secret.get_secret_value(), request, self.context.clock.now(), max_age=180)


class Dated(Hook):
    """Names events by the minute in which they come."""

    def event_id(self, request: Request) -> str:
        return f"{super().event_id(request)} {self.context.clock.now():%H:%M}"


class Narrow(Hook):
    """Takes nothing that it has not seen before."""

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        body = inbound.json()
        if isinstance(body, dict) and set(body) - {"id", "kind", "text"}:
            raise Unparseable("a field that is not known")
        return super().parse(inbound)


class Picky(Hook):
    """Knows the kinds of events that there are today."""

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        return [event for event in super().parse(inbound) if b"quite_new" not in inbound.body]


class Enormous(Hook):
    """Counts what it reads in a way that no store can keep."""

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        return [replace(e, revision=2**31) if isinstance(e, Feedback) else e for e in super().parse(inbound)]


@pytest.mark.parametrize(
    ("worse", "case", "words"),
    [
        (Impatient, "webhook_source: a request is good for some minutes only", "two minutes pass, four do not"),
        (Dated, "webhook_source: a replay keeps its name", "counts twice"),
        (Narrow, "webhook_source: fields that nobody knows change nothing", "a new field hides an event"),
        (Picky, "webhook_source: kinds that nobody knows are not lost", "nothing at all came"),
        (Enormous, "webhook_source: genuine requests mean something", "32 bits"),
        (Open, "webhook_source: other encodings are no crash", "it is another body, and let in"),
        (Open, "webhook_source: a changed body is refused", "byte 0 may be changed"),
        (Open, "webhook_source: a changed signature is refused", "nothing is verified"),
        (Open, "webhook_source: missing headers are refused", "without any proof"),
        (Open, "webhook_source: a wrong secret refuses everything", "did not sign it"),
        (Timeless, "webhook_source: a request is good for some minutes only", "six minutes off is let in"),
        (Unstable, "webhook_source: event ids survive redelivery", "new each time"),
        (OneName, "webhook_source: event ids survive redelivery", "different events have one name"),
        (Silent, "webhook_source: genuine requests mean something", "nothing at all came"),
        (Local, "webhook_source: genuine requests mean something", "time has no zone"),
    ],
)
def test_a_bad_source_is_caught(worsen: Worsen, failures: Failures, worse: type, case: str, words: str) -> None:
    worsen("Hook", worse)
    found = failures(only=case)
    assert words in found[case]


class Trusting(Hook):
    """Expects every field to be there."""

    def parse(self, inbound: Inbound) -> Sequence[Event]:
        body = json.loads(inbound.body)
        return [Feedback(body["id"], body["text"].strip(), inbound.received_at, "board")]


@pytest.mark.parametrize("case", ["nonsense is unparseable", "misshapen events are unparseable"])
def test_a_parser_that_trusts_its_sender_is_caught(worsen: Worsen, failures: Failures, case: str) -> None:
    worsen("Hook", Trusting)
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        failures(only=case)


def test_a_parser_that_knows_one_encoding_is_caught(worsen: Worsen, failures: Failures) -> None:
    class Certain(Hook):
        def parse(self, inbound: Inbound) -> Sequence[Event]:
            return super().parse(replace(inbound, body=inbound.body.decode("utf-8").encode()))

    worsen("Hook", Certain)
    with pytest.raises(UnicodeDecodeError):
        failures(only="webhook_source: other encodings are no crash")


class Cheerful(Check):
    def check(self) -> Sequence[Finding]:
        return [Finding("ok", "surely")]


class Telling(Approver):
    def settle(self, ref: str, target: str, document: Document) -> Receipt:
        tokens = [b.token for block in document.blocks if isinstance(block, Buttons) for b in block.items]
        http.write(self.peer, "PUT", f"/notes/{ref}", json={"key": "", "text": " ".join(tokens)})
        return Receipt("sent", ref)


class Loose(BaseModel):
    url: str
    token: SecretStr
    secret: SecretStr


class Plain(BaseModel):
    model_config = ConfigDict(extra="forbid")
    url: str
    token: str
    secret: str


@pytest.mark.parametrize(
    ("part", "worse", "case", "words"),
    [
        ("Check", Cheerful, "checkable: reports wrong credentials", ""),
        ("Check", Cheerful, "checkable: reports a dead peer", ""),
        ("Approver", Telling, "approver: settles a question", "still has buttons"),
        ("Settings", Loose, "settings forbid what they do not know", "misspelt"),
    ],
)
def test_other_bad_parts_are_caught(
    worsen: Worsen, failures: Failures, part: str, worse: type, case: str, words: str
) -> None:
    worsen(part, worse)
    assert words in failures(only=case)[case]


def test_secrets_that_are_plain_text_are_caught(worsen: Worsen, failures: Failures) -> None:
    class Spoken(Check):
        def __init__(self, settings: Any, context: Context) -> None:
            """Reads the token as the text that it is here."""
            super().__init__(settings.model_copy(update={"token": SecretStr(settings.token)}), context)

    worsen("Settings", Plain)
    worsen("Check", Spoken)
    found = failures(only="checkable: reports wrong")
    assert "use SecretStr" in found["checkable: reports wrong credentials"]


def test_a_missing_target_says_what_to_do(monkeypatch: pytest.MonkeyPatch, failures: Failures) -> None:
    monkeypatch.setattr(Board, "target", Standin.target)
    with pytest.raises(NotImplementedError, match="say where the suite may write with channel"):
        failures(only="channel.post: is done once and found")
