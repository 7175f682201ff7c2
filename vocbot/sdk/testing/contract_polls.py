"""The contract of poll sources: what customers say comes, once, however a sweep is cut; and nothing breaks the reading.

What goes wrong on the way is in `contract_poll_faults`.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from vocbot.sdk.errors import CursorExpired, Rejected, Retryable, Unparseable
from vocbot.sdk.events import Event
from vocbot.sdk.manifest import Manifest
from vocbot.sdk.ports import Waiting
from vocbot.sdk.testing.contract import CANARY, Case, Subject
from vocbot.sdk.testing.contract_listener import Listener, inbound, speak
from vocbot.sdk.testing.contract_odd import GARBAGE, misshapen, mutants, some, sound
from vocbot.sdk.wire import Record

STRANGE = (
    "",
    "x",
    "{}",
    "[]",
    "null",
    "-1",
    "9" * 400,
    "start:123",
    "eyJhIjoxfQ==",
    "x" * 100_000,
    "{" * 3_000,
    '{"at":"2026-11-03T09:00:00Z","seen":[],"page":"2"}',
    "https://voc.example/api?page=2",
    "\x00\r\n",
    "優\ud800",
)


def cases(manifest: Manifest) -> Iterator[Case]:
    """The cases of poll_source, where it is declared."""
    if "poll_source" in manifest.ports:
        yield from (Case(f"poll_source: {name}", run) for name, run in _POLL.items())


def _everything_said_comes_once(subject: Subject) -> None:
    said = [*speak(subject, 45), *speak(subject, 1, "twice"), *speak(subject, 1, "twice")]
    listener = Listener(subject)
    listener.drain()
    listener.has_heard(said)
    assert not listener.repeated, "one sweep brought the same item twice"
    asked = len(subject.standin.log())
    heard = [feedback for _, feedback in listener.heard()]
    assert len(subject.standin.log()) == asked, "parse calls the peer: it must read the record alone"
    handles: dict[str, set[str | None]] = {}
    for text, by in said:
        found = (feedback.author for feedback in heard if text.split(":")[0] in feedback.text)
        handles.setdefault(by, set()).update(author.handle if author else None for author in found)
    assert all(len(names) == 1 for names in handles.values()), "one customer has several handles"
    names = [name for found in handles.values() for name in found if name is not None]
    assert len(set(names)) == len(names), "several customers have one handle"


def _what_comes_in_the_same_second_is_found(subject: Subject) -> None:
    """Said before, between and after polls while the clock stands still, and once more when it has moved on."""
    listener = Listener(subject)
    said: list[tuple[str, str]] = []
    for number in range(4):
        said += speak(subject, 2, f"at once {number}", later=False)
        listener.drain()
        if number == 1:
            subject.clock.move(timedelta(minutes=2))
    subject.clock.move(timedelta(minutes=2))
    listener.drain()
    listener.has_heard(said)


def _what_is_said_during_a_sweep_comes(subject: Subject) -> None:
    listener = Listener(subject)
    said = speak(subject, 45)
    listener.poll()
    said += speak(subject, 5, "meanwhile", later=False)
    subject.clock.move(timedelta(minutes=2))
    listener.drain()
    said += speak(subject, 5, "afterwards")
    listener.drain()
    listener.has_heard(said)


def _polling_on_brings_nothing_again(subject: Subject) -> None:
    said = speak(subject, 25)
    listener = Listener(subject)
    listener.drain()
    known = set(listener.records)
    for minutes in (0, 2, 60):
        subject.clock.move(timedelta(minutes=minutes))
        listener.renew()
        listener.drain()
        assert set(listener.records) == known, "what was read before has another name now"
    again = Listener(subject)
    again.drain()
    assert set(again.records) == known, "read from the beginning, unchanged items have other names"
    again.has_heard(said)


def _a_sweep_may_be_cut_anywhere(subject: Subject) -> None:
    """Every page is read, lost, and read again by another instance, as after kills."""
    said = speak(subject, 45)
    listener = Listener(subject)
    listener.drain(cut=True)
    listener.has_heard(said)


def _a_sweep_outlives_the_peers_memory(subject: Subject) -> None:
    """The peer forgets its cursors in the middle of a sweep, and after one."""
    said = speak(subject, 45)
    listener = Listener(subject)
    listener.poll()
    if not subject.standin.expire():
        return
    listener.drain()
    listener.has_heard(said)
    subject.standin.expire()
    said += speak(subject, 3, "after that")
    listener.renew()
    listener.drain()
    listener.has_heard(said)


def _strange_cursors_are_no_crash(subject: Subject) -> None:
    speak(subject, 25)
    port = subject.port("poll_source")
    own = port.poll(None).cursor
    try:
        value = json.loads(own)
    except ValueError:
        value = None
    changed = [json.dumps(item) for item in mutants(value)] if isinstance(value, dict | list) else []
    torn = [own[: len(own) // 2], own[:-1], own[1:], own + own, own + " ", own.swapcase()]
    for cursor in (*STRANGE, *torn, *some(changed, 60)):
        try:
            Listener(subject, cursor, port).poll()
        except (CursorExpired, Rejected, Retryable) as error:
            subject.heard(error)


def _misshapen_records_are_unparseable(subject: Subject) -> None:
    speak(subject, 2)
    listener = Listener(subject)
    listener.drain()
    port = subject.port("poll_source")
    for record in some(listener.records.values(), 4):
        bodies = some(misshapen(record.body), 300)
        for body in (*GARBAGE, record.body[: len(record.body) // 2], b"\xff" + record.body, *bodies):
            _parses(subject, port, Record(record.event_id, body))


def _parses(subject: Subject, port: Any, record: Record) -> Sequence[Event]:
    try:
        found: Sequence[Event] = port.parse(inbound(subject, record))
    except Unparseable as error:
        subject.heard(error)
        return ()
    assert found, "nothing at all came of a record: say Ignored, with the reason"
    for event in found:
        sound(event)
    return found


def _waiting_ends_when_something_comes(subject: Subject) -> None:
    port = subject.port("poll_source")
    if not isinstance(port, Waiting):
        return
    speak(subject, 1, "before")
    listener = Listener(subject, port=port)
    listener.drain()
    begun = time.monotonic()
    assert port.wait(0.3) is False, "something is said to be new, and nothing is"
    assert time.monotonic() - begun < 2.0, "it waits longer than it was told to"
    speaker = threading.Timer(0.2, lambda: speak(subject, 1, f"while it waits {CANARY}", later=False))
    speaker.start()
    begun = time.monotonic()
    heard = port.wait(3.0)
    speaker.join()
    assert heard is True, "something was said, and the wait brought nothing"
    assert time.monotonic() - begun < 2.5, "it waits although something has come"
    known = len(listener.records)
    listener.drain()
    assert len(listener.records) > known, "the wait says that something came, and the poll does not bring it"


Check = Callable[[Subject], None]

_POLL: Mapping[str, Check] = {
    "everything said comes once": _everything_said_comes_once,
    "what comes in the same second is found": _what_comes_in_the_same_second_is_found,
    "what is said during a sweep comes": _what_is_said_during_a_sweep_comes,
    "polling on brings nothing again": _polling_on_brings_nothing_again,
    "a sweep may be cut anywhere": _a_sweep_may_be_cut_anywhere,
    "a sweep outlives the peer's memory": _a_sweep_outlives_the_peers_memory,
    "strange cursors are no crash": _strange_cursors_are_no_crash,
    "misshapen records are unparseable": _misshapen_records_are_unparseable,
    "waiting ends when something comes": _waiting_ends_when_something_comes,
}
