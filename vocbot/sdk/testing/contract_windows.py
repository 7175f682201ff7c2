"""What every window must do: read whatever comes or say that it cannot, close on nothing wrong, say what is."""

from __future__ import annotations

from collections.abc import Iterator

from vocbot.sdk.errors import Rejected, Retryable, Unparseable
from vocbot.sdk.manifest import Manifest
from vocbot.sdk.ports import Window
from vocbot.sdk.testing.contract import CANARY, HOOK, Case, Subject
from vocbot.sdk.window import Field, Form, TooLong, Wish, Written
from vocbot.sdk.wire import Request

_ODD = (b"", b"{", b"[]", b"payload=", b"payload=%7B%7D", b"\xff\xfe", b'{"type": 1}', b"a" * 70_000)


def _form(text: str) -> Form:
    return Form("Edit", "About", (Field("text", "Text", text, 2_000, lines=True),), "Save", "Cancel", "{}")


def _stale(subject: Subject) -> Wish:
    return Wish("faq:1", "a-handle-that-opens-nothing", "U0", "Li Na", None, subject.clock.now(), "https://h.example/1")


def cases(manifest: Manifest) -> Iterator[Case]:
    """The cases of window, where it is declared."""
    if "window" in manifest.ports:
        yield from (Case(f"window: {name}", run) for name, run in _WINDOW.items())


def _window(subject: Subject) -> Window:
    window: Window = subject.port("window")
    return window


def _reads_whatever_comes(subject: Subject) -> None:
    window = _window(subject)
    requests = [*subject.standin.samples(HOOK), *(Request("POST", HOOK, {}, body) for body in _ODD)]
    for request in requests:
        try:
            found = window.read(request)
        except Unparseable as error:
            subject.heard(error)
        else:
            assert found is None or isinstance(found, Wish | Written), f"read made {type(found).__name__} of a request"
    assert subject.standin.log() == [], "reading called the peer"


def _closes_or_says_what_is_wrong(subject: Subject) -> None:
    window = _window(subject)
    closed, wrong = window.answer({}), window.answer({"text": "too long"})
    assert closed.status == wrong.status == 200, "an answer to a window is no error of HTTP"
    assert b"too long" in wrong.body and closed.body != wrong.body


def _a_stale_wish_opens_nothing(subject: Subject) -> None:
    try:
        _window(subject).open(_stale(subject), _form(CANARY))
    except (Rejected, Retryable) as error:
        subject.heard(error)
    else:
        raise AssertionError("a wish that nobody made opened a window")


def _texts_are_shown_whole_or_not_at_all(subject: Subject) -> None:
    try:
        _window(subject).open(_stale(subject), _form(CANARY * 50_000))
    except TooLong as error:
        subject.heard(error)
    else:
        raise AssertionError("a text of a million characters fits into a window: was it cut?")
    assert subject.standin.log() == [], "what does not fit was sent all the same"


_WINDOW = {
    "reads whatever comes": _reads_whatever_comes,
    "closes, or says what is wrong": _closes_or_says_what_is_wrong,
    "a stale wish opens nothing": _a_stale_wish_opens_nothing,
    "shows texts whole or not at all": _texts_are_shown_whole_or_not_at_all,
}
