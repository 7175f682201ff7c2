"""The contract of poll sources when something goes wrong: every fault at every request, and nothing is lost by it.

A fault strikes a request of the first page and one of the second. The port says Retryable, the core comes back with the
cursor it has kept, and in the end everything that customers said has come.
"""

from __future__ import annotations

import gc
import json
import re
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from typing import Any

from vocbot.sdk.errors import CursorExpired, Rejected, Retryable, Unparseable
from vocbot.sdk.manifest import Manifest
from vocbot.sdk.testing.contract import Case, Subject, open_to_all, wire, wrong
from vocbot.sdk.testing.contract_listener import Listener, inbound, speak
from vocbot.sdk.testing.contract_odd import GARBAGE, misshapen, some, sound
from vocbot.sdk.testing.standin import Answer, Call, Fault

PATIENCE = 0.5  # seconds that a silent peer is given
AWAY = timedelta(seconds=30)  # a Retry-After as a date; by the physical clock, as the peer's own is
MUTANTS = 150
_ENTRY = re.compile("token|session|oauth|auth|login", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """A request that a poll makes, with what was answered, where that could be overheard."""

    method: str
    path: str
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)

    def fault(self, kind: Any, status: int = 503, **more: Any) -> Fault:
        return Fault(f"^{re.escape(self.method)} {re.escape(self.path)}$", kind, status, **more)

    def answering(self, body: bytes) -> Fault:
        """The peer answers 200 and `body` as its own kind of content."""
        return self.fault("answer", 200, body=body, headers={"Content-Type": "application/json", **self.headers})


@dataclass(frozen=True)
class Trouble:
    """Something that goes wrong, and the wires on which it can; `after` is how long the port must say to wait.

    `honest` says that a peer may mean it: then an empty page is right, and in the middle of a sweep it is its end.
    """

    fault: Callable[[Place], Fault]
    after: tuple[float, float] | None = None
    honest: bool = False
    wires: tuple[str, ...] = ("http",)


def _status(status: int) -> Trouble:
    return Trouble(lambda place: place.fault("answer", status, body={"error": "down"}), wires=("http", "imap"))


def _says(body: bytes, honest: bool = False) -> Trouble:
    return Trouble(lambda place: place.answering(body), honest=honest)


def _busy(place: Place, value: str) -> Fault:
    return place.fault("answer", 429, headers={"Retry-After": value}, body={"error": "busy"})


_PAGE = b"<!DOCTYPE html>\n<html><head><title>Maintenance</title></head><body><p>Back soon.</p></body></html>"

