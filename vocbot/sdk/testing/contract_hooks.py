"""The contract of inbound ports: only the authentic and fresh gets in, and nothing that gets in breaks the parser."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from typing import Any, get_args
from urllib.parse import parse_qsl, urlencode

from vocbot.sdk import events
from vocbot.sdk.errors import BadSignature, Rejected, Retryable, Unparseable
from vocbot.sdk.manifest import Manifest
from vocbot.sdk.ports import WebhookSource
from vocbot.sdk.testing.contract import HOOK, Case, Subject, wrong
from vocbot.sdk.testing.standin import Fault
from vocbot.sdk.wire import Inbound, Page, Request

GARBAGE = (
    b"",
    b"\x00",
    b"{",
    b"[]",
    b"{}",
    b"null",
    b"1",
    b'"text"',
    b"nan",
    b"\xff\xfe{\x00}\x00",
    "{'中': '文'}".encode("gbk"),
    b"\xef\xbb\xbf{}",
    b"[" * 100_000,
    b'{"id": ' + b"9" * 5_000 + b"}",
    b'{"id": 1e999, "type": NaN, "event": {}, "payload": [], "ticket": "x", "issue": 7}',
    b"payload=%7B&payload=1&=&%ff=%00",
    b"payload=" + b"%5B" * 50_000,
    b"a=1;b=2\r\n\r\n--x--",
)
ODD: Sequence[Any] = (None, "", "x" * 300, 0, -1, 1e308, True, [], {}, [None], {"id": None}, "\ud800", "9" * 30)


def cases(manifest: Manifest) -> Iterator[Case]:
    """The cases of webhook_source and poll_source, where they are declared."""
    for port, found in (("webhook_source", _HOOK), ("poll_source", _POLL)):
        if port in manifest.ports:
            yield from (Case(f"{port}: {name}", run) for name, run in found.items())


def samples(subject: Subject) -> Sequence[Request]:
    """Genuine requests of the sender; there must be some."""
    found = subject.standin.samples(HOOK)
    assert found, "the stand-in has no samples of what its vendor sends"
    return found


def _source(subject: Subject) -> WebhookSource:
    source: WebhookSource = subject.port("webhook_source")
    return source


def _inbound(subject: Subject, request: Request, body: bytes | None = None) -> Inbound:
    raw = request.body if body is None else body
    return Inbound("webhook", "event-1", raw, request.headers, subject.clock.now())


def _refuses(subject: Subject, request: Request, source: WebhookSource | None = None) -> bool:
    """Whether `request` is refused; anything but BadSignature fails the case by itself."""
    try:
        (source or _source(subject)).verify(request)
    except BadSignature as error:
        subject.heard(error)
        return True
    return False


def _genuine_requests_mean_something(subject: Subject) -> None:
    for request in samples(subject):
        source = _source(subject)
        assert source.handshake(request) is None, "an event is taken for a handshake and would be lost"
        source.verify(request)
        found = source.parse(_inbound(subject, request))
        assert found, "nothing at all came of a genuine event: say Ignored, with the reason"
        for event in found:
            sound(event)


def sound(event: Any) -> None:
    """Fail for what the core could not store: a foreign type, a time without a zone, an empty name."""
    assert isinstance(event, get_args(events.Event)), f"{type(event).__name__} is no event"
    for part in (event, getattr(event, "feedback", None)):
        for field in fields(part) if is_dataclass(part) else ():
            value = getattr(part, field.name)
            if isinstance(value, datetime):
                assert value.tzinfo is not None, f"{field.name} has no zone"
            if field.name in ("external_id", "ref", "token", "type", "conversation"):
                assert value is None or (isinstance(value, str) and value), f"{field.name} is {value!r}"


def _a_changed_body_is_refused(subject: Subject) -> None:
    for request in samples(subject):
        size = len(request.body)
        for place in {0, size // 3, size // 2, size - 1}:
            changed = bytearray(request.body)
            changed[place] ^= 1
            assert _refuses(subject, replace(request, body=bytes(changed))), f"byte {place} may be changed"
        assert _refuses(subject, replace(request, body=request.body + b" "))
        assert _refuses(subject, replace(request, body=b""))


def _a_changed_signature_is_refused(subject: Subject) -> None:
    for request in samples(subject):
        proofs = [where for where, changed in _one_changed(request) if _refuses(subject, changed)]
        assert proofs, "no header and no parameter can be changed so that it is refused: nothing is verified"


def _one_changed(request: Request) -> Iterator[tuple[str, Request]]:
    for name, value in request.headers.items():
        last = "0" if value[-1:] != "0" else "1"
        for odd in (value[:-1] + last, value[:-2] + last + value[-1:], "", "é\udcff", value * 50):
            yield name, replace(request, headers={**request.headers, name: odd})
    for name, value in request.query.items():
        yield name, replace(request, query={**request.query, name: value + "0"})


def _missing_headers_are_refused(subject: Subject) -> None:
    for request in samples(subject):
        assert _refuses(subject, replace(request, headers={}, query={})), "a request without any proof is let in"
        for name in request.headers:
            rest = {key: value for key, value in request.headers.items() if key != name}
            refused = _refuses(subject, replace(request, headers=rest))
            assert refused or "signature" not in name, f"without {name} it is let in"


def _a_day_old_is_refused(subject: Subject) -> None:
    for direction in (1, -1):
        for request in samples(subject):
            subject.clock.move(timedelta(days=direction))
            refused = _refuses(subject, request)
            subject.clock.move(timedelta(days=-direction))
            if any("timestamp" in name for name in request.headers):
                assert refused, "the sender signs the time, and a request of another day is let in"


def _a_wrong_secret_refuses_everything(subject: Subject) -> None:
    source = subject.port("webhook_source", wrong(subject.settings))
    for request in samples(subject):
        assert _refuses(subject, request, source), "a request is let in under a secret that did not sign it"


def _event_ids_survive_redelivery(subject: Subject) -> None:
    found = samples(subject)
    source = _source(subject)
    names = [source.event_id(request) for request in found]
    assert all(isinstance(name, str) and 0 < len(name) <= 200 for name in names), names
    assert len(set(names)) == len(names), "different events have one name: all but the first would be lost"
    for request, name in zip(found, names, strict=True):
        kept = {k: v for k, v in request.headers.items() if "signature" not in k and "timestamp" not in k}
        again = replace(request, headers=kept)
        assert _source(subject).event_id(again) == name, "the name depends on the signature, which is new each time"


def _nonsense_is_unparseable(subject: Subject) -> None:
    source = _source(subject)
    for request in samples(subject):
        half, torn = request.body[: len(request.body) // 2], request.body.replace(b":", b"\x00:", 1)
        for body in (*GARBAGE, half, torn, request.body + b"\x00", b"\xff" + request.body):
            _parses(subject, source, request, body)
            assert isinstance(source.event_id(replace(request, body=body)), str)
            if body != request.body:
                assert _refuses(subject, replace(request, body=body))


def _misshapen_events_are_unparseable(subject: Subject) -> None:
    """Every field of every sample, left out and replaced by what nobody expects there."""
    source = _source(subject)
    for request in samples(subject):
        for body in _misshapen(request.body):
            _parses(subject, source, request, body)


def _parses(subject: Subject, source: WebhookSource, request: Request, body: bytes) -> None:
    try:
        found = source.parse(_inbound(subject, request, body))
    except Unparseable as error:
        subject.heard(error)
        return
    assert found, "nothing at all came of it"
    for event in found:
        sound(event)


def _misshapen(body: bytes) -> Iterator[bytes]:
    value = _json(body)
    if value is not None:
        yield from (json.dumps(changed).encode() for changed in _mutants(value))
        return
    form = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    for place, (name, text) in enumerate(form):
        inner = _json(text.encode())
        for changed in ["", "\x00", "[", *(map(json.dumps, _mutants(inner)) if inner is not None else ())]:
            yield urlencode([*form[:place], (name, changed), *form[place + 1 :]]).encode()
        yield urlencode([*form[:place], *form[place + 1 :]]).encode()


def _json(body: bytes) -> Any:
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value if isinstance(value, dict | list) else None


def _mutants(value: Any) -> Iterator[Any]:
    """Copies of a JSON value with one place changed or left out."""
    yield from ODD
    if isinstance(value, dict):
        for key, item in value.items():
            yield {k: v for k, v in value.items() if k != key}
            yield from ({**value, key: changed} for changed in _mutants(item))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from ([*value[:place], changed, *value[place + 1 :]] for changed in _mutants(item))


# -- poll


def _pages_end_and_are_understood(subject: Subject) -> None:
    source, cursor, names = subject.port("poll_source"), None, []
    for _ in range(50):
        page = source.poll(cursor)
        assert isinstance(page, Page)
        cursor = page.cursor
        names += [record.event_id for record in page.records]
        for record in page.records:
            inbound = Inbound("poll", record.event_id, record.body, {}, subject.clock.now())
            for event in _source(subject).parse(inbound):
                sound(event)
        if not page.more:
            break
    else:
        raise AssertionError("fifty pages and no end")
    assert len(set(names)) == len(names), "one poll brought the same item twice"
    assert isinstance(source.poll(cursor), Page)


def _a_busy_peer_means_later(subject: Subject) -> None:
    source = subject.port("poll_source")
    source.poll(None)
    called = [entry for entry in subject.standin.log() if entry["method"] == "GET"][-1]
    subject.standin.faults.add(Fault(f"^GET {called['path']}$", "answer", 429, {"Retry-After": "7"}))
    try:
        source.poll(None)
    except Retryable as error:
        subject.heard(error)
        assert error.after == 7.0
    else:
        raise AssertionError("a 429 was taken for a page")


def _a_dead_peer_means_later(subject: Subject) -> None:
    source = subject.port("poll_source")
    subject.standin.stop()
    try:
        source.poll(None)
    except Retryable as error:
        subject.heard(error)
    except Rejected:
        raise AssertionError("a peer that is not there refuses nothing for good") from None


Check = Callable[[Subject], None]

_HOOK: Mapping[str, Check] = {
    "genuine requests mean something": _genuine_requests_mean_something,
    "a changed body is refused": _a_changed_body_is_refused,
    "a changed signature is refused": _a_changed_signature_is_refused,
    "missing headers are refused": _missing_headers_are_refused,
    "a day old is refused": _a_day_old_is_refused,
    "a wrong secret refuses everything": _a_wrong_secret_refuses_everything,
    "event ids survive redelivery": _event_ids_survive_redelivery,
    "nonsense is unparseable": _nonsense_is_unparseable,
    "misshapen events are unparseable": _misshapen_events_are_unparseable,
}
_POLL: Mapping[str, Check] = {
    "pages end and are understood": _pages_end_and_are_understood,
    "a busy peer means later": _a_busy_peer_means_later,
    "a dead peer means later": _a_dead_peer_means_later,
}
