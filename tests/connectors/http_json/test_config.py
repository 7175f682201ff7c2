"""What is known to be wrong before anything is asked for, and how it is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.http_json.config import HttpJsonSettings
from tests.connectors.http_json.polling import changed
from vocbot.config.load import load
from vocbot.config.yamlfile import FileProblems
from vocbot.registry import Registry
from vocbot.sdk.manifest import resolve

PLAIN: dict[str, Any] = {
    "base_url": "https://api.acme.example/v2",
    "path": "/reviews",
    "params": {"since": "{since}"},
    "items": "data.list",
    "map": {"id": "id", "text": "body", "time": "created_at"},
}
CURSOR = {"params": {"cursor": "{cursor}"}, "paging": {"kind": "cursor", "next": "next"}}


def problems(**changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as error:
        changed(PLAIN, **changes)
    return [(".".join(map(str, e["loc"])), e["msg"]) for e in error.value.errors()]


def test_the_smallest_settings_are_enough() -> None:
    settings = HttpJsonSettings.model_validate(
        {name: PLAIN[name] for name in ("base_url", "items")} | {"map": {"text": "@"}}
    )
    assert (settings.method, settings.paging.kind, settings.listed_by, settings.sent) == ("GET", "none", None, set())


@pytest.mark.parametrize(
    ("changes", "place", "said"),
    [
        ({"items": "data..list"}, "items", "breaks at character 6: data. >>>HERE>>> .list"),
        ({"map": {"text": "body.[text"}}, "map.text", ">>>HERE>>>"),
        ({"map": {"text": None}}, "map", "say where the words stand (text)"),
        ({"map": {"attributes": {"app": "user-name"}}}, "map.attributes", "app: the expression breaks at character 5"),
        ({"map": {"score": "to_nmber(x)"}}, "map.score", "to_nmber"),
        ({"map": {"tpyo": "x"}}, "map.tpyo", "Extra inputs"),
        ({"when": "!"}, "when", "breaks at"),
        ({"reading": {"time": "a b"}}, "reading.time", "breaks at character 3"),
        ({"error": "code !="}, "error.when", "breaks at"),
        ({"error": {"when": "errors", "code": "["}}, "error.code", "breaks at"),
        ({"paging": {"kind": "cursor", "next": "]"}}, "paging.next", "breaks at"),
        ({"params": {"q": "{sinse}"}}, "params", "q: there is no placeholder {sinse}; did you mean {since}?"),
        ({"params": {"page": {"page": None}}}, "params", "YAML takes {page} for a mapping"),
        ({"method": "POST", "body": {"a": ["{x}"]}}, "body", "a.0: there is no placeholder {x}"),
        ({"params": {"q": {"a": 1}}}, "params", "q: must be a text, a number"),
        ({"params": {"q": [None]}}, "params", "q: must be a text, a number"),
        ({"params": {"q": "env:KEY"}}, "params", "q: this would be sent as it stands"),
        ({"params": {"api_key": "abc"}}, "params", "api_key: a secret goes to secret_params"),
        ({"headers": {"Authorization": "Bearer x"}}, "headers", "a secret goes to secret_headers"),
        ({"headers": {"X-Api-Key": "x"}}, "headers", "a secret goes to secret_headers"),
        ({"headers": {"X-Shop": "file:x"}}, "headers", "a secret goes to secret_headers"),
        ({"headers": {"X Shop": "x"}}, "headers", "is no name of a header"),
        ({"headers": {"X-Shop": "店"}}, "headers", "X-Shop: holds a sign"),
        ({"bearer": "token\n"}, "bearer", "bearer: holds a sign"),
        ({"secret_headers": {"X-Key": "a\rb"}}, "secret_headers", "X-Key: holds a sign"),
        ({"base_url": "https://user:pw@acme.example"}, "base_url", "pattern"),
        ({"base_url": "acme.example"}, "base_url", "pattern"),
        ({"path": "/a?b=1"}, "path", "belong to params"),
        ({"path": "/a/{page}"}, "path", "not in path"),
        ({"path": "reviews"}, "path", "must begin with a slash: /reviews"),
        ({"time_format": "ISO"}, "time_format", "iso"),
        ({"tz": "Beijing"}, "tz", "Asia/Shanghai"),
        ({"reading": {"since_format": "seconds"}}, "reading.since_format", "iso, unix, unix_ms, date"),
        ({"reading": {"poll_from": "1969-01-01T00:00:00Z"}}, "reading.poll_from", "1970"),
        ({"reading": {"poll_from": "2026-11-01T00:00:00"}}, "reading.poll_from", "timezone"),
        ({"username": "u"}, "", "username and password go together"),
        ({"bearer": "x", "username": "u", "password": "p"}, "", "set one of bearer"),
        ({"bearer": "x", "secret_headers": {"authorization": "y"}}, "", "secret_headers holds Authorization"),
        ({"secret_params": {"since": "x"}}, "", "since stands in params and in secret_params"),
        ({"body": {"a": 1}}, "", "method: POST"),
        ({"method": "POST", "body": {"a": {"b": 1}}, "body_type": "form"}, "", "form needs"),
        ({"params": {"p": "{page}"}}, "", "'{page}' is in the request, and paging.kind is none"),
        ({"params": {"p": "{limit}"}}, "", "paging.size does not say"),
        ({"paging": {"kind": "page"}}, "", "paging.kind is page, and '{page}' stands nowhere"),
        ({"paging": {"kind": "cursor", "next": "n"}}, "", "'{cursor}' stands nowhere"),
        ({"paging": {"kind": "link", "size": 5}}, "", "paging.size is sent nowhere"),
        ({"paging": {"kind": "link"}, "method": "POST"}, "", "link needs method: GET"),
        ({"paging": {"kind": "cursor"}}, "paging", "next is missing"),
        ({"paging": {"kind": "page", "next": "n"}}, "paging", "next says nothing where kind is page"),
        ({"paging": {"has_more": "n"}}, "paging", "has_more says nothing"),
        ({"paging": {"kind": "page", "start": "x"}}, "paging", "start must be a whole number"),
        ({"paging": {"kind": "link", "start": 1}}, "paging", "start says nothing"),
        ({"map": {"time": None}}, "", "neither map.time nor reading.time"),
        (
            {"map": {"time": None}, "params": None, "reading": {"order": "descending"}},
            "",
            "order is descending, by a time",
        ),
        ({"oauth": {"token_url": "x", "client_id": "c", "client_secret": "s"}}, "oauth.token_url", "pattern"),
    ],
)
def test_what_is_wrong_is_said(changes: dict[str, Any], place: str, said: str) -> None:
    found = problems(**changes)
    assert len(found) == 1, found
    assert found[0][0] == place
    assert said in found[0][1]


def test_several_mistakes_are_said_at_once() -> None:
    ((_, said),) = problems(username="u", body={"a": 1}, paging={"kind": "page"})
    assert "go together" in said and "POST" in said and "'{page}' stands nowhere" in said


def test_what_stands_for_less_is_understood() -> None:
    settings = changed(
        PLAIN,
        error="errors",
        params={"q": "{{since}} {page}", "page": "{page}", "since": None},
        paging={"kind": "page"},
    )
    assert settings.error is not None
    assert (settings.error.when, settings.error.code) == ("errors", None)
    assert settings.sent == {"page"}
    assert changed(PLAIN, reading={"time": "updated_at"}).listed_by == "updated_at"
    token = changed(PLAIN, params={"page_token": "{cursor}", "key": "project"}, paging={"kind": "cursor", "next": "n"})
    assert token.params["key"] == "project"


def test_secrets_do_not_show() -> None:
    hidden = {
        "secret_headers": {"X-Key": "very-secret-1"},
        "secret_params": {"k": "very-secret-2"},
        "oauth": {"token_url": "https://a.example/t", "client_id": "c", "client_secret": "very-secret-3"},
    }
    assert "very-secret" not in repr(changed(PLAIN, **hidden))
    with pytest.raises(ValidationError) as error:
        changed(PLAIN, **hidden, bearer="very-secret-4\n")
    assert "very-secret" not in str(error.value)


def test_a_file_with_a_mistake_names_the_line(tmp_path: Path) -> None:
    manifest = resolve("connectors.http_json:MANIFEST")
    path = tmp_path / "vocbot.yaml"
    path.write_text(
        "connectors:\n  shop:\n    type: http_json\n    base_url: https://api.acme.example\n    items: data..list\n"
        "    params: {page: {page}}\n    map:\n      id: id\n",
        encoding="utf-8",
    )
    with pytest.raises(FileProblems) as error:
        load(path, Registry({"http_json": manifest}, ()))
    found = "\n".join(error.value.problems)
    assert "vocbot.yaml:5: connectors.shop.items: the expression breaks at character 6" in found
    assert "vocbot.yaml:6: connectors.shop.params: page: YAML takes {page} for a mapping" in found
    assert "vocbot.yaml:7: connectors.shop.map: say where the words stand (text), or what was met (event)" in found
