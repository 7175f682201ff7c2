"""The connector's real requests and the stand-in's answers, held against the vendor's description of its API.

The description is made from the documents: it calls the header Idempotency-Key an object, where it is a text, and
writes `types` for what the server reads as `types[]`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.mastodon.standin import MastodonStandin
from vocbot.sdk.document import Document, paragraph
from vocbot.sdk.ports import ReplyTo

SHARED = Path(os.environ.get("VOCBOT_SHARED") or Path(__file__).parents[4] / "shared")
CONTRACT = SHARED / "specs" / "mastodon" / "schema.json"
NOTE = Document("en", "Fixed", (paragraph("It works again."),))
LISTS = ("/api/v1/notifications", "/api/v1/timelines/tag/{hashtag}")


@pytest.fixture(scope="module")
def description() -> Any:
    if not CONTRACT.is_file():
        pytest.skip("the vendor's contract is not here; set VOCBOT_SHARED to the folder that holds specs/mastodon")
    return json.loads(CONTRACT.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def api(description: Any) -> Any:
    openapi_core = pytest.importorskip("openapi_core")
    (key,) = description["paths"]["/api/v1/statuses"]["post"]["parameters"]
    assert (key["name"], key["schema"]["type"]) == ("Idempotency-Key", "object")
    key["schema"]["type"] = "string"
    description["components"]["securitySchemes"] = {"OAuth2": {"type": "http", "scheme": "bearer"}}  # all it can check
    description["servers"] = [{"url": "https://mastodon.example"}]
    return openapi_core.OpenAPI.from_dict(description, config=openapi_core.Config(spec_validator_cls=None))


def problem(api: Any, entry: dict[str, Any]) -> str:
    """What the contract says of one request that the stand-in received; "" where it agrees."""
    from openapi_core.exceptions import OpenAPIError
    from openapi_core.testing import MockRequest

    body = entry["body"] if isinstance(entry["body"], dict) else None
    request = MockRequest(
        "https://mastodon.example",
        entry["method"].lower(),
        entry["path"],
        args={name.removesuffix("[]"): value for name, value in entry["query"].items()},
        headers={"Authorization": "Bearer x", "Idempotency-Key": "vocbot:1:k"},
        data=json.dumps(body).encode() if body is not None else None,
        content_type="application/json",
    )
    try:
        api.validate_request(request)
    except OpenAPIError as error:
        return f"{entry['method']} {entry['path']}: {error} {error.__cause__ or ''}"
    return ""


def parameters(description: Any, path: str) -> set[str]:
    return {one["name"] for one in description["paths"][path]["get"]["parameters"] if one["in"] == "query"}


def test_every_request_keeps_the_contract(
    api: Any, description: Any, mastodon: MastodonStandin, port: Callable[..., Any], drain: Any
) -> None:
    for number in range(25):
        mastodon.speak(f"problem {number} #acmeapp", "ann")
    drain(port("poll_source"))
    port("replier").reply("notice:1:1", ReplyTo(mastodon.target("replier")), NOTE)
    port("checkable").check()
    asked = [entry for entry in mastodon.log() if entry["direction"] == "in"]
    assert {(entry["method"], entry["path"].partition("/api/v")[2].rstrip("0123456789")) for entry in asked} == {
        ("GET", "1/accounts/verify_credentials"),
        ("GET", "1/apps/verify_credentials"),
        ("GET", "2/instance"),
        ("GET", "1/notifications"),
        ("GET", "2/notifications/policy"),
        ("GET", "1/timelines/tag/acmeapp"),
        ("GET", "1/statuses/"),
        ("POST", "1/statuses"),
    }
    assert [found for entry in asked if (found := problem(api, entry))] == []
    # A name that the description does not know is no error for the validator.
    sent = {name.removesuffix("[]") for entry in asked for name in entry["query"]}
    assert sent <= parameters(description, LISTS[0]) | parameters(description, LISTS[1])
    assert sent == {"types", "include_filtered", "limit", "min_id", "max_id"}


@pytest.mark.parametrize(
    "entry",
    [
        {"path": "/api/v1/statuses", "body": {"status": 7}},
        {"path": "/api/v1/statuses", "body": {"in_reply_to_id": "1"}},
        {"path": "/api/v1/statuses", "body": {"status": "x", "visibility": "everybody"}},
        {"path": "/api/v1/status", "body": {"status": "x"}},
        {"path": "/api/v1/notifications", "query": {"limit": "many"}, "method": "GET", "body": None},
        {"path": "/api/v1/notifications", "query": {"include_filtered": "perhaps"}, "method": "GET", "body": None},
    ],
)
def test_the_contract_tells_a_wrong_request(api: Any, entry: dict[str, Any]) -> None:
    assert problem(api, {"method": "POST", "query": {}, **entry})


def test_the_stand_in_shows_what_the_contract_promises(
    api: Any, description: Any, mastodon: MastodonStandin, port: Callable[..., Any]
) -> None:
    import httpx
    from jsonschema import Draft202012Validator

    first = mastodon.post("@acme it crashes #acmeapp https://a.com", "ann@people.example", spoiler="rant")
    mastodon.edit(first.id, "@acme it crashes again #acmeapp")
    ours = mastodon.post("@ann@people.example fixed", "acme", answers=first.id)
    mastodon.post("#acmeapp", "bob", boosts=ours)
    named = {
        "/api/v1/notifications": "Notification",
        "/api/v1/timelines/tag/acmeapp": "Status",
        f"/api/v1/statuses/{ours.id}": "Status",
        "/api/v1/accounts/verify_credentials": "CredentialAccount",
        "/api/v1/apps/verify_credentials": "Application",
        "/api/v2/instance": "Instance",
        "/api/v2/notifications/policy": "NotificationPolicy",
        "/api/v1/statuses/1": "Error",
    }
    with httpx.Client(base_url=mastodon.url, headers={"Authorization": f"Bearer {mastodon.token}"}) as client:
        shown = {name: client.get(name) for name in named}
        refused = client.get("/api/v1/notifications", headers={"Authorization": "Bearer no"})
        invalid = client.post("/api/v1/statuses", json={"status": ""})
        made = client.post("/api/v1/statuses", json={"status": "hello"})
    answers = [*((named[name], response) for name, response in shown.items()), ("Error", refused), ("Error", invalid)]
    for name, response in [*answers, ("Status", made)]:
        schema = {"$ref": f"#/components/schemas/{name}", "components": description["components"]}
        told = response.json()
        for item in told if isinstance(told, list) else [told]:
            errors = [f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(item)]
            assert errors == [], name
    assert all(shown[path].json() for path in named)
    limits = {name for name in description["components"]["headers"] if name.startswith("X-RateLimit")}
    assert all(name in response.headers for name in limits for _, response in answers)
