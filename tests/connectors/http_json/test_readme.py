"""The examples of the README are valid, and read what the README says of their answers."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
import yaml

import connectors.http_json
from connectors.http_json.poll_source import HttpJsonPoll
from vocbot.config.load import load
from vocbot.registry import Registry
from vocbot.sdk.events import Contact, Event, Feedback, Ignored
from vocbot.sdk.ports import Context
from vocbot.sdk.testing.clock import HandClock
from vocbot.sdk.wire import Inbound

README = (Path(connectors.http_json.__file__).parent / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def polls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, HttpJsonPoll]:
    """The poll source of each example, by its id, loaded as a configuration is."""
    found = {}
    for number, block in enumerate(BLOCKS):
        for name in re.findall(r"env:([A-Z_]+)", block):
            monkeypatch.setenv(name, "a-secret-that-is-long-enough")
        path = tmp_path / f"{number}.yaml"
        path.write_text(block, encoding="utf-8")
        loaded = load(path, Registry({"http_json": connectors.http_json.MANIFEST}, ()))
        for name, settings in loaded.connectors.items():
            found[name] = HttpJsonPoll(settings, Context(name, HandClock()))  # type: ignore[arg-type]
    return found


def events(poll: HttpJsonPoll, cursor: str | None = None) -> tuple[list[Event], str | None]:
    page = poll.poll(cursor)
    now = datetime(2026, 11, 3, 9, 7, tzinfo=UTC)
    found = [e for r in page.records for e in poll.parse(Inbound("poll", r.event_id, r.body, {}, now))]
    return found, page.cursor if page.more else None


def test_there_are_three_examples_and_none_has_an_unknown_name(polls: dict[str, HttpJsonPoll]) -> None:
    assert set(polls) == {"reviews", "kefu", "forum"}


@respx.mock
def test_the_page_numbers(polls: dict[str, HttpJsonPoll]) -> None:
    told = re.search(r"Its answer: `(\{.*?\})`", README, re.DOTALL)
    assert told
    answer = json.loads(told[1].replace("...}", '"product": {"sku": "A1"}, "reviewer": {"id": 3, "nick": "Sam"}}'))
    last = httpx.Response(200, json={"reviews": [], "page": 12, "pages": 12})
    route = respx.get("https://api.reviews.example/v2/shops/acme/reviews").mock(
        side_effect=[httpx.Response(200, json=answer), last]
    )
    (event,), cursor = events(polls["reviews"])
    assert isinstance(event, Feedback)
    assert (event.text, event.score, event.channel, event.public) == ("...\n\n...", 2.0, "review", True)
    assert event.attributes == {"product": "A1"}
    assert cursor is not None
    query = route.calls[0].request.url.params
    assert (
        query.get_list("status") == ["published", "answered"] and query["page"] == "1" and query["sort"] == "-created"
    )
    assert events(polls["reviews"], cursor) == ([], None)
    assert route.calls[1].request.url.params["page"] == "2"
    assert route.calls[1].request.headers["x-api-key"] == "a-secret-that-is-long-enough"


@respx.mock
def test_the_service_desk(polls: dict[str, HttpJsonPoll]) -> None:
    told = re.search(r'`(\{"code": 0.*?\})`', README, re.DOTALL)
    assert told
    ticket: dict[str, Any] = {
        "ticket_no": "T-1",
        "title": "闪退",
        "content": "打开就闪退",
        "created_at": "2026-11-02 08:00:00",
        "updated_at": "2026-11-02 09:00:00",
        "customer": {"id": 9, "name": "李娜", "mobile": "13800000000"},
        "satisfaction": None,
        "source": "小程序",
        "ext": {"app-version": "3.2"},
        "tags": [{"name": "bug"}, {"name": "ios"}],
    }
    answer = json.loads(told[1].replace("[...]", json.dumps([ticket])))
    respx.post("https://open.kefu.example/oauth2/token").mock(httpx.Response(200, json={"access_token": "t"}))
    last = httpx.Response(200, json={"code": 0, "data": {"list": [], "next_id": "", "has_more": False}})
    route = respx.post("https://open.kefu.example/api/tickets/search").mock(
        side_effect=[httpx.Response(200, json=answer), last]
    )
    (event,), cursor = events(polls["kefu"])
    assert isinstance(event, Feedback) and event.author is not None
    assert event.text == "闪退\n\n打开就闪退"
    assert (event.time, event.channel) == (datetime(2026, 11, 2, tzinfo=UTC), "小程序")
    assert event.author.contacts == (Contact("phone", "13800000000"),)
    assert event.attributes == {"version": "3.2", "tags": "bug, ios"}
    assert event.revision == int(datetime(2026, 11, 2, 1, tzinfo=UTC).timestamp())
    assert json.loads(route.calls[0].request.content) == {
        "filter": {
            "updated_begin": "2026-10-31 23:59:00",
            "updated_end": "2026-11-03 17:07:00",
            "source": ["app", "小程序"],
        },
        "order_by": "updated_at asc",
        "page_size": 100,
    }
    assert cursor is not None
    assert events(polls["kefu"], cursor) == ([], None)
    assert json.loads(route.calls[1].request.content)["next_id"] == "MTIz"


@respx.mock
def test_the_forum(polls: dict[str, HttpJsonPoll]) -> None:
    told = re.search(r"`Link: (<.*?>; rel=\"next\")`", README)
    assert told
    post = {"id": 1, "html": "<p>It stops.</p>", "created": 1793667600, "user_id": 4, "user_name": "kim", "edited": 0}
    answer = [post, {**post, "id": 2, "is_staff": True}, {**post, "id": 3, "html": ""}]
    route = respx.get("https://forum.example/api/posts").mock(
        side_effect=[httpx.Response(200, json=answer, headers={"Link": told[1]}), httpx.Response(200, json=[])]
    )
    (event, silent), cursor = events(polls["forum"])
    assert isinstance(event, Feedback) and isinstance(silent, Ignored)
    assert (event.external_id, event.text, event.revision) == ("1", "<p>It stops.</p>", 0)
    assert route.calls[0].request.url.params["since"].isdigit()
    assert events(polls["forum"], cursor) == ([], None)
    assert str(route.calls[1].request.url) == "https://forum.example/api/posts?after=812"


def test_every_setting_that_the_readme_names_is_there() -> None:
    from connectors.http_json.config import HttpJsonSettings
    from connectors.http_json.sections import ErrorSettings, MapSettings, PagingSettings, ReadingSettings

    parts = {"reading": ReadingSettings, "paging": PagingSettings, "map": MapSettings, "error": ErrorSettings}
    named = re.findall(r"`(reading|paging|map|error)\.(\w+)`", README)
    assert len(named) > 8
    assert [f"{part}.{name}" for part, name in named if name not in parts[part].model_fields] == []
    for block in BLOCKS:
        (entry,) = yaml.safe_load(block)["connectors"].values()
        assert set(entry) - {"type"} <= set(HttpJsonSettings.model_fields)
