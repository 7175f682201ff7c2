"""What the check sees without posting anything."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from connectors.webhook.standin import WebhookStandin
from vocbot.sdk.ports import Finding

Port = Callable[..., Any]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def words(port: Port, **changes: Any) -> dict[str, str]:
    """The findings: what was found to its level."""
    found: list[Finding] = port("checkable", **changes).check()
    return {finding.what: finding.level for finding in found}


def test_all_is_well_and_nothing_is_posted(port: Port, system: WebhookStandin) -> None:
    found = words(port)
    assert set(found.values()) == {"ok"}
    assert "receiver ops can be reached" in found
    assert "whether the receivers accept our signature cannot be asked without a message" in found
    assert system.log() == []


def test_what_a_scheme_leaves_open_is_said(port: Port) -> None:
    own = {"urls": None, "send_secret": None, "expect": None, "secrets": ["t0ken"]}
    assert words(port, scheme="token", **own)["scheme token does not protect the body"] == "warning"
    found = words(port, scheme="token", query_parameter="token", **own)
    assert found["the secret travels in the address"] == "warning"
    assert words(port, scheme="github", **own).keys() > {
        "scheme github signs no time: a repetition is known by its content"
    }
    assert not [what for what in words(port, secrets=None) if "scheme" in what]


def test_a_receiver_that_is_not_there_is_an_error(port: Port) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/in?sig=abc"
    found = words(port, urls={"gone": url})
    assert [what for what, level in found.items() if level == "error" and what.startswith("receiver gone")]
    assert "sig=" not in repr(found)


def test_a_receiver_without_tls_is_an_error(port: Port, system: WebhookStandin) -> None:
    found = words(port, urls={"plain": system.url.replace("http://", "https://")})
    assert [what for what, level in found.items() if level == "error" and what.startswith("receiver plain")]


def test_behind_a_proxy_nothing_is_claimed(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    found = words(port, urls={"far": "https://in.example/"})
    assert found["receiver far lies behind a proxy: whether it is there shows with the first message"] == "ok"
