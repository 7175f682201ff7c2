"""The connector's real requests, held against the vendor's description of its API.

The copy is of July 2025: it knows Basic authorisation only, has no Help Center and no tags of users, describes no body
for tokens, and calls start_time required although the next pages are asked for by cursor alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.zendesk.standin import ZendeskStandin
from vocbot.sdk.document import Document, paragraph
from vocbot.sdk.events import Author
from vocbot.sdk.ports import ReplyTo

SHARED = Path(os.environ.get("VOCBOT_SHARED") or Path(__file__).parents[4] / "shared")
CONTRACT = SHARED / "specs" / "zendesk" / "openapi.json"
NOTE = Document("en", "Fixed", (paragraph("It works again."),))


@pytest.fixture(scope="module")
def api() -> Any:
    if not CONTRACT.is_file():
        pytest.skip("the vendor's contract is not here; set VOCBOT_SHARED to the folder that holds specs/zendesk")
    openapi_core = pytest.importorskip("openapi_core")
    description = json.loads(CONTRACT.read_text(encoding="utf-8"))
    del description["security"]
    return openapi_core.OpenAPI.from_dict(description, config=openapi_core.Config(spec_validator_cls=None))


def problem(api: Any, entry: dict[str, Any]) -> str:
    """What the contract says of one request that the stand-in received; "" where it agrees."""
    from openapi_core.exceptions import OpenAPIError
    from openapi_core.testing import MockRequest

    body = entry["body"] if isinstance(entry["body"], dict) else None
    request = MockRequest(
        "https://example.zendesk.com",
        entry["method"].lower(),
        entry["path"],
        args=entry["query"],
        data=json.dumps(body).encode() if body is not None else None,
        content_type="application/json",
    )
    try:
        api.validate_request(request)
    except OpenAPIError as error:
        return f"{entry['method']} {entry['path']}: {error} {error.__cause__ or ''}"
    return ""


def test_every_request_keeps_the_contract(
    api: Any, zendesk: ZendeskStandin, port: Callable[..., Any], clock: Any
) -> None:
    to = ReplyTo(zendesk.open_ticket("It crashes", Author("sam", "Sam"), "email", clock.now()))
    clock.time += timedelta(minutes=2)
    poll = port("poll_source")
    page = poll.poll(None)
    poll.poll(page.cursor)
    replier = port("replier")
    replier.reply("notice:1:1", to, NOTE)
    assert replier.find("notice:1:1", to)
    port("checkable", guide=None).check()
    asked = [entry for entry in zendesk.log() if entry["direction"] == "in"]
    assert {(entry["method"], entry["path"].rsplit("/", 1)[-1]) for entry in asked} == {
        ("POST", "tokens"),
        ("GET", "cursor"),
        ("GET", to.ref),
        ("PUT", to.ref),
        ("GET", "audits"),
        ("GET", "me"),
    }
    problems = [found for entry in asked if (found := problem(api, entry))]
    (by_cursor,) = problems
    assert "cursor" in by_cursor and "Missing required query parameter: start_time" in by_cursor


@pytest.mark.parametrize(
    "change",
    [
        {"comment": "not an object"},
        {"comment": {"html_body": 7}},
        {"comment": {"public": "yes"}},
        {"safe_update": "true"},
    ],
)
def test_the_contract_tells_a_wrong_update(api: Any, change: dict[str, Any]) -> None:
    entry = {"method": "PUT", "path": "/api/v2/tickets/1", "query": {}, "body": {"ticket": change}}
    assert problem(api, entry)


def test_the_stand_in_shows_what_the_contract_promises(api: Any, zendesk: ZendeskStandin, clock: Any) -> None:
    from jsonschema import Draft4Validator

    zendesk.open_ticket("It crashes", Author("sam"), "email", clock.now(), {"version": "5.2.1"})
    (ticket,) = zendesk._tickets.values()
    zendesk.agent_answer(str(ticket.id), "Please update", clock.now())
    components = json.loads(CONTRACT.read_text(encoding="utf-8"))["components"]
    told = ticket.show()
    # Zendesk gives null for an empty field, of which its description says nothing.
    told["custom_fields"] = [field for field in told["custom_fields"] if field["value"] is not None]
    for name, shown in (("TicketObject", told), ("TicketAuditObject", ticket.audits[0])):
        schema = {"$ref": f"#/components/schemas/{name}", "components": components}
        assert [error.message for error in Draft4Validator(schema).iter_errors(shown)] == []
