"""The contract of webhook sources: only the authentic and fresh gets in, and nothing that gets in breaks the parser."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from vocbot.sdk.errors import BadSignature, Unparseable
from vocbot.sdk.events import Event, Ignored
from vocbot.sdk.manifest import Manifest
from vocbot.sdk.ports import SelfTest, WebhookSource
from vocbot.sdk.testing.contract import HOOK, Case, Subject, wrong
from vocbot.sdk.testing.contract_odd import GARBAGE, grown, misshapen, recoded, renamed, sound, value_of
from vocbot.sdk.wire import Inbound, Request


def cases(manifest: Manifest) -> Iterator[Case]:
    """The cases of webhook_source, where it is declared."""
    if "webhook_source" in manifest.ports:
        yield from (Case(f"webhook_source: {name}", run) for name, run in _HOOK.items())


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


def _a_request_is_good_for_some_minutes_only(subject: Subject) -> None:
    """Clocks go wrong by a minute or two and queues take their time; what is older may have been caught by somebody."""
    for request in samples(subject):
        if not any("timestamp" in name for name in request.headers):
            continue  # the sender signs no time
        for direction in (1, -1):
            late = {minutes: _refused_after(subject, request, minutes * direction) for minutes in (2, 4, 6, 1440)}
            assert late[6], "the sender signs the time, and a request that is six minutes off is let in"
            assert late[1440], "the sender signs the time, and a request of another day is let in"
            assert late[2] or not late[4], "two minutes pass, four do not: five is what most senders name"


def _refused_after(subject: Subject, request: Request, minutes: int) -> bool:
    subject.clock.move(timedelta(minutes=minutes))
    refused = _refuses(subject, request)
    subject.clock.move(timedelta(minutes=-minutes))
    return refused


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


def _a_replay_keeps_its_name(subject: Subject) -> None:
    """The very same request again, as whoever caught it could send it: it must be known as a duplicate."""
    for request in samples(subject):
        name = _source(subject).event_id(request)
        subject.clock.move(timedelta(minutes=3))
        assert _source(subject).event_id(replace(request)) == name, "a replay has a name of its own and counts twice"


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
        for body in misshapen(request.body):
            _parses(subject, source, request, body)


def _other_encodings_are_no_crash(subject: Subject) -> None:
    source = _source(subject)
    for request in samples(subject):
        for how, body in recoded(request.body):
            _parses(subject, source, request, body)
            changed = replace(request, body=body)
            assert isinstance(source.event_id(changed), str)
            assert body == request.body or _refuses(subject, changed), f"{how} it is another body, and let in"


def _fields_that_nobody_knows_change_nothing(subject: Subject) -> None:
    source = _source(subject)
    for request in samples(subject):
        value = value_of(request.body)
        if value is None:
            continue
        before = _parses(subject, source, request, request.body)
        after = _parses(subject, source, request, json.dumps(grown(value)).encode())
        assert [_gist(event) for event in after] == [_gist(event) for event in before], "a new field hides an event"


def _gist(event: Event) -> tuple[object, ...]:
    part = getattr(event, "feedback", event)
    return type(event), *(getattr(part, name, None) for name in ("external_id", "ref", "token", "text", "status"))


def _kinds_that_nobody_knows_are_not_lost(subject: Subject) -> None:
    source = _source(subject)
    for request in samples(subject):
        for value in renamed(value_of(request.body), "quite_new.thing"):
            _parses(subject, source, request, json.dumps(value).encode())


def _parses(subject: Subject, source: WebhookSource, request: Request, body: bytes) -> Sequence[Event]:
    """What `body` means, () where it is unparseable; anything but sound events and Unparseable fails the case."""
    try:
        found = source.parse(_inbound(subject, request, body))
    except Unparseable as error:
        subject.heard(error)
        return ()
    assert found, "nothing at all came of it: say Ignored, with the reason, or Unsupported"
    for event in found:
        sound(event)
    return found


def _a_sample_gets_in_and_means_nothing(subject: Subject) -> None:
    source = _source(subject)
    if not isinstance(source, SelfTest):
        return
    request = source.sample(HOOK)
    assert source.handshake(request) is None, "a sample must go the way that events go"
    source.verify(request)
    assert source.event_id(request)
    found = source.parse(_inbound(subject, request))
    assert found, "nothing at all came of a sample: say Ignored"
    assert all(isinstance(event, Ignored) for event in found), f"a sample must mean nothing, and means {found}"
    assert not [secret for secret in subject.secrets() if secret.encode() in request.body], "the body holds a secret"


Check = Callable[[Subject], None]

_HOOK: Mapping[str, Check] = {
    "genuine requests mean something": _genuine_requests_mean_something,
    "a changed body is refused": _a_changed_body_is_refused,
    "a changed signature is refused": _a_changed_signature_is_refused,
    "missing headers are refused": _missing_headers_are_refused,
    "a request is good for some minutes only": _a_request_is_good_for_some_minutes_only,
    "a wrong secret refuses everything": _a_wrong_secret_refuses_everything,
    "event ids survive redelivery": _event_ids_survive_redelivery,
    "a replay keeps its name": _a_replay_keeps_its_name,
    "a sample gets in and means nothing": _a_sample_gets_in_and_means_nothing,
    "nonsense is unparseable": _nonsense_is_unparseable,
    "misshapen events are unparseable": _misshapen_events_are_unparseable,
    "other encodings are no crash": _other_encodings_are_no_crash,
    "fields that nobody knows change nothing": _fields_that_nobody_knows_change_nothing,
    "kinds that nobody knows are not lost": _kinds_that_nobody_knows_are_not_lost,
}