TROUBLES: Mapping[str, Trouble] = {
    "too many requests, wait 7 s": Trouble(lambda place: _busy(place, "7"), (7.0, 7.0)),
    "too many requests, wait until then": Trouble(
        lambda place: _busy(place, format_datetime(datetime.now(UTC) + AWAY, usegmt=True)), (20.0, 31.0)
    ),
    "status 500": _status(500),
    "status 502": _status(502),
    "status 503": _status(503),
    "status 504": _status(504),
    "a broken connection": Trouble(lambda place: place.fault("drop"), wires=("http", "imap")),
    "a silent peer": Trouble(lambda place: place.fault("drip", seconds=50_000.0), wires=("http", "imap")),
    "a web page": Trouble(lambda place: place.fault("answer", 200, body=_PAGE, headers={"Content-Type": "text/html"})),
    "an empty answer": _says(b""),
    "half an answer": Trouble(lambda place: place.answering(place.body[: len(place.body) // 2])),
    "an empty object": _says(b"{}"),
    "an empty list": _says(b"[]", honest=True),
    "null": _says(b"null"),
}


def cases(manifest: Manifest) -> Iterator[Case]:
    """Every trouble that the wire of the stand-in knows, where a poll_source is declared."""
    kind = wire(manifest)
    if "poll_source" not in manifest.ports or kind == "none":
        return
    for name, trouble in TROUBLES.items():
        if kind in trouble.wires:
            yield Case(f"poll_source: nothing is lost by {name}", partial(_nothing_is_lost, trouble))
    yield Case("poll_source: a dead peer means later", _a_dead_peer_means_later)
    yield Case("poll_source: wrong credentials are rejected", _wrong_credentials_are_rejected)
    if kind == "http":
        yield Case("poll_source: misshapen answers are no crash", _misshapen_answers_are_no_crash)


def _nothing_is_lost(trouble: Trouble, subject: Subject) -> None:
    said = speak(subject, 45)
    plan = [places(asked) for asked in overhear(subject)]
    listener = Listener(subject)
    for number, planned in enumerate(plan):
        # The first page and the second are enough; where there is no second, so is the first.
        for place in planned if number < 2 else ():
            if not _strikes(trouble, place, listener) and number:
                return
        if not listener.poll().more:
            break
    listener.drain()
    listener.has_heard(said)


def _strikes(trouble: Trouble, place: Place, listener: Listener) -> bool:
    """Poll while it happens to `place`, by a port with little patience; False where it was taken for an honest end."""
    subject, fault = listener.subject, trouble.fault(place)
    before = subject.timeout
    if fault.kind == "drip":
        subject.timeout = PATIENCE
        listener.renew()
    subject.standin.faults.add(fault)
    begun = time.monotonic()
    try:
        page = listener.poll()
    except Retryable as error:
        subject.heard(error)
        taken = time.monotonic() - begun
        assert taken < PATIENCE + 3.5, f"{taken:.0f} s for a request that the context gives {subject.timeout} s"
        if trouble.after:
            low, high = trouble.after
            assert error.after is not None, "the peer says how long to wait, and the port does not"
            assert low <= error.after <= high, f"the peer says to wait {high} s, the port says {error.after}"
        struck = True
    else:
        assert fault.times <= 0, f"{place.method} {place.path} is asked for the first time only"
        # A connection that is kept between pages may have died: who opens another one then repeats nothing.
        struck = subject.standin.wire == "imap" and bool(page.records)
        assert struck or (trouble.honest and not page.records), "it was taken for a page"
    finally:
        subject.standin.faults.clear()
    if fault.kind == "drip":
        subject.timeout = before
        listener.renew()
        with warnings.catch_warnings():  # some libraries leave the connection of a lost answer to the collector
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
    return struck


def _a_dead_peer_means_later(subject: Subject) -> None:
    source = subject.port("poll_source")
    subject.standin.stop()
    try:
        source.poll(None)
    except Retryable as error:
        subject.heard(error)
    except Rejected:
        raise AssertionError("a peer that is not there refuses nothing for good") from None
    else:
        raise AssertionError("nobody is there, and something was read")


def _wrong_credentials_are_rejected(subject: Subject) -> None:
    if open_to_all(subject.settings):
        return
    speak(subject, 3)
    try:
        subject.port("poll_source", wrong(subject.settings)).poll(None)
    except Rejected as error:
        subject.heard(error)
    else:
        raise AssertionError("any credentials will do")


def _misshapen_answers_are_no_crash(subject: Subject) -> None:
    speak(subject, 2)
    asked = overhear(subject)[0]
    port = subject.port("poll_source")
    for place in places(asked):
        for body in (*GARBAGE, *some(misshapen(place.body), MUTANTS)):
            _reads(subject, place.answering(body), port)
    for place in (place for place in asked if _ENTRY.search(place.path)):
        for body in (*GARBAGE, *some(misshapen(place.body), MUTANTS // 5)):
            _reads(subject, place.answering(body), subject.port("poll_source"))


def _reads(subject: Subject, fault: Fault, port: Any) -> None:
    subject.standin.faults.add(fault)
    listener = Listener(subject, port=port)
    try:
        listener.poll()
    except (Retryable, Rejected, CursorExpired) as error:
        subject.heard(error)
    finally:
        subject.standin.faults.clear()
    for record in listener.records.values():
        try:
            found = port.parse(inbound(subject, record))
        except Unparseable as error:
            subject.heard(error)
            continue
        assert found, "nothing at all came of a record: say Ignored, with the reason"
        for event in found:
            sound(event)


# -- which requests a poll makes


def overhear(subject: Subject) -> list[list[Place]]:
    """The requests of each poll of a whole sweep, in order."""
    standin, answer = subject.standin, subject.standin.answer
    heard: dict[tuple[str, str], Answer] = {}

    def overheard(call: Call) -> Any:
        answered = answer(call)
        heard[call.method, call.path] = answered[0]
        return answered

    standin.answer = overheard  # type: ignore[method-assign]
    polls, listener, known = [], Listener(subject), len(standin.log())
    for _ in range(3):
        more = listener.poll().more
        entries = [entry for entry in standin.log()[known:] if entry["direction"] == "in"]
        known += len(entries)
        called = dict.fromkeys((str(entry["method"]), str(entry["path"])) for entry in entries)
        polls.append([_place(method, path, heard.get((method, path))) for method, path in called])
        if not more:
            break
    standin.answer = answer  # type: ignore[method-assign]
    return polls


def _place(method: str, path: str, answer: Answer | None) -> Place:
    if answer is None:
        return Place(method, path)
    body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
    return Place(method, path, body, answer.headers)


def places(asked: list[Place]) -> list[Place]:
    """The first and the last request of a poll, those for a token or session left out."""
    found = [place for place in asked if not _ENTRY.search(place.path)]
    return found if len(found) < 2 else [found[0], found[-1]]
