"""Tokens and refusals on the wire."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import respx

from connectors.zendesk import client as wire
from connectors.zendesk.client import Client, number
from connectors.zendesk.config import ZendeskSettings
from connectors.zendesk.standin import ZendeskStandin
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable
from vocbot.sdk.testing.standin import Fault

ME = "/api/v2/users/me"
AT = "https://acme.zendesk.com"
OAUTH = ZendeskSettings.model_validate({"subdomain": "acme", "client_id": "c", "client_secret": "very-secret"})


def calls(zendesk: ZendeskStandin) -> list[tuple[str, int]]:
    return [(entry["path"], entry["status"]) for entry in zendesk.log()]


def test_one_token_serves_until_shortly_before_it_ends(
    zendesk: ZendeskStandin, settings: ZendeskSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = [1000.0]
    monkeypatch.setattr(wire.time, "monotonic", lambda: ticks[0])
    client = Client(settings)
    assert client.read(ME)["user"]["role"] == "admin"
    ticks[0] += 1739
    client.read(ME)
    assert [path for path, _ in calls(zendesk)].count("/oauth/tokens") == 1
    ticks[0] += 2  # 1741 of 1800 seconds: less than a minute is left
    client.read(ME)
    assert [path for path, _ in calls(zendesk)].count("/oauth/tokens") == 2
    assert all(status == 200 for _, status in calls(zendesk))


def test_a_refused_token_is_renewed_once(zendesk: ZendeskStandin, settings: ZendeskSettings) -> None:
    client = Client(settings)
    client.read(ME)
    zendesk.revoke_tokens()
    client.read(ME)
    assert calls(zendesk)[2:] == [(ME, 401), ("/oauth/tokens", 200), (ME, 200)]
    zendesk.faults.add(Fault(f"GET {ME}", "answer", 401, times=9))
    with pytest.raises(Rejected) as refusal:
        client.read(ME)
    assert refusal.value.status == 401
    assert calls(zendesk)[5:] == [(ME, 401), ("/oauth/tokens", 200), (ME, 401)]


def test_the_token_call_names_grant_and_scope(zendesk: ZendeskStandin, settings: ZendeskSettings) -> None:
    Client(settings).read(ME)
    asked = zendesk.log()[0]["body"]
    assert (asked["grant_type"], asked["scope"]) == ("client_credentials", "read write")


def test_an_api_token_is_sent_as_basic(zendesk: ZendeskStandin) -> None:
    client = Client(ZendeskSettings.model_validate(zendesk.token_settings()))
    assert client.read(ME)["user"]["id"]
    assert calls(zendesk) == [(ME, 200)]
    zendesk.faults.add(Fault(ME, "answer", 401))
    with pytest.raises(Rejected):
        client.read(ME)
    assert len(calls(zendesk)) == 2  # there is nothing to renew


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        (Fault("oauth", "answer", 503), Retryable),
        (Fault("oauth", "error_after", 500), Retryable),
        (Fault("oauth", "drop"), Retryable),
        (Fault("oauth", "answer", 429, {"Retry-After": "7"}), Retryable),
        (Fault("oauth", "answer", 400), Rejected),
        (Fault("oauth", "error_after", 200, body={"access_token": ""}), Rejected),
        (Fault("oauth", "error_after", 200, body=["no object"]), Rejected),
    ],
)
def test_without_a_token_nothing_is_written(
    zendesk: ZendeskStandin, settings: ZendeskSettings, fault: Fault, raised: type[Exception]
) -> None:
    zendesk.faults.add(fault)
    with pytest.raises(raised) as error:
        Client(settings).write("PUT", "/api/v2/tickets/1", {"ticket": {}})
    assert [path for path, _ in calls(zendesk)] == ["/oauth/tokens"]
    assert getattr(error.value, "after", None) == (7.0 if fault.status == 429 else None)


@respx.mock
@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (httpx.Response(200, json={"error": "RecordInvalid"}), Rejected),
        (httpx.Response(200, text="<html>maintenance</html>"), OutcomeUnknown),
        (httpx.Response(200, json=[1]), OutcomeUnknown),
        (httpx.Response(409, json={"error": "UpdateConflict"}), Retryable),
        (httpx.Response(302, headers={"Location": "https://elsewhere.example"}), Rejected),
        (httpx.Response(502), OutcomeUnknown),
        (httpx.Response(503), Retryable),
    ],
)
def test_what_an_answer_to_a_write_means(answer: httpx.Response, raised: type[Exception]) -> None:
    respx.post(f"{AT}/oauth/tokens").respond(json={"access_token": "t"})
    put = respx.put(f"{AT}/api/v2/x").mock(return_value=answer)
    with pytest.raises(raised):
        Client(OAUTH).write("PUT", "/api/v2/x", {})
    assert put.call_count == 1


@respx.mock
def test_errors_and_repr_hold_no_secret_and_no_text() -> None:
    route = respx.post(f"{AT}/oauth/tokens")
    for outcome in (httpx.Response(401, json={"error": "very-secret"}), httpx.ReadError("very-secret")):
        route.mock(side_effect=[outcome])
        with pytest.raises((Rejected, Retryable)) as error:
            Client(OAUTH).write("PUT", "/api/v2/tickets/1", {"ticket": {"comment": {"body": "customer words"}}})
        told = f"{error.value!r} {error.value.__cause__!r}"
        assert "very-secret" not in told and "customer" not in told
    assert "very-secret" not in repr(OAUTH) + repr(OAUTH.model_dump(mode="json"))
    assert json.loads(route.calls[0].request.content)["client_secret"] == "very-secret"


@respx.mock
def test_pages_follow_numbers_not_addresses() -> None:
    respx.post(f"{AT}/oauth/tokens").respond(json={"access_token": "t"})
    elsewhere = {"next_page": "https://elsewhere.example/steal", "audits": [{"id": 1}, "odd"]}
    route = respx.get(url__startswith=f"{AT}/api/v2/list").mock(
        side_effect=[httpx.Response(200, json=elsewhere), httpx.Response(200, json={"audits": [{"id": 2}]})]
    )
    assert [item["id"] for item in Client(OAUTH).pages("/api/v2/list", {}, "audits")] == [1, 2]
    assert [call.request.url.params["page"] for call in route.calls] == ["1", "2"]


@pytest.mark.parametrize("ref", ["", "12/../13", "12?x=1", "٣", "1" * 21, "-1", "12\n"])
def test_only_ids_become_part_of_an_address(ref: str) -> None:
    with pytest.raises(Rejected):
        number(ref, "ticket")


def test_ports_do_nothing_when_made(zendesk: ZendeskStandin, port: Callable[..., Any]) -> None:
    for name in ("webhook_source", "poll_source", "replier", "knowledge_base", "desk", "checkable"):
        port(name)
    assert zendesk.log() == []
