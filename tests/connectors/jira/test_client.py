"""What Jira's answers, silences and refusals mean for an act; and that none of them tells a secret."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connectors.jira.client import JiraClient
from connectors.jira.config import JiraSettings
from connectors.jira.standin import JiraStandin
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable, VocbotError
from vocbot.sdk.testing.standin import Fault

SECRET = "loopback-only"
TEXT = "明明写着可用，一付款就变原价"
WRITE = {"fields": {"summary": TEXT}}


@pytest.fixture
def flavour() -> str:
    return "cloud"


@pytest.fixture
def make(jira: JiraStandin) -> Callable[..., JiraClient]:
    def build(timeout: float = 15.0, **changes: Any) -> JiraClient:
        return JiraClient(JiraSettings.model_validate({**jira.settings(), **changes}), timeout)

    return build


ANSWERS: list[tuple[Fault, type[VocbotError], type[VocbotError], float | None]] = [
    (Fault("", "answer", 429, {"Retry-After": "7"}), Retryable, Retryable, 7.0),
    (Fault("", "answer", 429), Retryable, Retryable, None),
    (Fault("", "answer", 503, {"Retry-After": "30"}), Retryable, Retryable, 30.0),
    (Fault("", "answer", 503, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}), Retryable, Retryable, 0.0),
    (Fault("", "answer", 503), OutcomeUnknown, Retryable, None),
    (Fault("", "answer", 500), OutcomeUnknown, Retryable, None),
    (Fault("", "error_after", 502), OutcomeUnknown, Retryable, None),
    (Fault("", "drop"), OutcomeUnknown, Retryable, None),
    (Fault("", "answer", 400), Rejected, Rejected, None),
    (Fault("", "answer", 401), Rejected, Rejected, None),
    (Fault("", "answer", 403), Rejected, Rejected, None),
    (Fault("", "answer", 404), Rejected, Rejected, None),
    (Fault("", "answer", 410), Rejected, Rejected, None),
    (Fault("", "answer", 302, {"Location": "/rest/api/3/myself"}), Rejected, Rejected, None),
    (Fault("", "answer", 200, body=b"<html>log in</html>"), OutcomeUnknown, Rejected, None),
]


@pytest.mark.parametrize(("fault", "writing", "reading", "after"), ANSWERS, ids=lambda v: str(getattr(v, "status", "")))
def test_outcomes(
    make: Callable[..., JiraClient],
    jira: JiraStandin,
    fault: Fault,
    writing: type[VocbotError],
    reading: type[VocbotError],
    after: float | None,
    calls: Callable[..., Any],
) -> None:
    client = make()
    jira.faults.add(Fault(**{**fault.__dict__, "times": 9}))
    attempts: list[tuple[type[VocbotError], Callable[[], Any]]] = [
        (writing, lambda: client.write("POST", "issue", WRITE)),
        (reading, lambda: client.read("myself")),
        (reading, lambda: client.read("search/jql", body={"jql": "id in (1)"})),
    ]
    for expected, call in attempts:
        with pytest.raises(VocbotError) as caught:
            call()
        assert type(caught.value) is expected
        assert not isinstance(caught.value, Retryable) or caught.value.after == after
    assert len(calls("POST", "/issue")) == 1  # and no hidden repetition, no followed redirect
    assert len(calls("GET")) == 1


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes requests and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = threading.Event()
        threading.Thread(target=lambda: (server.accept(), done.wait(5)), daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        done.set()


@pytest.fixture
def nobody() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_silence_is_unknown_and_no_connection_is_retryable(
    make: Callable[..., JiraClient], silent: str, nobody: str
) -> None:
    with pytest.raises(OutcomeUnknown):
        make(base_url=silent, timeout=0.2).write("POST", "issue", WRITE)
    with pytest.raises(Retryable):
        make(base_url=nobody).write("POST", "issue", WRITE)
    with pytest.raises(Retryable):
        make(base_url="http://nowhere.invalid").write("POST", "issue", WRITE)
    with pytest.raises(Retryable):
        make(base_url=nobody).read("myself")
    with pytest.raises(Rejected):
        make(base_url="http://127.0.0.1:99999").write("POST", "issue", WRITE)


def test_an_answer_of_another_form_is_refused(make: Callable[..., JiraClient], jira: JiraStandin) -> None:
    bodies: list[Any] = [[], 7, b""]
    for body in bodies:
        jira.faults.add(Fault("", "answer", 200, body=body))
        with pytest.raises(Rejected, match="no JSON object"):
            make().read("myself")


def test_nothing_is_sent_before_the_first_call(make: Callable[..., JiraClient], jira: JiraStandin) -> None:
    client = make()
    assert jira.log() == []
    client.read("myself")
    assert [entry["path"] for entry in jira.log()] == ["/rest/api/3/myself"]


def test_a_token_that_makes_us_anonymous_is_refused(make: Callable[..., JiraClient], jira: JiraStandin) -> None:
    anonymous = {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}
    for status in (200, 404):
        jira.faults.add(Fault("", "answer", status, anonymous, {"issues": []}))
        with pytest.raises(Rejected) as caught:
            make().read("search/jql", body={"jql": "x"})
        assert caught.value.status == 401


def test_refusals_name_fields_and_quote_nothing(make: Callable[..., JiraClient], jira: JiraStandin) -> None:
    refusal = {
        "errorMessages": [f"cannot parse \"{TEXT}\" near 'fields'", f"bad: {TEXT}"],
        "errors": {
            "summary": "Summary must be less than 255 characters.",
            "priority": "Priority 'Höchste' isn't valid",
        },
    }
    jira.faults.add(Fault("POST", "answer", 400, body=refusal))
    with pytest.raises(Rejected) as caught:
        make().write("POST", "issue", WRITE)
    told = str(caught.value)
    assert "summary: Summary must be less than 255 characters." in told
    assert "priority: Priority '…' isn't valid" in told
    assert TEXT not in told and "Höchste" not in told
    for body in ({"errorMessages": "x", "errors": [1]}, [1], "text", b"\xff\xfe"):
        jira.faults.add(Fault("POST", "answer", 400, body=body))
        with pytest.raises(Rejected, match="HTTP 400"):
            make().write("POST", "issue", WRITE)


def test_no_secret_in_errors_logs_or_settings(
    make: Callable[..., JiraClient], jira: JiraStandin, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="jira")
    settings = JiraSettings.model_validate({**jira.settings(), "api_token": "hunter2-wrong"})
    with pytest.raises(Rejected) as caught:
        JiraClient(settings).write("POST", "issue", WRITE)
    assert caught.value.status == 401
    assert caught.value.__cause__ is None and caught.value.__suppress_context__
    told = f"{caught.value!r} {settings!r} {settings.model_dump()} {caplog.text}"
    for secret in ("hunter2", SECRET, TEXT, "bot@example.com", "Authorization"):
        assert secret not in f"{caught.value!r} {caplog.text}"
    assert "hunter2" not in told and SECRET not in told


def test_flavours_speak_their_own_version(tmp_path: Any, clock: Any) -> None:
    for flavour, path in (("cloud", "/rest/api/3/myself"), ("datacenter", "/rest/api/2/myself")):
        standin = JiraStandin(tmp_path / f"{flavour}.jsonl", clock, flavour)  # type: ignore[arg-type]
        standin.start()
        JiraClient(JiraSettings.model_validate(standin.settings())).read("myself")
        standin.stop()
        assert [entry["path"] for entry in standin.log()] == [path]
