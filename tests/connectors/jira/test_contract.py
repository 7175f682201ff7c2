"""Every request of the connector, and every answer of the stand-in, against Atlassian's own contract (Cloud).

Data Center has no published contract; there is only the stand-in, made from the vendor's documents.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jsonschema
import pytest
from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

from connectors.jira.standin import JiraStandin
from vocbot.sdk.document import (
    Bullets,
    Button,
    Buttons,
    Divider,
    Document,
    Figures,
    Heading,
    Link,
    Quote,
    Table,
    Text,
    paragraph,
)
from vocbot.sdk.testing.standin import Answer, Call

SHARED = Path(os.environ.get("VOCBOT_SHARED", Path(__file__).parents[4] / "shared"))
SPECS = SHARED / "specs"
EVERYTHING = Document(
    "en",
    "t",
    (
        Heading("Numbers", 1),
        paragraph("see ", Text("this", bold=True), Link("page", "https://example.com/?a=b")),
        Bullets(((Text("one"),), (Text("two", italic=True),)), ordered=True),
        Quote("明明写着可用 😀\x00", "chat"),
        Table(("week", "n"), (("44", "312"),)),
        Figures((("people", "268"),)),
        Divider(),
        Buttons((Button("Yes", "approve", "t"),)),
    ),
)


@pytest.fixture
def flavour() -> str:
    return "cloud"


@pytest.fixture(scope="module")
def contract() -> OpenAPI:
    path = SPECS / "jira-cloud-v3" / "jira-v3.json"
    if not path.exists():
        pytest.skip(f"Atlassian's contract is not here ({path.name}): set VOCBOT_SHARED")
    return OpenAPI.from_dict(json.loads(path.read_text(encoding="utf-8")), config=Config(spec_validator_cls=None))


@pytest.fixture(scope="module")
def adf() -> Any:
    path = SPECS / "adf" / "full.json"
    if not path.exists():
        pytest.skip(f"Atlassian's document schema is not here ({path.name}): set VOCBOT_SHARED")
    return jsonschema.Draft4Validator(json.loads(path.read_text(encoding="utf-8")))


def spied(jira: JiraStandin) -> list[tuple[Call, Answer]]:
    """The exchanges from now on."""
    seen: list[tuple[Call, Answer]] = []
    work = jira.answer

    def answer(call: Call) -> Any:
        result = work(call)
        seen.append((call, result[0]))
        return result

    jira.answer = answer  # type: ignore[method-assign]
    return seen


def test_every_request_and_answer_keeps_the_contract(
    port: Callable[..., Any], jira: JiraStandin, contract: OpenAPI, adf: Any, draft: Callable[..., Any]
) -> None:
    seen = spied(jira)
    tracker = port("ticket_tracker", components={"src-qiyu": "Checkout"})
    made = tracker.create(draft(document=EVERYTHING))
    other = tracker.create(draft(key="ticket:VOC-43:1"))
    tracker.find("ticket:VOC-42:1")
    tracker.update(made.ref, draft(document=EVERYTHING))
    tracker.comment(made.ref, "comment:1", EVERYTHING)
    tracker.find_comment(made.ref, "comment:1")
    tracker.link(made.ref, other.ref)
    jira.move(made.ref, "Done", version="5.4.1")
    jira.delete(other.ref)
    tracker.status([made.ref, other.ref])
    assert all(finding.level != "error" for finding in port("checkable").check())

    kinds = set()
    for call, answer in seen:
        kinds.add((call.method, call.path.removeprefix("/rest/api/3/").replace(made.ref, "{ref}")))
        request = MockRequest(
            "https://your-domain.atlassian.net",
            call.method,
            call.path,
            args=dict(call.query),
            headers={"Authorization": call.headers["authorization"]},
            data=call.body or None,
            content_type="application/json",
        )
        contract.validate_request(request)
        if answer.body is not None:  # the contract has bodies of any form where Jira sends none
            raw = json.dumps(answer.body).encode()
            contract.validate_response(request, MockResponse(raw, answer.status, content_type="application/json"))
    assert kinds == {
        ("GET", "issue/createmeta/APP/issuetypes"),
        ("GET", "issue/createmeta/APP/issuetypes/10004"),
        ("POST", "issue"),
        ("POST", "search/jql"),
        ("PUT", "issue/{ref}"),
        ("POST", "issue/{ref}/comment"),
        ("GET", "issue/{ref}/comment"),
        ("POST", "comment/list"),
        ("GET", "issue/{ref}"),
        ("POST", "issueLink"),
        ("POST", "issue/bulkfetch"),
        ("GET", "mypermissions"),
        ("GET", "myself"),
        ("GET", "serverInfo"),
        ("GET", "project/APP"),
    }
    trees = [
        call.json["fields"]["description"]
        for call, _ in seen
        if call.json and "fields" in call.json and isinstance(call.json["fields"], dict)
    ]
    trees += [call.json["body"] for call, _ in seen if call.json and "body" in call.json]
    assert len(trees) == 4
    for tree in trees:
        assert not [error.message for error in adf.iter_errors(tree)]


def test_the_contract_check_can_fail(contract: OpenAPI) -> None:
    body = urlencode({"x": 1}).encode()
    for method, path, data in (
        ("POST", "/rest/api/3/search/jql", b'{"jql": "x", "fields": "labels"}'),
        ("POST", "/rest/api/3/issueLink", b'{"type": {"name": "Relates"}}'),
        ("POST", "/rest/api/3/nothing", body),
    ):
        request = MockRequest(
            "https://your-domain.atlassian.net",
            method,
            path,
            headers={"Authorization": "Basic eA=="},
            data=data,
            content_type="application/json",
        )
        with pytest.raises(OpenAPIError):
            contract.validate_request(request)
